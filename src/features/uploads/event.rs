//! Event object of uploads.

use super::graphql::Upload;
use crate::features::schema::event_object;
use crate::id::UploadId;

event_object! {
    /// An upload was created, received, rejected or used.
    UploadEvent {
        /// The upload in its present state; null when it is no longer kept.
        upload: Upload(UploadId)
    }
}
