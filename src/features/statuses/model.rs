//! What a status and its like are.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

use crate::event::{Content, MediaKind};
use crate::features::schema::{ActionStage, ActionStep, steps};
use crate::features::statuses::{StatusId, StatusLikeId};
use crate::id::{AccountId, ContactId, MediaId};

/// How long WhatsApp shows a status.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What sort of status it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum StatusKind {
    /// Words.
    Text,
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A voice message.
    Audio,
    /// A file of another kind.
    Other,
}

impl StatusKind {
    const ALL: [Self; 5] = [Self::Text, Self::Image, Self::Video, Self::Audio, Self::Other];

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

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
            Self::Audio => "AUDIO",
            Self::Other => "OTHER",
        }
    }

    /// Reads what [`Self::as_str`] wrote; a kind of a later release is another kind.
    pub fn parse(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.unwrap_or(Self::Other)
    }
}

/// A status, readable.
#[derive(Debug, Clone)]
pub struct Posted {
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

/// How far the like of a status came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum LikeOutcome {
    /// It waits for its moment.
    Queued,
    /// It was handed to WhatsApp, which has not answered.
    Sent,
    /// WhatsApp took it.
    Liked,
    /// WhatsApp refused it, or it could not be sent; see `reason`.
    Rejected,
    /// It was not to be sent; see `reason`.
    Skipped,
}

impl LikeOutcome {
    const ALL: [Self; 5] = [
        Self::Queued,
        Self::Sent,
        Self::Liked,
        Self::Rejected,
        Self::Skipped,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Sent => "SENT",
            Self::Liked => "LIKED",
            Self::Rejected => "REJECTED",
            Self::Skipped => "SKIPPED",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
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
