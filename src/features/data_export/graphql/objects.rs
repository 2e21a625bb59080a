use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::features::data_export::model::{
    DataExportFailureReason, DataExportRecord, DataExportState, Progress,
};
use crate::features::data_export::{DataExportId, store};
use crate::graphql::{ByteCount, Entity, Link, PageCursor, ReadError, Reader, viewer};
use crate::media::Links;
use crate::work::Core;

/// An export of all that AMDA keeps of the viewer, as a zip archive: their data as JSON Lines and CSV, their media, and a
/// page that shows them without the internet. `dataExportChanged` announces each change.
#[derive(Debug, Clone)]
pub struct DataExport(pub DataExportRecord);

/// An export of all that AMDA keeps of the viewer, as a zip archive: their data as JSON Lines and CSV, their media, and a
/// page that shows them without the internet. `dataExportChanged` announces each change.
#[Object]
impl DataExport {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// State of the export.
    async fn state(&self, ctx: &Context<'_>) -> DataExportState {
        self.0.state_at(now(ctx))
    }

    /// Progress of the export. While it is written, it changes about once a second.
    async fn progress(&self) -> DataExportProgress {
        DataExportProgress::of(&self.0)
    }

    /// Size of the archive; null until it is written.
    async fn size_bytes(&self) -> Option<ByteCount> {
        self.0.size_bytes.map(ByteCount)
    }

    /// URL of the archive, good until `expiresAt`; takes range requests. Everyone who has the URL can read the archive; no
    /// login is needed. Null unless `READY`.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<Link>> {
        let is_ready = self.0.state_at(now(ctx)) == DataExportState::Ready;
        let Some(until) = self.0.expires_at.filter(|_| is_ready) else {
            return Ok(None);
        };
        let links = ctx.data_unchecked::<Links>();
        let link = links.sign_archive(viewer(ctx)?.user, self.0.id.as_uuid(), until);
        Ok(Some(link.url.into()))
    }

    /// Reason for which the export failed; null unless `FAILED`.
    async fn failure(&self) -> Option<DataExportFailure> {
        self.0.failure.map(DataExportFailure::from)
    }

    /// Time of the request.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the archive is removed, 24 hours after it was ready; null unless `READY` or `EXPIRED`.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at
    }
}

impl DataExport {
    pub(super) fn page_cursor(&self) -> PageCursor {
        self.0.place()
    }
}

impl Entity for DataExport {
    type Id = DataExportId;
    type Row = DataExportRecord;
    const NAME: &'static str = "data export";

    fn of(_: &Context<'_>, row: DataExportRecord) -> Self {
        Self(row)
    }
}

fn now(ctx: &Context<'_>) -> DateTime<Utc> {
    ctx.data_unchecked::<Core>().clock.now()
}

/// Progress of a data export.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct DataExportProgress {
    /// Number of rows that were written.
    rows_done: i64,
    /// Number of rows that there are; 0 until they are counted.
    rows_total: i64,
    /// Size of the files that were written.
    bytes_done: ByteCount,
    /// Size of the files that there are; 0 until they are counted.
    bytes_total: ByteCount,
    /// Share of the work that is done, from 0 to 100; 100 once the export is ready.
    percent: i32,
}

impl DataExportProgress {
    fn of(export: &DataExportRecord) -> Self {
        let Progress {
            rows_done,
            rows_total,
            bytes_done,
            bytes_total,
        } = export.progress;
        Self {
            rows_done,
            rows_total,
            bytes_done: ByteCount(bytes_done),
            bytes_total: ByteCount(bytes_total),
            percent: export.percent(),
        }
    }
}

/// Failure of a data export.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct DataExportFailure {
    /// Reason, to branch on.
    reason: DataExportFailureReason,
    /// The reason in English, with what to do.
    message: &'static str,
}

impl From<DataExportFailureReason> for DataExportFailure {
    fn from(reason: DataExportFailureReason) -> Self {
        Self {
            reason,
            message: reason.message(),
        }
    }
}

impl Loader<DataExportId> for Reader {
    type Value = DataExportRecord;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[DataExportId],
    ) -> Result<HashMap<DataExportId, DataExportRecord>, ReadError> {
        self.read(async |work| {
            let found = store::load(work, keys).await?;
            Ok(found.into_iter().map(|item| (item.id, item)).collect())
        })
        .await
    }
}
