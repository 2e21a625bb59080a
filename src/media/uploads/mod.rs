//! Files that users upload: announced, sent to a signed link, judged by their content, and kept as media.
//!
//! ```text
//! announce (a row, PENDING) -> UploadLinks::sign -> PUT -> inspect -> Objects (sealed) -> READY, with its media
//!                                                            |
//!                                                            '-> REJECTED, and why
//! ```
//!
//! The plain content is in memory between its arrival and its sealing, and never on a disk. An upload that nothing
//! [takes](take) is removed a day after it was announced.

mod expire;
mod inspect;
mod links;
mod picture;
mod receive;
mod refusal;
mod rejection;
mod store;
mod video;

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::MediaKind;
use crate::id::{AccountId, MediaId, UploadId};
use crate::text_enum::text_enum;

pub use expire::ExpireUpload;
pub use links::{UploadLinks, UploadPass};
pub use receive::upload_routes;
pub use rejection::{Rejection, RejectionReason};
pub use store::{announce, find_upload, load_uploads, take};
pub(super) use video::dimensions as video_dimensions;

/// The validity of an upload's link.
pub const LINK_GOOD_FOR: TimeDelta = TimeDelta::hours(1);
/// The time after which an unused upload is removed.
pub const UNUSED_KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// The largest upload, in bytes: as much as WhatsApp takes.
pub const MOST_BYTES: u32 = 16 * 1024 * 1024;

/// The announced type of a file. Its real type is found by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// A JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A WebP picture.
    WebP,
    /// An MP4 video.
    Mp4,
}

impl Announced {
    const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::WebP, Self::Mp4];

    /// Its media type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
        }
    }

    /// Reads a media type; none for one that is not taken.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|announced| announced.as_str().eq_ignore_ascii_case(text))
    }

    /// The kind of the media that it becomes.
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::Jpeg | Self::Png | Self::WebP => MediaKind::Image,
            Self::Mp4 => MediaKind::Video,
        }
    }
}

text_enum! {
    /// The state of an upload.
    #[derive(async_graphql::Enum)]
    pub enum UploadState {
        /// No file was sent to `url` yet.
        Pending = "PENDING",
        /// The file was received and can be used.
        Ready = "READY",
        /// The file was received and cannot be used; see `rejectionReason`.
        Rejected = "REJECTED",
    }
}

/// An upload.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// The account that it is for.
    pub account: AccountId,
    /// The announced type.
    pub announced: Announced,
    /// The announced size in bytes, at most.
    pub size_bytes: u32,
    /// Its state.
    pub state: UploadState,
    /// The reason of a rejection.
    pub rejection_reason: Option<RejectionReason>,
    /// The rejection in English.
    pub rejection_message: Option<String>,
    /// The resulting media.
    pub media: Option<MediaId>,
    /// The time of the announcement.
    pub created_at: DateTime<Utc>,
    /// The time at which it was used.
    pub used_at: Option<DateTime<Utc>>,
}
