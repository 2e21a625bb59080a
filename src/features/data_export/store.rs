//! The table of exports.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::ids::DataExportId;
use super::model::{DataExportFailureReason, DataExportRecord, DataExportState, Progress};
use crate::db::schema::data_exports;
use crate::graphql::{Page, count_rows, newest_first};
use crate::hub::EventKind;
use crate::id::UserId;
use crate::work::Work;

/// The states in which an export is not finished.
const UNFINISHED: [DataExportState; 2] = [DataExportState::Queued, DataExportState::Running];

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = data_exports)]
struct Row {
    id: DataExportId,
    state: DataExportState,
    failure: Option<DataExportFailureReason>,
    rows_done: i64,
    rows_total: i64,
    bytes_done: i64,
    bytes_total: i64,
    object_key: Option<String>,
    size_bytes: Option<i64>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl From<Row> for DataExportRecord {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            state: row.state,
            failure: row.failure,
            progress: Progress {
                rows_done: row.rows_done,
                rows_total: row.rows_total,
                bytes_done: row.bytes_done,
                bytes_total: row.bytes_total,
            },
            object_key: row.object_key,
            size_bytes: row.size_bytes,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// Inserts a new export.
pub(super) async fn insert(work: &mut Work, id: DataExportId) -> QueryResult<()> {
    diesel::insert_into(data_exports::table)
        .values((
            data_exports::id.eq(id),
            data_exports::user_id.eq(work.user),
            data_exports::state.eq(DataExportState::Queued),
            data_exports::created_at.eq(work.now),
        ))
        .execute(work)
        .await?;
    work.emit(EventKind::DataExportChanged, None, id);
    Ok(())
}

/// True when the user has an export that is not finished.
pub(super) async fn has_unfinished(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<bool> {
    let unfinished = data_exports::table
        .filter(data_exports::user_id.eq(user))
        .filter(data_exports::state.eq_any(UNFINISHED));
    diesel::select(diesel::dsl::exists(unfinished))
        .get_result(conn)
        .await
}

/// The times at which the user requested the exports since `since` that did not fail, the newest first.
pub(super) async fn requests_since(
    conn: &mut AsyncPgConnection,
    user: UserId,
    since: DateTime<Utc>,
) -> QueryResult<Vec<DateTime<Utc>>> {
    data_exports::table
        .filter(data_exports::user_id.eq(user))
        .filter(data_exports::created_at.gt(since))
        .filter(data_exports::state.ne(DataExportState::Failed))
        .order((data_exports::created_at.desc(), data_exports::id.desc()))
        .select(data_exports::created_at)
        .load(conn)
        .await
}

/// The user's exports among `ids`.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[DataExportId],
) -> QueryResult<Vec<DataExportRecord>> {
    let rows: Vec<Row> = data_exports::table
        .filter(data_exports::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A page of the user's exports, the newest first.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
) -> QueryResult<Vec<DataExportRecord>> {
    let rows = newest_first!(
        data_exports::table
            .filter(data_exports::user_id.eq(user))
            .select(Row::as_select()),
        page,
        data_exports::created_at,
        data_exports::id
    );
    let rows: Vec<Row> = rows.load(conn).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Number of the user's exports.
pub(super) async fn count(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<i64> {
    let own = data_exports::table.filter(data_exports::user_id.eq(user));
    count_rows!(conn, own)
}

/// The export `id`, locked until the transaction ends.
pub(super) async fn lock(
    conn: &mut AsyncPgConnection,
    id: DataExportId,
) -> QueryResult<Option<DataExportRecord>> {
    let row: Option<Row> = data_exports::table
        .find(id)
        .select(Row::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(Into::into))
}

/// Makes `writer` the try that writes the export; false when there is nothing to write any more.
pub(super) async fn begin(work: &mut Work, id: DataExportId, writer: Uuid) -> QueryResult<bool> {
    let unfinished = data_exports::table
        .find(id)
        .filter(data_exports::state.eq_any(UNFINISHED));
    let begun = diesel::update(unfinished)
        .set((
            data_exports::state.eq(DataExportState::Running),
            data_exports::writer.eq(writer),
            data_exports::rows_done.eq(0),
            data_exports::bytes_done.eq(0),
        ))
        .execute(work)
        .await?;
    if begun == 1 {
        work.emit(EventKind::DataExportChanged, None, id);
    }
    Ok(begun == 1)
}

/// True while `writer` may write the export.
pub(super) async fn is_writer(
    conn: &mut AsyncPgConnection,
    id: DataExportId,
    writer: Uuid,
) -> QueryResult<bool> {
    let written = data_exports::table
        .find(id)
        .filter(data_exports::writer.eq(writer));
    diesel::select(diesel::dsl::exists(written))
        .get_result(conn)
        .await
}

/// True when the export is ready, or another try than `writer` writes it.
pub(super) async fn is_ready_or_of_another(
    conn: &mut AsyncPgConnection,
    id: DataExportId,
    writer: Uuid,
) -> QueryResult<bool> {
    let is_of_another = data_exports::writer
        .assume_not_null()
        .ne(writer)
        .and(data_exports::writer.is_not_null());
    let needed = data_exports::table
        .find(id)
        .filter(data_exports::state.eq(DataExportState::Ready).or(is_of_another));
    diesel::select(diesel::dsl::exists(needed)).get_result(conn).await
}

/// Stores how far `writer` is; false when it may not write any more.
pub(super) async fn save_progress(
    work: &mut Work,
    id: DataExportId,
    writer: Uuid,
    progress: Progress,
) -> QueryResult<bool> {
    let written = data_exports::table
        .find(id)
        .filter(data_exports::writer.eq(writer));
    let saved = diesel::update(written)
        .set((
            data_exports::rows_done.eq(progress.rows_done),
            data_exports::rows_total.eq(progress.rows_total),
            data_exports::bytes_done.eq(progress.bytes_done),
            data_exports::bytes_total.eq(progress.bytes_total),
        ))
        .execute(work)
        .await?;
    if saved == 1 {
        work.emit(EventKind::DataExportChanged, None, id);
    }
    Ok(saved == 1)
}

/// Marks the export of `writer`, whose progress is saved, as ready until `expires_at`; false when it may not write any
/// more.
pub(super) async fn mark_ready(
    work: &mut Work,
    (id, writer): (DataExportId, Uuid),
    object_key: &str,
    size_bytes: i64,
    expires_at: DateTime<Utc>,
) -> QueryResult<bool> {
    let written = data_exports::table
        .find(id)
        .filter(data_exports::writer.eq(writer));
    let marked = diesel::update(written)
        .set((
            data_exports::state.eq(DataExportState::Ready),
            data_exports::writer.eq(None::<Uuid>),
            data_exports::object_key.eq(object_key),
            data_exports::size_bytes.eq(size_bytes),
            data_exports::finished_at.eq(work.now),
            data_exports::expires_at.eq(expires_at),
        ))
        .execute(work)
        .await?;
    Ok(marked == 1)
}

/// Marks the unfinished export `id` as failed; false when it is finished.
pub(super) async fn mark_failed(
    work: &mut Work,
    id: DataExportId,
    failure: DataExportFailureReason,
) -> QueryResult<bool> {
    let ended = end(work, id, DataExportState::Failed, Some(failure)).await?;
    Ok(ended == 1)
}

/// Marks the unfinished export `id` as cancelled.
pub(super) async fn mark_cancelled(work: &mut Work, id: DataExportId) -> QueryResult<()> {
    end(work, id, DataExportState::Cancelled, None).await.map(drop)
}

async fn end(
    work: &mut Work,
    id: DataExportId,
    state: DataExportState,
    failure: Option<DataExportFailureReason>,
) -> QueryResult<usize> {
    let unfinished = data_exports::table
        .find(id)
        .filter(data_exports::state.eq_any(UNFINISHED));
    let ended = diesel::update(unfinished)
        .set((
            data_exports::state.eq(state),
            data_exports::failure.eq(failure),
            data_exports::writer.eq(None::<Uuid>),
            data_exports::finished_at.eq(work.now),
        ))
        .execute(work)
        .await?;
    if ended == 1 {
        work.emit(EventKind::DataExportChanged, None, id);
    }
    Ok(ended)
}

/// Number of the user's archives that expired before `before` and are still there.
pub(super) async fn count_expired(
    conn: &mut AsyncPgConnection,
    user: UserId,
    before: DateTime<Utc>,
) -> QueryResult<i64> {
    data_exports::table
        .filter(data_exports::user_id.eq(user))
        .filter(data_exports::state.eq(DataExportState::Ready))
        .filter(data_exports::expires_at.le(before))
        .count()
        .get_result(conn)
        .await
}

/// Marks at most `limit` of those as expired; returns them.
pub(super) async fn mark_expired(
    work: &mut Work,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<DataExportId>> {
    let due: Vec<DataExportId> = data_exports::table
        .filter(data_exports::user_id.eq(work.user))
        .filter(data_exports::state.eq(DataExportState::Ready))
        .filter(data_exports::expires_at.le(before))
        .order(data_exports::expires_at)
        .limit(limit)
        .select(data_exports::id)
        .for_update()
        .skip_locked()
        .load(work)
        .await?;
    diesel::update(data_exports::table.filter(data_exports::id.eq_any(&due)))
        .set((
            data_exports::state.eq(DataExportState::Expired),
            data_exports::object_key.eq(None::<String>),
        ))
        .execute(work)
        .await?;
    for id in &due {
        work.emit(EventKind::DataExportChanged, None, *id);
    }
    Ok(due)
}

/// The time since which requests count towards the limit at `now`.
pub(super) fn counted_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::hours(super::error::EXPORT_HOURS)
}
