//! Event object of uploads.

use super::graphql::Upload;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;
use crate::id::UploadId;

event_object! {
    /// An upload was announced, received, rejected or used.
    UploadEvent {
        /// The upload as it is now; null when it was removed since.
        upload: Upload(UploadId)
    }
}
