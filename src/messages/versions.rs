//! The versions of edited messages, for as long as they are held.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::store::open;
use crate::crypto::belongs_to;
use crate::db::schema::{message_versions, messages};
use crate::db::{KeepPrepared as _, column};
use crate::id::MessageId;
use crate::work::Work;

/// The highest number of versions of one message: the first ones, and always the newest.
pub(super) const MOST_VERSIONS: i64 = 50;

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

/// A message, and edits of it.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'a> {
    /// The message as it was.
    pub original: Original<'a>,
    /// Its edits.
    pub edits: &'a [Edit],
}

/// Writes the versions of messages before and after their edits; returns all those of each, the oldest first. Each message
/// is named once. Edits that are recorded already change nothing, and an edit to the words that the message has at its time
/// is no version: then the answer has none that it carried.
///
/// # Errors
/// The database's; a `DeserializationError` for a version that does not open.
pub async fn revise(work: &mut Work, revisions: &[Revision<'_>]) -> QueryResult<Vec<Vec<Version>>> {
    if revisions.is_empty() {
        return Ok(Vec::new());
    }
    let messages: Vec<MessageId> = column(revisions, |revision| revision.original.id);
    let stored = load_versions(work, &messages).await?;
    let (mut revised, mut new, mut crowded_out) = (Vec::new(), Vec::new(), Vec::new());
    for revision in revisions {
        let of_message = stored
            .iter()
            .filter(|version| version.message == revision.original.id);
        let mut versions = Versions::of(revision.original, of_message.cloned().collect());
        for edit in revision.edits {
            versions.add(edit);
        }
        new.extend(versions.new);
        crowded_out.extend(versions.crowded_out);
        revised.push(versions.known);
    }
    delete_versions(work, &crowded_out).await?;
    insert_versions(work, &new).await?;
    Ok(revised)
}

/// The versions of a message while edits are added.
struct Versions {
    /// All, in order; the message itself alone where it was never edited.
    known: Vec<Version>,
    /// Those that are to be stored.
    new: Vec<Version>,
    /// The bearers of those that are stored and for which there is no room.
    crowded_out: Vec<MessageId>,
}

impl Versions {
    fn of(original: Original<'_>, mut stored: Vec<Version>) -> Self {
        if stored.is_empty() {
            stored.push(Version {
                bearer: original.id,
                message: original.id,
                text: original.text.unwrap_or_default().to_owned(),
                written_at: original.sent_at,
            });
        }
        Self {
            known: stored,
            new: Vec::new(),
            crowded_out: Vec::new(),
        }
    }

    fn add(&mut self, edit: &Edit) {
        if self.known.iter().any(|version| version.bearer == edit.id) {
            return;
        }
        let version = Version {
            bearer: edit.id,
            message: self.known[0].message,
            text: edit.text.clone(),
            written_at: edit.written_at,
        };
        if changes_nothing(&version, &self.known) {
            return;
        }
        // Where a message has other versions, its own words are stored.
        if self.known.len() == 1 {
            self.new.push(self.known[0].clone());
        }
        let is_full = i64::try_from(self.known.len()).is_ok_and(|count| count >= MOST_VERSIONS);
        if is_full && let Some(last) = self.known.pop() {
            let count = self.new.len();
            self.new.retain(|version| version.bearer != last.bearer);
            if self.new.len() == count {
                self.crowded_out.push(last.bearer);
            }
        }
        self.new.push(version.clone());
        self.known.push(version);
        in_order(&mut self.known);
    }
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

async fn delete_versions(work: &mut Work, bearers: &[MessageId]) -> QueryResult<()> {
    if bearers.is_empty() {
        return Ok(());
    }
    diesel::delete(message_versions::table.filter(message_versions::id.eq_any(bearers)))
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
