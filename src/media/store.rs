use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::media;
use crate::id::{AccountId, Ids, MediaId, UserId};
use crate::whatsapp::event::MediaReference;

/// Keeps where WhatsApp serves a file and how to open it, sealed. Nothing is fetched.
///
/// # Errors
/// The database's.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    key: &DataKey,
    user: UserId,
    account: AccountId,
    now: DateTime<Utc>,
    reference: &MediaReference,
) -> QueryResult<MediaId> {
    let id: MediaId = ids.next();
    let plain =
        serde_json::to_vec(reference).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let thumbnail = reference
        .thumbnail
        .as_ref()
        .map(|jpeg| key.seal(&belongs_to("media", "thumbnail", id), jpeg));
    diesel::insert_into(media::table)
        .values((
            (
                media::id.eq(id),
                media::user_id.eq(user),
                media::account_id.eq(account),
            ),
            media::kind.eq(reference.kind.as_str()),
            media::mime_type.eq(&reference.mime_type),
            media::size_bytes.eq(i64::try_from(reference.size_bytes).unwrap_or(i64::MAX)),
            media::width.eq(reference.width.and_then(|w| i32::try_from(w).ok())),
            media::height.eq(reference.height.and_then(|h| i32::try_from(h).ok())),
            media::duration_seconds.eq(reference.duration_seconds),
            media::reference.eq(key.seal(&belongs_to("media", "reference", id), &plain)),
            media::thumbnail.eq(thumbnail),
            media::state.eq("REMOTE"),
            media::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(id)
}
