//! Files that users send to this server: announced in the schema, sent to a signed link, shown by a scheduled status.
//!
//! ```text
//! createUpload -> a row and a signed link -> PUT (media::uploads) -> READY or REJECTED -> used by a status
//! ```
//!
//! The content of a file decides its type, which `media::uploads` checks. This module decides which uploads a user
//! may announce.

mod error;
mod event;
mod exported;
mod graphql;
mod service;

pub use crate::id::UploadId;
pub use error::{Refusal, UPLOADS_PER_HOUR, UploadsError};
pub use event::UploadEvent;
pub use graphql::{CreateUploadInput, CreateUploadPayload, Mutation, Upload, UploadHeader};
pub use service::{NewUpload, UploadsService};

use crate::features::{ExportedTable, Feature};

/// Files that users send.
#[derive(Debug)]
pub struct Uploads;

impl Feature for Uploads {
    fn name(&self) -> &'static str {
        "uploads"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }
}
