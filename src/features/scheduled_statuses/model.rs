//! What a scheduled status is, and what may be done with it when. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};

use super::audience::Audience;
use super::content::Content;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::id::{AccountId, ContactId, MediaId, SendId};

/// How long WhatsApp shows a status, and how long it can be deleted.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What sort of status it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "ScheduledStatusKind")]
pub enum Kind {
    /// Words on a ground.
    Text,
    /// A picture.
    Image,
    /// A video.
    Video,
}

impl Kind {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Text, Self::Image, Self::Video]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// How far a scheduled status came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "ScheduledStatusState")]
pub enum State {
    /// It waits for its time; it can be changed and cancelled.
    Scheduled,
    /// Its time has come, and it is on its way to WhatsApp.
    Publishing,
    /// WhatsApp took it.
    Published,
    /// WhatsApp refused it, or it could not be sent; see `reason`.
    Failed,
    /// The user called it off.
    Cancelled,
    /// Its time passed while the account could not send; see `reason`.
    Missed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Scheduled,
        Self::Publishing,
        Self::Published,
        Self::Failed,
        Self::Cancelled,
        Self::Missed,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Publishing => "PUBLISHING",
            Self::Published => "PUBLISHED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Missed => "MISSED",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// What has become of it, for a sentence.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Scheduled => "waiting for its time",
            Self::Publishing => "on its way to WhatsApp",
            Self::Published => "published",
            Self::Failed => "over: it failed",
            Self::Cancelled => "cancelled",
            Self::Missed => "over: its time was missed",
        }
    }
}

/// A scheduled status, readable.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its id.
    pub id: ScheduledStatusId,
    /// Which account publishes it.
    pub account: AccountId,
    /// What sort it is.
    pub kind: Kind,
    /// Its words, or those under its file.
    pub content: Content,
    /// Its picture or video.
    pub media: Option<MediaId>,
    /// Who is to see it.
    pub audience: Audience,
    /// When it is published.
    pub publish_at: DateTime<Utc>,
    /// Whose clock it was planned by.
    pub time_zone: String,
    /// How far it came.
    pub state: State,
    /// Why no further.
    pub reason: Option<String>,
    /// What was sent.
    pub send: Option<SendId>,
    /// WhatsApp's id of it.
    pub wa_id: Option<String>,
    /// To how many people it was sent.
    pub audience_size: Option<i32>,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When WhatsApp took it.
    pub published_at: Option<DateTime<Utc>>,
    /// When its deletion was asked for.
    pub revoke_requested_at: Option<DateTime<Utc>>,
    /// Why its deletion failed.
    pub revoke_reason: Option<String>,
    /// When it was deleted for everyone.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// The planned publication of a status: the status, its account, and its planned time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Publication {
    pub(super) status: ScheduledStatusId,
    pub(super) account: AccountId,
    pub(super) publish_at: DateTime<Utc>,
}

impl Planned {
    /// Its planned publication.
    pub(super) const fn publication(&self) -> Publication {
        Publication {
            status: self.id,
            account: self.account,
            publish_at: self.publish_at,
        }
    }

    /// When WhatsApp stops showing it.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.published_at.map(|at| at + LIFETIME)
    }

    /// Its deletion was asked for, and WhatsApp has not answered.
    pub const fn is_being_deleted(&self) -> bool {
        self.revoke_requested_at.is_some() && self.revoke_reason.is_none() && self.deleted_at.is_none()
    }

    /// Whether it can be deleted for everyone; if not, why.
    ///
    /// # Errors
    /// The reason, in words for the user.
    pub fn may_be_deleted(&self, now: DateTime<Utc>) -> Result<(), String> {
        if self.state != State::Published {
            return Err(format!(
                "the status is {}; only a published one can be deleted",
                self.state.in_words()
            ));
        }
        if self.deleted_at.is_some() {
            return Err("the status is deleted already".to_owned());
        }
        if self.is_being_deleted() {
            return Err("the status is being deleted".to_owned());
        }
        match self.expires_at() {
            Some(expired) if expired <= now => Err(format!(
                "WhatsApp stopped showing the status at {}; there is nothing to delete",
                expired.to_rfc3339()
            )),
            _ => Ok(()),
        }
    }
}

/// Somebody who looked at a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub contact: ContactId,
    /// When they first did.
    pub viewed_at: DateTime<Utc>,
}
