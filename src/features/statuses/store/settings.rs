//! SQL of the settings of auto-like and of mutes.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};

use super::super::auto_like::AutoLike;
use super::super::emoji::{ContactEmoji, Emoji};
use super::super::quiet_hours::QuietHours;
use crate::account::AccountRef;
use crate::db::schema::{auto_likes, contacts};
use crate::features::schema::ContactScope;
use crate::id::{AccountId, ContactId};
use crate::work::Work;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = auto_likes)]
struct AutoLikeRow {
    is_enabled: bool,
    emoji: String,
    scope: String,
    contact_ids: Vec<ContactId>,
    skip_muted: bool,
    max_per_hour: i32,
    quiet_from: Option<i16>,
    quiet_until: Option<i16>,
    contact_emojis: serde_json::Value,
    sends_view_receipt: bool,
}

/// Stored form of an emoji for a contact.
#[derive(Debug, Serialize, Deserialize)]
struct StoredEmoji {
    contact: ContactId,
    emoji: String,
}

impl From<AutoLikeRow> for AutoLike {
    fn from(row: AutoLikeRow) -> Self {
        let untouched = Self::untouched();
        Self {
            is_enabled: row.is_enabled,
            emoji: Emoji::parse(&row.emoji).unwrap_or(untouched.emoji),
            contact_emojis: contact_emojis(row.contact_emojis),
            scope: ContactScope::parse(&row.scope).unwrap_or(ContactScope::Only),
            contacts: row.contact_ids,
            skips_muted: row.skip_muted,
            sends_view_receipts: row.sends_view_receipt,
            max_per_hour: row.max_per_hour,
            quiet_hours: row
                .quiet_from
                .zip(row.quiet_until)
                .and_then(|(from, until)| QuietHours::from_minutes(from, until)),
        }
    }
}

fn contact_emojis(kept: serde_json::Value) -> Vec<ContactEmoji> {
    let kept: Vec<StoredEmoji> = serde_json::from_value(kept).unwrap_or_default();
    let read = |one: StoredEmoji| {
        let emoji = Emoji::parse(&one.emoji)?;
        Some(ContactEmoji {
            contact: one.contact,
            emoji,
        })
    };
    kept.into_iter().filter_map(read).collect()
}

/// Loads the settings of an account.
pub(in crate::features::statuses) async fn load(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<AutoLike> {
    let row: Option<AutoLikeRow> = auto_likes::table
        .find(account)
        .select(AutoLikeRow::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(row.map_or_else(AutoLike::untouched, AutoLike::from))
}

/// Loads the settings of several accounts. An account that never had settings saved is left out.
pub(in crate::features::statuses) async fn load_many(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
) -> QueryResult<HashMap<AccountId, AutoLike>> {
    let rows: Vec<(AccountId, AutoLikeRow)> = auto_likes::table
        .filter(auto_likes::account_id.eq_any(accounts))
        .select((auto_likes::account_id, AutoLikeRow::as_select()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, row)| (id, row.into())).collect())
}

/// Loads the settings FOR SHARE, once in a unit of work: a change of the settings waits until this transaction ends, and
/// then sees the likes that it queued.
pub(in crate::features::statuses) async fn load_shared(
    work: &mut Work,
    account: AccountId,
) -> QueryResult<Arc<AutoLike>> {
    if let Some(known) = work.memo::<AccountId, Arc<AutoLike>>().get(&account) {
        return Ok(Arc::clone(known));
    }
    let row: Option<AutoLikeRow> = auto_likes::table
        .find(account)
        .select(AutoLikeRow::as_select())
        .for_share()
        .first(work)
        .await
        .optional()?;
    let settings = Arc::new(row.map_or_else(AutoLike::untouched, AutoLike::from));
    work.memo().insert(account, Arc::clone(&settings));
    Ok(settings)
}

/// Locks the settings FOR UPDATE, so that no other transaction judges by them or changes them until this one ends.
/// Inserts the default settings first if there are none.
pub(in crate::features::statuses) async fn lock(
    work: &mut Work,
    account: AccountRef,
) -> QueryResult<AutoLike> {
    diesel::insert_into(auto_likes::table)
        .values((
            auto_likes::account_id.eq(account.id),
            auto_likes::user_id.eq(account.user),
            columns(&AutoLike::untouched())?,
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    let row: AutoLikeRow = auto_likes::table
        .find(account.id)
        .select(AutoLikeRow::as_select())
        .for_update()
        .first(work)
        .await?;
    Ok(row.into())
}

/// Writes the settings, which [`lock`] locked.
pub(in crate::features::statuses) async fn save(
    work: &mut Work,
    account: AccountId,
    settings: &AutoLike,
) -> QueryResult<()> {
    work.memo::<AccountId, Arc<AutoLike>>().remove(&account);
    diesel::update(auto_likes::table.find(account))
        .set(columns(settings)?)
        .execute(work)
        .await
        .map(drop)
}

type Columns<'a> = (
    diesel::dsl::Eq<auto_likes::is_enabled, bool>,
    diesel::dsl::Eq<auto_likes::emoji, &'a str>,
    diesel::dsl::Eq<auto_likes::scope, &'static str>,
    diesel::dsl::Eq<auto_likes::contact_ids, &'a [ContactId]>,
    diesel::dsl::Eq<auto_likes::skip_muted, bool>,
    diesel::dsl::Eq<auto_likes::max_per_hour, i32>,
    diesel::dsl::Eq<auto_likes::quiet_from, Option<i16>>,
    diesel::dsl::Eq<auto_likes::quiet_until, Option<i16>>,
    diesel::dsl::Eq<auto_likes::contact_emojis, serde_json::Value>,
    diesel::dsl::Eq<auto_likes::sends_view_receipt, bool>,
);

fn columns(settings: &AutoLike) -> QueryResult<Columns<'_>> {
    let kept = settings.contact_emojis.iter().map(|one| StoredEmoji {
        contact: one.contact,
        emoji: one.emoji.as_str().to_owned(),
    });
    let emojis = serde_json::to_value(kept.collect::<Vec<_>>())
        .map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let quiet = settings.quiet_hours.map(QuietHours::minutes);
    Ok((
        auto_likes::is_enabled.eq(settings.is_enabled),
        auto_likes::emoji.eq(settings.emoji.as_str()),
        auto_likes::scope.eq(settings.scope.as_str()),
        auto_likes::contact_ids.eq(&settings.contacts[..]),
        auto_likes::skip_muted.eq(settings.skips_muted),
        auto_likes::max_per_hour.eq(settings.max_per_hour),
        auto_likes::quiet_from.eq(quiet.map(|(from, _)| from)),
        auto_likes::quiet_until.eq(quiet.map(|(_, until)| until)),
        auto_likes::contact_emojis.eq(emojis),
        auto_likes::sends_view_receipt.eq(settings.sends_view_receipts),
    ))
}

/// Returns those of `ids` that the owner muted, or whose statuses the owner muted.
pub(in crate::features::statuses) async fn muted_among(
    conn: &mut AsyncPgConnection,
    ids: &[ContactId],
) -> QueryResult<Vec<ContactId>> {
    contacts::table
        .filter(contacts::id.eq_any(ids))
        .filter(contacts::is_muted.or(contacts::is_status_muted))
        .select(contacts::id)
        .load(conn)
        .await
}
