//! Rejections of uploaded files.

use thiserror::Error;

use super::video;
use crate::text_enum::text_enum;

text_enum! {
    /// Reason for which an uploaded file cannot be used. Clients must expect values that are added later.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "UploadRejectionReason")]
    pub enum RejectionReason {
        /// The file is of no known type.
        UnknownType = "UNKNOWN_TYPE",
        /// The file is of a known type that is not accepted.
        WrongType = "WRONG_TYPE",
        /// The file is a picture that was announced as a video, or the reverse.
        NotAsAnnounced = "NOT_AS_ANNOUNCED",
        /// The file is damaged or cut off.
        Damaged = "DAMAGED",
        /// The picture has more than 50 million pixels.
        TooManyPixels = "TOO_MANY_PIXELS",
        /// The picture takes too much memory to be decoded.
        TooLargeToDecode = "TOO_LARGE_TO_DECODE",
        /// The video is longer than 60 seconds.
        TooLong = "TOO_LONG",
        /// The video is in fragments, as for streaming.
        Fragmented = "FRAGMENTED",
        /// The video has sound only.
        NoPictures = "NO_PICTURES",
        /// The video has several tracks of pictures.
        SeveralTracks = "SEVERAL_TRACKS",
        /// The video has a track of data, such as the position of the camera.
        DataTrack = "DATA_TRACK",
        /// The pictures are not H.264, or the sound is not AAC.
        UnsupportedCodec = "UNSUPPORTED_CODEC",
    }
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

impl Rejection {
    /// The reason, for programs.
    pub const fn reason(&self) -> RejectionReason {
        match self {
            Self::UnknownType => RejectionReason::UnknownType,
            Self::WrongType(_) => RejectionReason::WrongType,
            Self::NotAsAnnounced { .. } => RejectionReason::NotAsAnnounced,
            Self::Damaged => RejectionReason::Damaged,
            Self::TooManyPixels { .. } => RejectionReason::TooManyPixels,
            Self::TooLargeToDecode => RejectionReason::TooLargeToDecode,
            Self::TooLong { .. } => RejectionReason::TooLong,
            Self::Fragmented => RejectionReason::Fragmented,
            Self::NoPictures => RejectionReason::NoPictures,
            Self::SeveralTracks => RejectionReason::SeveralTracks,
            Self::DataTrack => RejectionReason::DataTrack,
            Self::Codec(_) => RejectionReason::UnsupportedCodec,
        }
    }
}
