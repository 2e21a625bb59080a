//! Statuses and their likes.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

use super::auto_like::SkipReason;
use crate::event::{Content, MediaKind};
use crate::features::schema::{ActionStage, ActionStep, Failure, steps};
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::id::{AccountId, ContactId, MediaId, MessageId};
use crate::text_enum::text_enum;

/// Time for which WhatsApp shows a status.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(24);

text_enum! {
    /// Kind of a status.
    #[derive(Enum)]
    pub enum StatusKind {
        /// Text without media.
        Text = "TEXT",
        /// A picture.
        Image = "IMAGE",
        /// A video.
        Video = "VIDEO",
        /// A voice message.
        Audio = "AUDIO",
        /// A file of another kind.
        Other = "OTHER",
    }
}

impl StatusKind {
    /// Returns the kind of status for `content`; `None` for content that refers to another status or is not readable.
    pub fn of(content: &Content) -> Option<Self> {
        match content {
            Content::Text(_) => Some(Self::Text),
            Content::Media(media) => Some(Self::of_file(media.kind)),
            Content::LostMedia { kind, .. } => Some(Self::of_file(*kind)),
            Content::ViewOnce(_)
            | Content::Reaction { .. }
            | Content::Revoke { .. }
            | Content::Edit { .. }
            | Content::Part { .. }
            | Content::Undecrypted
            | Content::Other(_) => None,
        }
    }

    const fn of_file(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Image => Self::Image,
            MediaKind::Video => Self::Video,
            MediaKind::Audio => Self::Audio,
            MediaKind::Sticker | MediaKind::Document => Self::Other,
        }
    }
}

/// A status with its text decrypted.
#[derive(Debug, Clone)]
pub struct StatusRecord {
    /// Id of the row.
    pub id: StatusId,
    /// The account that received or posted the status.
    pub account: AccountId,
    /// The message that carried the status.
    pub message: MessageId,
    /// The author.
    pub author: ContactId,
    /// The kind of the status.
    pub kind: StatusKind,
    /// Text of the status, or the caption of its media.
    pub text: Option<String>,
    /// Picture, video or sound of the status.
    pub media: Option<MediaId>,
    /// True when the account's owner posted the status.
    pub is_own: bool,
    /// Time of posting, by WhatsApp's clock.
    pub posted_at: DateTime<Utc>,
    /// Time at which WhatsApp stops showing the status.
    pub expires_at: DateTime<Utc>,
    /// Time at which the author deleted the status; `None` unless deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

text_enum! {
    /// Progress of the like of a status.
    #[derive(Enum)]
    pub enum StatusLikeState {
        /// The like waits until it is due.
        Queued = "QUEUED",
        /// The like was handed to WhatsApp, which has not answered.
        Sent = "SENT",
        /// WhatsApp accepted the like.
        Liked = "LIKED",
        /// WhatsApp refused the like; `failureWhatsappCode` has the code that it gave.
        Rejected = "REJECTED",
        /// The like was decided against, or cancelled before it was sent; `skipReason` tells the reason.
        Skipped = "SKIPPED",
        /// The like could not be sent; `failureMessage` tells the cause.
        Failed = "FAILED",
    }
}

/// End of a like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LikeEnd {
    /// WhatsApp accepted the like.
    Liked,
    /// WhatsApp refused the like.
    Rejected(Failure),
    /// The like was decided against or cancelled.
    Skipped(SkipReason),
    /// The like could not be sent.
    Failed(Failure),
}

impl LikeEnd {
    /// The end of a like whose send was withdrawn for the reason `text`.
    pub fn withdrawn(text: &str) -> Self {
        match SkipReason::parse(text) {
            Some(reason) => Self::Skipped(reason),
            None => Self::Failed(Failure::because(text)),
        }
    }
}

/// The like of a status.
#[derive(Debug, Clone)]
pub struct Like {
    /// Id of the row.
    pub id: StatusLikeId,
    /// The account that likes.
    pub account: AccountId,
    /// The status to like.
    pub status: StatusId,
    /// Emoji of the like.
    pub emoji: String,
    /// Progress of the like.
    pub state: StatusLikeState,
    /// Reason for a skipped like.
    pub skip_reason: Option<SkipReason>,
    /// Cause of a rejected or failed like.
    pub failure: Failure,
    /// Time of the decision.
    pub created_at: DateTime<Utc>,
    /// Time at which the like was queued.
    pub queued_at: Option<DateTime<Utc>>,
    /// Time at which the like was handed to WhatsApp.
    pub sent_at: Option<DateTime<Utc>>,
    /// Time at which the like came to its end.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Like {
    /// Steps of the like, in order.
    pub fn timeline(&self) -> Vec<ActionStep> {
        let end = match self.state {
            StatusLikeState::Liked => Some(ActionStage::Acked),
            StatusLikeState::Rejected => Some(ActionStage::Rejected),
            StatusLikeState::Skipped => Some(ActionStage::Skipped),
            StatusLikeState::Failed => Some(ActionStage::Failed),
            StatusLikeState::Queued | StatusLikeState::Sent => None,
        };
        steps([
            (Some(ActionStage::Queued), self.queued_at),
            (Some(ActionStage::Sent), self.sent_at),
            (end, self.settled_at),
        ])
    }
}
