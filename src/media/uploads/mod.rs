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
mod store;
mod video;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use crate::event::MediaKind;
use crate::id::{AccountId, MediaId, UploadId};
use crate::text_enum::text_enum;

pub use expire::ExpireUpload;
pub use links::{UploadLinks, UploadPass};
pub use receive::upload_routes;
pub use store::{announce, find_upload, load_uploads, take};

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
        /// Nothing was sent to its link yet.
        Pending = "PENDING",
        /// The file came, and can be used.
        Ready = "READY",
        /// The file came, and is none that can be used; see `reason`.
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
    pub reason: Option<String>,
    /// The resulting media.
    pub media: Option<MediaId>,
    /// The time of the announcement.
    pub created_at: DateTime<Utc>,
    /// The time at which it was used.
    pub used_at: Option<DateTime<Utc>>,
}

/// The reason why an uploaded file cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Rejection {
    /// The type is unknown.
    #[error("the file is of no type that is taken; send a JPEG, PNG or WebP picture, or an MP4 video")]
    UnknownType,
    /// Another type.
    #[error("the file is {0}; send a JPEG, PNG or WebP picture, or an MP4 video")]
    WrongType(String),
    /// A type that is taken, but not the one that was announced.
    #[error("the upload was announced as {announced} and the file is {found}; announce another")]
    NotAsAnnounced {
        /// The announced type.
        announced: &'static str,
        /// The type of the file.
        found: &'static str,
    },
    /// It does not hold together.
    #[error("the file is damaged or cut off; send it again, or another one")]
    Damaged,
    /// More than is decoded.
    #[error("the picture has {width} x {height} pixels; send one with at most 50 million")]
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// More than is decoded, however many pixels it has.
    #[error(
        "the picture is too large to be decoded; send one with at most 50 million pixels, 20 million if it is WebP or a \
         progressive JPEG, and 16,384 on a side"
    )]
    TooLargeToDecode,
    /// More than a status shows.
    #[error(
        "the video is {seconds:.1} s long; WhatsApp shows {} s of a status, so send at most that",
        video::LONGEST_SECONDS
    )]
    TooLong {
        /// Its length.
        seconds: f64,
    },
    /// A stream of pieces.
    #[error("the video is in fragments, as for streaming; save it as an ordinary MP4 file")]
    Fragmented,
    /// Sound only.
    #[error("the file has no pictures; send an MP4 video with H.264 pictures")]
    NoPictures,
    /// Several angles.
    #[error("the video has several tracks of pictures; save it with one")]
    SeveralTracks,
    /// More than pictures and sound.
    #[error(
        "the video has a track of data, such as where the camera was; save it with pictures and sound only"
    )]
    DataTrack,
    /// Not what WhatsApp plays.
    #[error("the video is encoded as {0}; save it with H.264 pictures and AAC sound")]
    Codec(String),
}
