//! Exports of all that is kept of a user: requested, written to an archive by a job, downloaded for a day.
//!
//! ```text
//! requestDataExport (with the password) -> QUEUED -> job: RUNNING -> archive -> READY -> link -> EXPIRED
//!                                                         |  `-> FAILED (no room, or given up)
//!                                  cancelDataExport ------'-> CANCELLED
//! ```
//!
//! What is in an archive is declared by each feature for its tables ([`ExportedTable`]); `contents` reads the rows, `archive`
//! and `page` put them into files.
//!
//! - A try that is cut off, by a restart or a failure, leaves nothing: the next one begins anew under another name.
//! - Only the try that the row names may change it; one that is cancelled, or lost its turn, stops within a second, as does
//!   that of a user who is deleted.
//! - The archive is sealed with the user's key as media are, and counted by no plan.

mod archive;
mod contents;
mod error;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod job;
mod model;
mod notices;
mod operator;
mod page;
mod service;
mod store;

pub use contents::tables;
pub use error::{ArchiveError, DataExportError};
pub use graphql::{
    CancelDataExportInput, CancelDataExportPayload, DataExport, DataExportEvent, DataExportFailure,
    DataExportProgress, Mutation, RequestDataExportInput, RequestDataExportPayload, ViewerFields,
};
pub use ids::DataExportId;
pub use model::{DataExportFailureReason, DataExportRecord, DataExportState, Progress};
pub use operator::export_to_file;
pub use service::{DataExportsService, Download};

use std::sync::Arc;

use crate::features::{ExportedTable, Feature, OwnWorker, Parts};
use crate::notices::NoticeType;
use crate::retention::Expires;

/// Number of exports that are written at once.
const WRITTEN_AT_ONCE: usize = 2;

/// Exports of all that is kept of a user.
#[derive(Debug)]
pub struct DataExports;

impl Feature for DataExports {
    fn name(&self) -> &'static str {
        "data_export"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::Archives), Arc::new(expiry::LISTED)]
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::DataExportReady]
    }

    fn workers(&self, parts: &Parts) -> Vec<OwnWorker> {
        // It takes minutes: nothing else waits for it.
        vec![OwnWorker {
            at_once: WRITTEN_AT_ONCE,
            handlers: vec![Arc::new(job::WriteExport {
                core: parts.core.clone(),
                objects: parts.objects.clone(),
            })],
        }]
    }
}
