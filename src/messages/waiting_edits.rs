//! Edits that arrived before their message and wait for it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::store::{Hold, hold, open};
use super::versions::{Edit, MOST_VERSIONS};
use crate::account::AccountRef;
use crate::db::KeepPrepared as _;
use crate::db::schema::messages;
use crate::id::{ChatId, ContactId, MessageId};
use crate::work::Work;

/// Holds `edit`, whose message carries WhatsApp's id `target_wa_id` and has not come yet, until `until`.
///
/// # Errors
/// The database's.
pub async fn hold_edit(
    work: &mut Work,
    edit: &Edit,
    target_wa_id: &str,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    let held = Hold {
        id: edit.id,
        text: Some(&edit.text),
        until,
    };
    hold(work, &[held]).await?;
    diesel::update(messages::table.find(edit.id))
        .set(messages::edits_wa_id.eq(Some(target_wa_id)))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The edits by one of `senders` that wait for the message `wa_id`, the oldest first; at most as many as a message has
/// versions, the newest ones.
///
/// # Errors
/// The database's; a `DeserializationError` for an edit that does not open.
pub async fn edits_waiting(
    work: &mut Work,
    account: AccountRef,
    chat: ChatId,
    senders: &[ContactId],
    wa_id: &str,
) -> QueryResult<Vec<Edit>> {
    let rows: Vec<(MessageId, Vec<u8>, DateTime<Utc>)> = messages::table
        .filter(
            messages::account_id
                .eq(account.id)
                .and(messages::edits_wa_id.eq(wa_id)),
        )
        .filter(
            messages::chat_id
                .eq(chat)
                .and(messages::sender_id.eq_any(senders)),
        )
        .filter(messages::content.is_not_null())
        .order((messages::sent_at.desc(), messages::id.desc()))
        .limit(MOST_VERSIONS)
        .select((
            messages::id,
            messages::content.assume_not_null(),
            messages::sent_at,
        ))
        .load(work)
        .await?;
    let opened = rows.into_iter().rev().map(|(id, content, written_at)| {
        Ok(Edit {
            id,
            text: open(&work.key, "messages", id, &content)?.unwrap_or_default(),
            written_at,
        })
    });
    opened.collect()
}

/// Those of the messages `wa_ids` for which an edit waits, by whomever.
///
/// # Errors
/// The database's.
pub async fn with_edits_waiting(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    wa_ids: &[&str],
) -> QueryResult<HashSet<String>> {
    let named: Vec<Option<String>> = messages::table
        .filter(
            messages::account_id
                .eq(account.id)
                .and(messages::edits_wa_id.eq_any(wa_ids)),
        )
        .filter(messages::content.is_not_null())
        .select(messages::edits_wa_id)
        .load(conn)
        .await?;
    Ok(named.into_iter().flatten().collect())
}

/// Releases every edit that waits for the message `wa_id`: their text is in its versions now.
///
/// # Errors
/// The database's.
pub async fn release_waiting_edits(
    work: &mut Work,
    account: AccountRef,
    chat: ChatId,
    senders: &[ContactId],
    wa_id: &str,
) -> QueryResult<()> {
    let waiting = messages::table
        .filter(
            messages::account_id
                .eq(account.id)
                .and(messages::edits_wa_id.eq(wa_id)),
        )
        .filter(
            messages::chat_id
                .eq(chat)
                .and(messages::sender_id.eq_any(senders)),
        );
    diesel::update(waiting)
        .set((
            messages::content.eq(None::<Vec<u8>>),
            messages::held_until.eq(None::<DateTime<Utc>>),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}
