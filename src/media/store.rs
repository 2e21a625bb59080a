use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::dsl::IsNotNull;
use diesel::prelude::*;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::discard::Draft;
use super::listen::Outcome;
use super::storage::Storage;
use super::writing::Written;
use crate::crypto::{DataKey, belongs_to};
use crate::db::KeepPrepared as _;
use crate::db::schema::media;
use crate::event::{MediaKind, MediaReference};
use crate::id::{AccountId, MediaId, UserId};
use crate::text_enum::text_enum;
use crate::work::Work;

/// The largest thumbnail that is taken from a message.
const LARGEST_THUMBNAIL: usize = 128 * 1024;

text_enum! {
    /// State of the content of a file.
    #[derive(async_graphql::Enum)]
    pub enum MediaState {
        /// Only WhatsApp has the content, for a few weeks.
        Remote = "REMOTE",
        /// The content is stored on this server.
        Stored = "STORED",
        /// The content is lost: WhatsApp no longer serves it.
        Expired = "EXPIRED",
        /// The content could not be fetched; see `stateReason`.
        Failed = "FAILED",
    }
}

text_enum! {
    /// Reason for which the content of a file is not stored. Clients must expect values that are added later.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "MediaStateReason")]
    pub enum StateReason {
        /// WhatsApp no longer serves the file, and the phone did not upload it again.
        NoLongerServed = "NO_LONGER_SERVED",
        /// The file is larger than this server fetches.
        TooLarge = "TOO_LARGE",
        /// The file that WhatsApp served is not the one that was sent.
        Damaged = "DAMAGED",
        /// The media storage of the plan had no room for the file.
        StorageFull = "STORAGE_FULL",
        /// The file could not be fetched, though it was tried several times.
        Unreachable = "UNREACHABLE",
    }
}

/// A file's row, without its sealed columns.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = media)]
pub struct MediaRow {
    /// Its id.
    pub id: MediaId,
    /// The owner.
    pub user_id: UserId,
    /// The account that it came through.
    pub account_id: AccountId,
    /// Its kind.
    pub kind: MediaKind,
    /// As the sender declared it.
    pub mime_type: String,
    /// Of the plain content.
    pub size_bytes: i64,
    /// In pixels.
    pub width: Option<i32>,
    /// In pixels.
    pub height: Option<i32>,
    /// Of a video or sound.
    pub duration_seconds: Option<f64>,
    /// The place of its content.
    pub state: MediaState,
    /// The reason why there is no content.
    pub state_reason: Option<StateReason>,
    /// That reason in English.
    pub state_message: Option<String>,
    /// The object's name in the store, while stored.
    pub object_key: Option<String>,
    /// The place and form of the object, while stored.
    pub storage: Storage,
    /// True when there is a thumbnail.
    #[diesel(
        select_expression = media::thumbnail.is_not_null(),
        select_expression_type = IsNotNull<media::thumbnail>
    )]
    pub has_thumbnail: bool,
}

/// Records where WhatsApp serves a file and how to open it, sealed. Nothing is fetched.
///
/// # Errors
/// The database's.
pub async fn record(work: &mut Work, account: AccountId, reference: &MediaReference) -> QueryResult<MediaId> {
    let id: MediaId = work.ids.next();
    let sealed = work
        .key
        .seal(&belongs_to("media", "reference", id), &plain(reference)?);
    diesel::insert_into(media::table)
        .values((
            (
                media::id.eq(id),
                media::user_id.eq(work.user),
                media::account_id.eq(account),
            ),
            media::kind.eq(reference.kind),
            media::mime_type.eq(&reference.mime_type),
            media::size_bytes.eq(i64::try_from(reference.size_bytes).unwrap_or(i64::MAX)),
            media::width.eq(reference.width.and_then(|w| i32::try_from(w).ok())),
            media::height.eq(reference.height.and_then(|h| i32::try_from(h).ok())),
            media::duration_seconds.eq(reference.duration_seconds),
            media::reference.eq(sealed),
            media::thumbnail.eq(thumbnail_of(&work.key, id, reference)),
            media::state.eq(MediaState::Remote),
            media::created_at.eq(work.now),
        ))
        .execute(work)
        .await?;
    Ok(id)
}

/// The reference without its thumbnail, which has a column of its own.
fn plain(reference: &MediaReference) -> QueryResult<Vec<u8>> {
    let slim = MediaReference {
        thumbnail: None,
        ..reference.clone()
    };
    serde_json::to_vec(&slim).map_err(|e| diesel::result::Error::SerializationError(e.into()))
}

/// The thumbnail of the message, sealed, if it looks like a JPEG: clients are given it as one.
pub(super) fn thumbnail_of(key: &DataKey, id: MediaId, reference: &MediaReference) -> Option<Vec<u8>> {
    let jpeg = reference.thumbnail.as_ref()?;
    let is_sane = jpeg.starts_with(&[0xff, 0xd8, 0xff]) && jpeg.len() <= LARGEST_THUMBNAIL;
    is_sane.then(|| key.seal(&belongs_to("media", "thumbnail", id), jpeg))
}

/// The rows of those of `wanted` that are there.
///
/// # Errors
/// The database's.
pub async fn load(conn: &mut AsyncPgConnection, wanted: &[MediaId]) -> QueryResult<Vec<MediaRow>> {
    media::table
        .filter(media::id.eq_any(wanted))
        .select(MediaRow::as_select())
        .load(conn)
        .await
}

/// The thumbnails of those of `wanted` that have one: small JPEGs.
///
/// # Errors
/// The database's; [`diesel::result::Error::DeserializationError`] for one that does not open.
pub async fn load_thumbnails(work: &mut Work, wanted: &[MediaId]) -> QueryResult<HashMap<MediaId, Vec<u8>>> {
    let rows: Vec<(MediaId, Option<Vec<u8>>)> = media::table
        .filter(media::id.eq_any(wanted).and(media::thumbnail.is_not_null()))
        .select((media::id, media::thumbnail))
        .load(work)
        .await?;
    rows.into_iter()
        .filter_map(|(id, sealed)| Some((id, sealed?)))
        .map(|(id, sealed)| Ok((id, open(&work.key, "thumbnail", id, &sealed)?)))
        .collect()
}

/// The reference of the file `id`: where WhatsApp serves it and how to open it. It has no thumbnail.
///
/// # Errors
/// The database's; [`diesel::result::Error::DeserializationError`] when it does not open, `NotFound` when the file was
/// uploaded by the user and never was WhatsApp's.
pub async fn load_reference(work: &mut Work, id: MediaId) -> QueryResult<MediaReference> {
    let sealed: Option<Vec<u8>> = media::table.find(id).select(media::reference).first(work).await?;
    let sealed = sealed.ok_or(diesel::result::Error::NotFound)?;
    let plain = open(&work.key, "reference", id, &sealed)?;
    serde_json::from_slice(&plain).map_err(|e| diesel::result::Error::DeserializationError(e.into()))
}

/// Replaces the reference of the file `id`.
pub(super) async fn set_reference(
    work: &mut Work,
    id: MediaId,
    reference: &MediaReference,
) -> QueryResult<()> {
    let sealed = work
        .key
        .seal(&belongs_to("media", "reference", id), &plain(reference)?);
    diesel::update(media::table.find(id))
        .set(media::reference.eq(sealed))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

pub(super) fn open(key: &DataKey, column: &str, id: MediaId, sealed: &[u8]) -> QueryResult<Vec<u8>> {
    key.open(&belongs_to("media", column, id), sealed)
        .map_err(|e| diesel::result::Error::DeserializationError(e.into()))
}

/// Locks these files until the transaction ends. Lock order: a transaction that settles a fetch, or deletes items that
/// wait for one, calls this before it locks rows of items.
///
/// # Errors
/// The database's.
pub async fn lock_all(conn: &mut AsyncPgConnection, wanted: &[MediaId]) -> QueryResult<()> {
    media::table
        .filter(media::id.eq_any(wanted))
        .order(media::id)
        .select(media::id)
        .for_update()
        .load::<MediaId>(conn)
        .await
        .map(drop)
}

/// Locks the row `id` until the transaction ends; returns its state.
pub(super) async fn lock(conn: &mut AsyncPgConnection, id: MediaId) -> QueryResult<Option<MediaState>> {
    media::table
        .find(id)
        .select(media::state)
        .for_update()
        .first(conn)
        .await
        .optional()
}

pub(super) async fn has_thumbnail(conn: &mut AsyncPgConnection, id: MediaId) -> QueryResult<bool> {
    media::table
        .find(id)
        .select(media::thumbnail.is_not_null())
        .first(conn)
        .await
}

/// Content that was fetched and written to the store.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) object: Draft,
    pub(super) storage: Storage,
    pub(super) written: Written,
    pub(super) thumbnail: Option<Vec<u8>>,
    /// Width and height in pixels, as the content tells them.
    pub(super) dimensions: Option<(u32, u32)>,
}

/// The number of pixels, if both measures are known.
pub(super) fn pixels(width: Option<impl Into<i64>>, height: Option<impl Into<i64>>) -> Option<i64> {
    Some(width?.into().saturating_mul(height?.into()))
}

/// Marks the row `id`, which is locked and remote, as stored.
pub(super) async fn mark_stored(work: &mut Work, id: MediaId, stored: &Stored) -> QueryResult<()> {
    let pixels =
        |pick: fn((u32, u32)) -> u32| stored.dimensions.map(pick).and_then(|n| i32::try_from(n).ok());
    let thumbnail = stored
        .thumbnail
        .as_ref()
        .map(|jpeg| work.key.seal(&belongs_to("media", "thumbnail", id), jpeg));
    diesel::update(media::table.find(id))
        .set((
            media::state.eq(MediaState::Stored),
            media::state_reason.eq(None::<StateReason>),
            media::state_message.eq(None::<String>),
            media::object_key.eq(Some(&stored.object.object_key)),
            media::storage.eq(stored.storage),
            media::size_bytes.eq(i64::try_from(stored.written.size_bytes).unwrap_or(i64::MAX)),
            media::stored_bytes.eq(i64::try_from(stored.written.stored_bytes).unwrap_or(i64::MAX)),
            thumbnail.map(|sealed| media::thumbnail.eq(Some(sealed))),
            pixels(|(width, _)| width).map(|width| media::width.eq(Some(width))),
            pixels(|(_, height)| height).map(|height| media::height.eq(Some(height))),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Marks the row `id`, which is locked, with an outcome that left it without content.
pub(super) async fn mark_absent(work: &mut Work, id: MediaId, outcome: &Outcome) -> QueryResult<()> {
    let state = match outcome {
        Outcome::Stored | Outcome::Refused => MediaState::Remote,
        Outcome::Expired => MediaState::Expired,
        Outcome::Failed { .. } => MediaState::Failed,
    };
    diesel::update(media::table.find(id))
        .set((
            media::state.eq(state),
            media::state_reason.eq(outcome.reason()),
            media::state_message.eq(outcome.message()),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// True when `object_key` is the content of `id`.
pub(super) async fn is_live(
    conn: &mut AsyncPgConnection,
    id: MediaId,
    object_key: &str,
) -> QueryResult<bool> {
    let row = media::table.find(id).filter(media::object_key.eq(object_key));
    diesel::select(diesel::dsl::exists(row)).get_result(conn).await
}

/// Deletes the rows `ids`; returns the objects that they named.
pub(super) async fn delete(work: &mut Work, ids: &[MediaId]) -> QueryResult<Vec<(MediaId, String)>> {
    let rows: Vec<(MediaId, Option<String>)> = diesel::delete(media::table.filter(media::id.eq_any(ids)))
        .returning((media::id, media::object_key))
        .get_results(work)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, name)| Some((id, name?)))
        .collect())
}

/// Deletes the rows of `account`. All are locked first, because whoever stores a file locks its row before the user's
/// storage total.
pub(super) async fn delete_of_account(work: &mut Work, account: AccountId) -> QueryResult<()> {
    let files = || media::table.filter(media::account_id.eq(account));
    let _: Vec<MediaId> = files().select(media::id).for_update().load(work).await?;
    diesel::delete(files()).execute(work).await.map(drop)
}

diesel::define_sql_function! {
    /// The files that no row names.
    #[sql_name = "amda_unnamed_media"]
    fn unnamed_media(candidates: Array<SqlUuid>) -> SqlUuid;
}

/// Those of `media` that no row of any table names.
pub(super) async fn list_unnamed(
    conn: &mut AsyncPgConnection,
    media: &[MediaId],
) -> QueryResult<Vec<MediaId>> {
    diesel::select(unnamed_media(media)).load(conn).await
}

diesel::define_sql_function! {
    /// True for a file that stays as it was sent.
    #[sql_name = "amda_is_final_media"]
    fn is_final_media(file: SqlUuid) -> Bool;
}

/// True for the file of a view-once message, and for that of a message or status that was deleted: what these show is
/// evidence, which no later message of the sender changes.
pub(super) async fn is_final(conn: &mut AsyncPgConnection, id: MediaId) -> QueryResult<bool> {
    diesel::select(is_final_media(id)).get_result(conn).await
}

/// A page of the user's files that are older than `before`: the next `limit` after `behind` in the order of ids.
pub(super) async fn page_before(
    conn: &mut AsyncPgConnection,
    user: UserId,
    before: DateTime<Utc>,
    behind: Option<MediaId>,
    limit: usize,
) -> QueryResult<Vec<MediaId>> {
    let mut rows = media::table
        .filter(media::user_id.eq(user))
        .filter(media::created_at.lt(before))
        .order(media::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(media::id)
        .into_boxed();
    if let Some(behind) = behind {
        rows = rows.filter(media::id.gt(behind));
    }
    rows.load(conn).await
}

/// Those of `objects` that are some file's content.
pub(super) async fn list_named(
    conn: &mut AsyncPgConnection,
    objects: &[String],
) -> QueryResult<HashSet<String>> {
    let named: Vec<Option<String>> = media::table
        .filter(media::object_key.eq_any(objects))
        .select(media::object_key)
        .load(conn)
        .await?;
    Ok(named.into_iter().flatten().collect())
}
