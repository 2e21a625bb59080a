//! A data export, and how far it is.

use chrono::{DateTime, Utc};

use super::ids::DataExportId;
use crate::graphql::PageCursor;
use crate::text_enum::text_enum;

/// Bytes of files that take as long as one row.
const ROW_WEIGHT: i64 = 1024;

text_enum! {
    /// State of a data export. Clients must expect values that are added later.
    #[derive(async_graphql::Enum)]
    pub enum DataExportState {
        /// Waiting to be written.
        Queued = "QUEUED",
        /// Being written; see `progress`.
        Running = "RUNNING",
        /// Ready to be downloaded at `url` until `expiresAt`.
        Ready = "READY",
        /// Not written; see `failure`. Nothing of it stays.
        Failed = "FAILED",
        /// Removed, because its time was over.
        Expired = "EXPIRED",
        /// The viewer cancelled it. Nothing of it stays.
        Cancelled = "CANCELLED",
    }
}

text_enum! {
    /// Reason for which a data export failed. Clients must expect values that are added later.
    #[derive(async_graphql::Enum)]
    pub enum DataExportFailureReason {
        /// The server's disk has no room for it; its operator can make some.
        DiskFull = "DISK_FULL",
        /// Something failed on the server, though it was tried several times.
        Internal = "INTERNAL",
    }
}

impl DataExportFailureReason {
    /// The reason in English, with what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::DiskFull => {
                "the server's disk has no room for the export; tell the operator, and request another later"
            }
            Self::Internal => {
                "the export could not be written, though it was tried several times; tell the operator, and request \
                 another later"
            }
        }
    }
}

/// How far an export is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that were written.
    pub rows_done: i64,
    /// Rows that there are.
    pub rows_total: i64,
    /// Bytes of files that were written.
    pub bytes_done: i64,
    /// Bytes of files that there are.
    pub bytes_total: i64,
}

impl Progress {
    /// The share of the work that is done, from 0 to 99: what is written is not ready yet.
    pub fn percent(self) -> i32 {
        let work = |rows: i64, bytes: i64| i128::from(rows) * i128::from(ROW_WEIGHT) + i128::from(bytes);
        let total = work(self.rows_total, self.bytes_total).max(1);
        let share = work(self.rows_done, self.bytes_done) * 100 / total;
        i32::try_from(share.clamp(0, 99)).unwrap_or(99)
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataExportRecord {
    /// Its id.
    pub id: DataExportId,
    /// Its state as it is stored; see [`Self::state_at`].
    pub state: DataExportState,
    /// The reason for which it failed.
    pub failure: Option<DataExportFailureReason>,
    /// How far it is.
    pub progress: Progress,
    /// The object of the archive, while it can be downloaded.
    pub object_key: Option<String>,
    /// The size of the archive, once it was written.
    pub size_bytes: Option<i64>,
    /// The time of the request.
    pub created_at: DateTime<Utc>,
    /// The time until which it can be downloaded.
    pub expires_at: Option<DateTime<Utc>>,
}

impl DataExportRecord {
    /// Its state at `now`: one whose time is over has expired, also before it is removed.
    pub fn state_at(&self, now: DateTime<Utc>) -> DataExportState {
        let is_over = self.expires_at.is_some_and(|at| at <= now);
        if self.state == DataExportState::Ready && is_over {
            DataExportState::Expired
        } else {
            self.state
        }
    }

    /// The share of the work that is done, in percent.
    pub fn percent(&self) -> i32 {
        match self.state {
            DataExportState::Ready | DataExportState::Expired => 100,
            DataExportState::Queued
            | DataExportState::Running
            | DataExportState::Failed
            | DataExportState::Cancelled => self.progress.percent(),
        }
    }

    /// The name of the archive for saving.
    pub fn file_name(&self) -> String {
        format!("amda-export-{}.zip", self.created_at.format("%Y-%m-%d"))
    }

    pub(super) fn place(&self) -> PageCursor {
        PageCursor {
            at: self.created_at,
            id: self.id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_bytes_both_count_and_nothing_is_done_before_the_end() {
        let at = |rows_done, bytes_done| Progress {
            rows_done,
            rows_total: 1_000,
            bytes_done,
            bytes_total: 1_024_000,
        };

        assert_eq!(Progress::default().percent(), 0);
        assert_eq!(at(0, 0).percent(), 0);
        assert_eq!(at(1_000, 0).percent(), 50);
        assert_eq!(at(1_000, 512_000).percent(), 75);
        assert_eq!(at(1_000, 1_024_000).percent(), 99);
        assert_eq!(at(9_000, i64::MAX).percent(), 99);
    }
}
