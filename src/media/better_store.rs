//! SQL of better copies of files.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::store::{self, Stored};
use crate::crypto::belongs_to;
use crate::db::KeepPrepared as _;
use crate::db::schema::media;
use crate::event::MediaReference;
use crate::id::MediaId;
use crate::work::Work;

/// Replaces the file `id`, which is locked and not stored, by a better copy: everything that its message told of it. The
/// phone may be asked once for that one too.
pub(super) async fn replace(work: &mut Work, id: MediaId, better: &MediaReference) -> QueryResult<()> {
    store::set_reference(work, id, better).await?;
    set_description(work, id, better).await
}

/// Sets what a message told of the file `id`. A thumbnail stays where the message has none.
async fn set_description(work: &mut Work, id: MediaId, reference: &MediaReference) -> QueryResult<()> {
    let thumbnail = store::thumbnail_of(&work.key, id, reference);
    diesel::update(media::table.find(id))
        .set((
            media::mime_type.eq(&reference.mime_type),
            media::size_bytes.eq(i64::try_from(reference.size_bytes).unwrap_or(i64::MAX)),
            media::width.eq(reference.width.and_then(|w| i32::try_from(w).ok())),
            media::height.eq(reference.height.and_then(|h| i32::try_from(h).ok())),
            media::duration_seconds.eq(reference.duration_seconds),
            media::renewal_asked_at.eq(None::<DateTime<Utc>>),
            thumbnail.map(|sealed| media::thumbnail.eq(Some(sealed))),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Sets the reference of a better copy of the file `id`, which is locked and stored; none removes it.
pub(super) async fn set_better(
    work: &mut Work,
    id: MediaId,
    better: Option<&MediaReference>,
) -> QueryResult<()> {
    let place = belongs_to("media", "better_reference", id);
    let sealed = match better {
        Some(better) => Some(work.key.seal(&place, &serialise(better)?)),
        None => None,
    };
    diesel::update(media::table.find(id))
        .set(media::better_reference.eq(sealed))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Loads the reference of a better copy of the file `id`, which waits to be fetched; none when there is none.
pub(super) async fn load_better(work: &mut Work, id: MediaId) -> QueryResult<Option<MediaReference>> {
    let sealed: Option<Vec<u8>> = media::table
        .find(id)
        .select(media::better_reference)
        .first(work)
        .await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let plain = store::open(&work.key, "better_reference", id, &sealed)?;
    serde_json::from_slice(&plain).map_err(|e| diesel::result::Error::DeserializationError(e.into()))
}

/// Puts the better copy of the file `id`, which is locked, in the place of the content that is stored; returns the name of
/// that content.
pub(super) async fn take_better(
    work: &mut Work,
    id: MediaId,
    better: &MediaReference,
    stored: &Stored,
) -> QueryResult<Option<String>> {
    let former: Option<String> = media::table
        .find(id)
        .select(media::object_key)
        .first(work)
        .await?;
    set_better(work, id, None).await?;
    replace(work, id, better).await?;
    store::mark_stored(work, id, stored).await?;
    Ok(former)
}

fn serialise(reference: &MediaReference) -> QueryResult<Vec<u8>> {
    serde_json::to_vec(reference).map_err(|e| diesel::result::Error::SerializationError(e.into()))
}
