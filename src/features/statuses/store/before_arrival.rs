//! SQL of what may arrive before its status: a deletion, or a reaction of the owner.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::model;
use crate::account::AccountRef;
use crate::db::schema::{status_deletions, status_reactions};
use crate::id::{AccountId, ContactId};
use crate::work::Work;

/// Stores the deletion of a status that has not arrived, and removes deletions whose status can no longer arrive.
pub(in crate::features::statuses) async fn remember_deletion(
    work: &mut Work,
    account: AccountRef,
    author: ContactId,
    wa_id: &str,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let too_old = status_deletions::table
        .filter(status_deletions::account_id.eq(account.id))
        .filter(status_deletions::deleted_at.lt(work.now - model::LIFETIME * 7));
    diesel::delete(too_old).execute(work).await?;
    diesel::insert_into(status_deletions::table)
        .values((
            status_deletions::user_id.eq(account.user),
            status_deletions::account_id.eq(account.id),
            status_deletions::author_id.eq(author),
            status_deletions::wa_id.eq(wa_id),
            status_deletions::deleted_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await
        .map(drop)
}

/// Those of the statuses `wa_ids` whose deletion is stored, whoever deleted them.
pub(in crate::features::statuses) async fn with_deletion(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    wa_ids: &[&str],
) -> QueryResult<HashSet<String>> {
    let deleted: Vec<String> = status_deletions::table
        .filter(
            status_deletions::account_id
                .eq(account)
                .and(status_deletions::wa_id.eq_any(wa_ids)),
        )
        .select(status_deletions::wa_id)
        .load(conn)
        .await?;
    Ok(deleted.into_iter().collect())
}

/// Removes the stored deletion of a status and returns its time.
pub(in crate::features::statuses) async fn take_deletion(
    work: &mut Work,
    account: AccountRef,
    author: &[ContactId],
    wa_id: &str,
) -> QueryResult<Option<DateTime<Utc>>> {
    let remembered = status_deletions::table
        .filter(status_deletions::account_id.eq(account.id))
        .filter(
            status_deletions::author_id
                .eq_any(author)
                .and(status_deletions::wa_id.eq(wa_id)),
        );
    let times: Vec<DateTime<Utc>> = diesel::delete(remembered)
        .returning(status_deletions::deleted_at)
        .get_results(work)
        .await?;
    Ok(times.into_iter().min())
}

/// Stores that the owner reacted to a status, or took a reaction back, and removes what is about statuses that can no
/// longer arrive.
pub(in crate::features::statuses) async fn remember_reaction(
    work: &mut Work,
    account: AccountRef,
    wa_id: &str,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let too_old = status_reactions::table
        .filter(status_reactions::account_id.eq(account.id))
        .filter(status_reactions::reacted_at.lt(work.now - model::LIFETIME * 7));
    diesel::delete(too_old).execute(work).await?;
    diesel::insert_into(status_reactions::table)
        .values((
            status_reactions::user_id.eq(account.user),
            status_reactions::account_id.eq(account.id),
            status_reactions::wa_id.eq(wa_id),
            status_reactions::reacted_at.eq(at),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await
        .map(drop)
}

/// Those of the statuses `wa_ids` to which the owner reacted, or took a reaction back.
pub(in crate::features::statuses) async fn with_reaction(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    wa_ids: &[&str],
) -> QueryResult<HashSet<String>> {
    let reacted: Vec<String> = status_reactions::table
        .filter(
            status_reactions::account_id
                .eq(account)
                .and(status_reactions::wa_id.eq_any(wa_ids)),
        )
        .select(status_reactions::wa_id)
        .load(conn)
        .await?;
    Ok(reacted.into_iter().collect())
}
