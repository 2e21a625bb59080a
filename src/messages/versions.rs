//! The versions of edited messages, for as long as they are held; and edits that arrived before their message and wait
//! for it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::Held;
use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::{message_versions, messages};
use crate::db::{KeepPrepared as _, column};
use crate::id::{ChatId, ContactId, MessageId};
use crate::visible_text::visible_lines;
use crate::work::Work;

/// The highest number of versions of one message: the first ones, and always the newest.
const MOST_VERSIONS: i64 = 50;

/// The text of a message between two edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The message that carried it: the edited message itself, or one of its edits.
    pub bearer: MessageId,
    /// The message that was edited.
    pub message: MessageId,
    /// The words, or those under a picture.
    pub text: String,
    /// The time at which it was written.
    pub written_at: DateTime<Utc>,
}

/// The message that an edit is about, as it was held before.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    /// Its row.
    pub id: MessageId,
    /// Its words; none when there were none.
    pub text: Option<&'a str>,
    /// The time at which the sender sent it.
    pub sent_at: DateTime<Utc>,
}

/// An edit: the message that carried it, and the new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its own row.
    pub id: MessageId,
    /// The new text of the edited message.
    pub text: String,
    /// The time at which it was written.
    pub written_at: DateTime<Utc>,
}

/// Writes the versions of a message before and after `edits`; returns all of them, the oldest first. Edits that are
/// recorded already change nothing, and an edit to the words that the message has at its time is no version: then the
/// answer has none that it carried.
///
/// # Errors
/// The database's; a `DeserializationError` for a version that does not open.
pub async fn revise(work: &mut Work, original: Original<'_>, edits: &[Edit]) -> QueryResult<Vec<Version>> {
    let mut known = load_versions(work, &[original.id]).await?;
    let is_first_edit = known.is_empty();
    if is_first_edit {
        known.push(Version {
            bearer: original.id,
            message: original.id,
            text: original.text.unwrap_or_default().to_owned(),
            written_at: original.sent_at,
        });
    }
    let mut new: Vec<Version> = Vec::new();
    for edit in edits {
        if known.iter().any(|version| version.bearer == edit.id) {
            continue;
        }
        let version = Version {
            bearer: edit.id,
            message: original.id,
            text: edit.text.clone(),
            written_at: edit.written_at,
        };
        if changes_nothing(&version, &known) {
            continue;
        }
        if is_first_edit && known.len() == 1 {
            new.push(known[0].clone());
        }
        let is_full = i64::try_from(known.len()).is_ok_and(|count| count >= MOST_VERSIONS);
        if is_full && let Some(crowded_out) = known.pop() {
            let stored = new.len();
            new.retain(|version| version.bearer != crowded_out.bearer);
            if new.len() == stored {
                delete_version(work, crowded_out.bearer).await?;
            }
        }
        new.push(version.clone());
        known.push(version);
        in_order(&mut known);
    }
    insert_versions(work, &new).await?;
    Ok(known)
}

/// True when a version has the words of the one before or after it; `known` is in order.
fn changes_nothing(version: &Version, known: &[Version]) -> bool {
    let place = known.partition_point(|other| order_of(other) < order_of(version));
    let before = place.checked_sub(1).and_then(|before| known.get(before));
    let mut neighbours = before.into_iter().chain(known.get(place));
    neighbours.any(|other| other.text == version.text)
}

/// Sorts versions, the oldest first. The message itself comes before its edits, whatever the clocks of its sender's
/// devices say.
fn in_order(versions: &mut [Version]) {
    versions.sort_by_key(order_of);
}

fn order_of(version: &Version) -> (bool, DateTime<Utc>, MessageId) {
    (
        version.bearer != version.message,
        version.written_at,
        version.bearer,
    )
}

async fn insert_versions(work: &mut Work, versions: &[Version]) -> QueryResult<()> {
    if versions.is_empty() {
        return Ok(());
    }
    let seal = |version: &Version| {
        let place = belongs_to("message_versions", "content", version.bearer);
        work.key.seal(&place, version.text.as_bytes())
    };
    let contents: Vec<Vec<u8>> = versions.iter().map(seal).collect();
    diesel::sql_query(INSERT)
        .bind::<SqlUuid, _>(work.user)
        .bind::<Array<SqlUuid>, _>(column(versions, |version| version.bearer))
        .bind::<Array<SqlUuid>, _>(column(versions, |version| version.message))
        .bind::<Array<Binary>, _>(contents)
        .bind::<Array<Timestamptz>, _>(column(versions, |version| version.written_at))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

const INSERT: &str = "INSERT INTO message_versions (user_id, id, message_id, content, written_at)
    SELECT $1, new.* FROM unnest($2, $3, $4, $5) AS new ON CONFLICT DO NOTHING";

async fn delete_version(work: &mut Work, bearer: MessageId) -> QueryResult<()> {
    diesel::delete(message_versions::table.find(bearer))
        .execute(work)
        .await
        .map(drop)
}

/// The versions of `messages`, the oldest of each first; none of a message that was never edited.
///
/// # Errors
/// The database's; a `DeserializationError` for a version that does not open.
pub async fn load_versions(work: &mut Work, messages: &[MessageId]) -> QueryResult<Vec<Version>> {
    let versions = message_versions::table.select((
        message_versions::id,
        message_versions::message_id,
        message_versions::content,
        message_versions::written_at,
    ));
    let rows: Vec<(MessageId, MessageId, Vec<u8>, DateTime<Utc>)> = match messages {
        // Its plan is kept; that of a list is made anew each time.
        [message] => {
            let of_one = versions.filter(message_versions::message_id.eq(message));
            of_one.load(work).await?
        }
        _ => {
            let of_all = versions.filter(message_versions::message_id.eq_any(messages));
            of_all.load(work).await?
        }
    };
    let opened = rows.into_iter().map(|(bearer, message, content, written_at)| {
        Ok(Version {
            bearer,
            message,
            text: open(&work.key, "message_versions", bearer, &content)?.unwrap_or_default(),
            written_at,
        })
    });
    let mut versions = opened.collect::<QueryResult<Vec<_>>>()?;
    in_order(&mut versions);
    Ok(versions)
}

/// Deletes the versions of `messages`. Their current text stays held.
///
/// # Errors
/// The database's.
pub async fn forget_versions(work: &mut Work, messages: &[MessageId]) -> QueryResult<()> {
    diesel::delete(message_versions::table.filter(message_versions::message_id.eq_any(messages)))
        .execute(work)
        .await
        .map(drop)
}

/// Deletes the versions of a message that is still held. Those of a message that is no longer held belong to the
/// feature that took it over.
///
/// # Errors
/// The database's.
pub async fn forget_edits(work: &mut Work, id: MessageId) -> QueryResult<()> {
    let held = messages::table.filter(messages::id.eq(id).and(messages::held_until.is_not_null()));
    let is_held: bool = diesel::select(diesel::dsl::exists(held)).get_result(work).await?;
    if is_held {
        forget_versions(work, &[id]).await?;
    }
    Ok(())
}

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
    super::hold(work, edit.id, Some(&edit.text), until).await?;
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

impl Held {
    /// Its text or caption; none when nothing in it is visible.
    ///
    /// # Errors
    /// A `DeserializationError` when they do not open.
    pub fn text(&self, key: &DataKey) -> QueryResult<Option<String>> {
        let content = self.content.as_deref();
        content.map_or(Ok(None), |sealed| open(key, "messages", self.id, sealed))
    }
}

fn open(key: &DataKey, table: &str, id: MessageId, sealed: &[u8]) -> QueryResult<Option<String>> {
    let plain = key
        .open(&belongs_to(table, "content", id), sealed)
        .map_err(|e| diesel::result::Error::DeserializationError(e.into()))?;
    // Earlier releases stored texts as they came.
    Ok(visible_lines(&String::from_utf8_lossy(&plain)))
}
