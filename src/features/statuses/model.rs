//! What a status and its like are.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

use crate::event::{Content, MediaKind};
use crate::features::schema::{ActionStage, ActionStep, steps};
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::id::{AccountId, ContactId, MediaId};
use crate::text_enum::text_enum;

/// How long WhatsApp shows a status.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(24);

text_enum! {
    /// The kind of a status.
    #[derive(Enum)]
    pub enum StatusKind {
        /// A text.
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
    /// The kind of status that `content` is; none for what only speaks of a status, or is not readable.
    pub fn of(content: &Content) -> Option<Self> {
        match content {
            Content::Text(_) => Some(Self::Text),
            Content::Media(media) => Some(match media.kind {
                MediaKind::Image => Self::Image,
                MediaKind::Video => Self::Video,
                MediaKind::Audio => Self::Audio,
                MediaKind::Sticker | MediaKind::Document => Self::Other,
            }),
            Content::ViewOnce(_)
            | Content::Reaction { .. }
            | Content::Revoke { .. }
            | Content::Edit { .. }
            | Content::Undecrypted
            | Content::Other(_) => None,
        }
    }
}

/// A status, readable.
#[derive(Debug, Clone)]
pub struct StatusRecord {
    /// Its id.
    pub id: StatusId,
    /// Which account saw it.
    pub account: AccountId,
    /// Who posted it.
    pub author: ContactId,
    /// What sort it is.
    pub kind: StatusKind,
    /// Its words, or those under its picture.
    pub text: Option<String>,
    /// Its picture, video or sound.
    pub media: Option<MediaId>,
    /// The owner posted it.
    pub is_own: bool,
    /// When, by WhatsApp's clock.
    pub posted_at: DateTime<Utc>,
    /// When WhatsApp stops showing it.
    pub expires_at: DateTime<Utc>,
    /// When its author deleted it.
    pub deleted_at: Option<DateTime<Utc>>,
}

text_enum! {
    /// The state of the like of a status.
    #[derive(Enum)]
    pub enum LikeOutcome {
        /// The like waits until it is due.
        Queued = "QUEUED",
        /// The like was handed to WhatsApp, which has not answered.
        Sent = "SENT",
        /// WhatsApp accepted the like.
        Liked = "LIKED",
        /// WhatsApp refused the like, or it could not be sent; see `reason`.
        Rejected = "REJECTED",
        /// The like was decided against or cancelled; see `reason`.
        Skipped = "SKIPPED",
    }
}

/// The like of a status.
#[derive(Debug, Clone)]
pub struct Like {
    /// Its id.
    pub id: StatusLikeId,
    /// Which account it is of.
    pub account: AccountId,
    /// What was to be liked.
    pub status: StatusId,
    /// With what.
    pub emoji: String,
    /// How far it came.
    pub outcome: LikeOutcome,
    /// Why no further.
    pub reason: Option<String>,
    /// When it was decided on.
    pub created_at: DateTime<Utc>,
    /// When it was queued.
    pub queued_at: Option<DateTime<Utc>>,
    /// When it was handed to WhatsApp.
    pub sent_at: Option<DateTime<Utc>>,
    /// When nothing more was to come.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Like {
    /// What happened to it, in order.
    pub fn timeline(&self) -> Vec<ActionStep> {
        let end = match self.outcome {
            LikeOutcome::Liked => Some(ActionStage::Acked),
            LikeOutcome::Rejected => Some(ActionStage::Rejected),
            LikeOutcome::Skipped => Some(ActionStage::Skipped),
            LikeOutcome::Queued | LikeOutcome::Sent => None,
        };
        steps([
            (Some(ActionStage::Queued), self.queued_at),
            (Some(ActionStage::Sent), self.sent_at),
            (end, self.settled_at),
        ])
    }
}
