//! Files that users send to this server: announced in the schema, sent to a signed link, shown by a scheduled status.
//!
//! ```text
//! createUpload -> a row and a signed link -> PUT (media::uploads) -> READY or REJECTED -> whoever shows the file takes it
//! ```
//!
//! What a file is, its content decides; that is `media::uploads`' to tell. Here is decided who may announce what.

mod event;
mod graphql;
mod service;

pub use crate::id::UploadId;
pub use event::UploadEvent;
pub use graphql::{CreateUploadInput, Mutation, Upload, UploadHeader, UploadPayload};
pub use service::{Refusal, UploadsError, UploadsService};
