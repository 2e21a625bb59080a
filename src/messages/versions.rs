use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::message_versions;
use crate::id::{MessageId, UserId};

/// What a message said between two edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The message that was edited.
    pub message: MessageId,
    /// The words, or those under a picture.
    pub text: String,
    /// When they were written.
    pub written_at: DateTime<Utc>,
}

/// Keeps what `version.message` said, as `bearer` brought it: the message itself, or one of its edits. A second time
/// it does nothing.
///
/// # Errors
/// The database's.
pub async fn keep_version(
    conn: &mut AsyncPgConnection,
    key: &DataKey,
    user: UserId,
    bearer: MessageId,
    version: &Version,
) -> QueryResult<()> {
    let place = belongs_to("message_versions", "content", bearer);
    diesel::insert_into(message_versions::table)
        .values((
            message_versions::id.eq(bearer),
            message_versions::user_id.eq(user),
            message_versions::message_id.eq(version.message),
            message_versions::content.eq(key.seal(&place, version.text.as_bytes())),
            message_versions::written_at.eq(version.written_at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(drop)
}

/// The versions of `messages`, the oldest first; none of a message that was never edited.
///
/// # Errors
/// The database's; a `DeserializationError` for a version that does not open.
pub async fn load_versions(
    conn: &mut AsyncPgConnection,
    key: &DataKey,
    messages: &[MessageId],
) -> QueryResult<Vec<Version>> {
    let rows: Vec<(MessageId, MessageId, Vec<u8>, DateTime<Utc>)> = message_versions::table
        .filter(message_versions::message_id.eq_any(messages))
        .order((message_versions::written_at, message_versions::id))
        .select((
            message_versions::id,
            message_versions::message_id,
            message_versions::content,
            message_versions::written_at,
        ))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(id, message, content, written_at)| {
            let plain = key
                .open(&belongs_to("message_versions", "content", id), &content)
                .map_err(|e| diesel::result::Error::DeserializationError(e.into()))?;
            Ok(Version {
                message,
                text: String::from_utf8_lossy(&plain).into_owned(),
                written_at,
            })
        })
        .collect()
}

/// Forgets what edited messages said.
///
/// # Errors
/// The database's.
pub async fn forget_versions(conn: &mut AsyncPgConnection, messages: &[MessageId]) -> QueryResult<()> {
    diesel::delete(message_versions::table.filter(message_versions::message_id.eq_any(messages)))
        .execute(conn)
        .await
        .map(drop)
}
