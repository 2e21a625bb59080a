use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::inspect::Prepared;
use super::{Announced, Rejection, RejectionReason, UNUSED_KEPT_FOR, Upload, UploadState, expire};
use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::{media, uploads};
use crate::hub::EventKind;
use crate::id::{AccountId, MediaId, UploadId};
use crate::media::MediaState;
use crate::media::store::Stored;
use crate::work::Work;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = uploads)]
struct UploadRow {
    id: UploadId,
    account_id: AccountId,
    mime_type: String,
    size_bytes: i64,
    state: UploadState,
    rejection_reason: Option<RejectionReason>,
    rejection_message: Option<String>,
    media_id: Option<MediaId>,
    created_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

impl From<UploadRow> for Upload {
    fn from(row: UploadRow) -> Self {
        // CHECKs of the table hold the texts to what is read here.
        Self {
            id: row.id,
            account: row.account_id,
            announced: Announced::parse(&row.mime_type).unwrap_or(Announced::Jpeg),
            size_bytes: u32::try_from(row.size_bytes).unwrap_or(0),
            state: row.state,
            rejection_reason: row.rejection_reason,
            rejection_message: row.rejection_message,
            media: row.media_id,
            created_at: row.created_at,
            used_at: row.used_at,
        }
    }
}

/// Announces a file of `size_bytes` at most that will come to the upload's link. It goes by itself when nothing takes
/// it.
///
/// # Errors
/// The database's.
pub async fn announce(
    work: &mut Work,
    account: AccountRef,
    announced: Announced,
    size_bytes: u32,
) -> QueryResult<Upload> {
    let upload = Upload {
        id: work.ids.next(),
        account: account.id,
        announced,
        size_bytes,
        state: UploadState::Pending,
        rejection_reason: None,
        rejection_message: None,
        media: None,
        created_at: work.now,
        used_at: None,
    };
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(upload.id),
            uploads::user_id.eq(account.user),
            uploads::account_id.eq(account.id),
            uploads::mime_type.eq(announced.as_str()),
            uploads::size_bytes.eq(i64::from(size_bytes)),
            uploads::state.eq(upload.state),
            uploads::created_at.eq(upload.created_at),
        ))
        .execute(work)
        .await?;
    expire::later(work, upload.id, upload.created_at + UNUSED_KEPT_FOR).await?;
    work.emit(EventKind::UploadChanged, Some(account.id), upload.id);
    Ok(upload)
}

/// The upload `id`.
///
/// # Errors
/// The database's.
pub async fn find_upload(conn: &mut AsyncPgConnection, id: UploadId) -> QueryResult<Option<Upload>> {
    Ok(load_uploads(conn, &[id]).await?.pop())
}

/// The uploads among `ids`.
///
/// # Errors
/// The database's.
pub async fn load_uploads(conn: &mut AsyncPgConnection, ids: &[UploadId]) -> QueryResult<Vec<Upload>> {
    let rows: Vec<UploadRow> = uploads::table
        .filter(uploads::id.eq_any(ids))
        .select(UploadRow::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Upload::from).collect())
}

/// The upload `id`, locked until the transaction ends.
pub(super) async fn lock(conn: &mut AsyncPgConnection, id: UploadId) -> QueryResult<Option<Upload>> {
    let row: Option<UploadRow> = uploads::table
        .find(id)
        .select(UploadRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(Upload::from))
}

/// Marks an upload as used, which is possible once; returns its media. `None` when it does not exist, is another
/// account's, is not ready, or is used already.
///
/// # Errors
/// The database's.
pub async fn take(work: &mut Work, account: AccountRef, id: UploadId) -> QueryResult<Option<MediaId>> {
    let now = work.now;
    let free = uploads::table
        .find(id)
        .filter(uploads::account_id.eq(account.id))
        .filter(
            uploads::state
                .eq(UploadState::Ready)
                .and(uploads::used_at.is_null()),
        );
    let taken: Option<Option<MediaId>> = diesel::update(free)
        .set(uploads::used_at.eq(now))
        .returning(uploads::media_id)
        .get_result(work)
        .await
        .optional()?;
    if taken.is_some() {
        work.emit(EventKind::UploadChanged, Some(account.id), id);
    }
    Ok(taken.flatten())
}

/// Stores the result of a pending upload, which is locked.
pub(super) async fn settle(
    work: &mut Work,
    upload: &Upload,
    media: MediaId,
    prepared: &Prepared,
    stored: &Stored,
) -> QueryResult<()> {
    let (user, now) = (work.user, work.now);
    diesel::insert_into(media::table)
        .values((
            (
                media::id.eq(media),
                media::user_id.eq(user),
                media::account_id.eq(upload.account),
            ),
            media::kind.eq(prepared.kind),
            media::mime_type.eq(prepared.mime_type),
            media::size_bytes.eq(bytes(stored.written.size_bytes)),
            media::width.eq(i32::try_from(prepared.width).ok()),
            media::height.eq(i32::try_from(prepared.height).ok()),
            media::duration_seconds.eq(prepared.duration_seconds),
            media::thumbnail.eq(thumbnail(&work.key, media, stored)),
            media::state.eq(MediaState::Stored),
            media::object_key.eq(&stored.object.object_key),
            media::storage.eq(stored.storage),
            media::stored_bytes.eq(bytes(stored.written.stored_bytes)),
            media::created_at.eq(now),
        ))
        .execute(work)
        .await?;
    diesel::update(uploads::table.find(upload.id))
        .set((uploads::state.eq(UploadState::Ready), uploads::media_id.eq(media)))
        .execute(work)
        .await?;
    work.emit(EventKind::UploadChanged, Some(upload.account), upload.id);
    Ok(())
}

/// Rejects a pending upload, which is locked.
pub(super) async fn reject(work: &mut Work, upload: &Upload, why: &Rejection) -> QueryResult<()> {
    diesel::update(uploads::table.find(upload.id))
        .set((
            uploads::state.eq(UploadState::Rejected),
            uploads::rejection_reason.eq(why.reason()),
            uploads::rejection_message.eq(why.to_string()),
        ))
        .execute(work)
        .await?;
    work.emit(EventKind::UploadChanged, Some(upload.account), upload.id);
    Ok(())
}

/// Deletes the row of an upload.
pub(super) async fn delete(work: &mut Work, id: UploadId) -> QueryResult<()> {
    diesel::delete(uploads::table.find(id))
        .execute(work)
        .await
        .map(drop)
}

fn thumbnail(key: &DataKey, media: MediaId, stored: &Stored) -> Option<Vec<u8>> {
    let jpeg = stored.thumbnail.as_ref()?;
    Some(key.seal(&belongs_to("media", "thumbnail", media), jpeg))
}

fn bytes(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
