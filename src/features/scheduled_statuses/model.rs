//! A scheduled status, and the rules for changing it. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::audience::Audience;
use super::content::Content;
use super::failure::{DeletionFailureReason, Failure, FailureReason};
use super::obstacle::Obstacle;
use crate::event::Pause;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::id::{AccountId, MediaId, SendId};
use crate::text_enum::text_enum;
use crate::whatsapp::outbox;

/// Time for which WhatsApp shows a status, and within which it can be deleted.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(24);

text_enum! {
    /// The kind of a scheduled status.
    #[derive(Enum)]
    #[graphql(name = "ScheduledStatusKind")]
    pub enum Kind {
        /// Text on a coloured background.
        Text = "TEXT",
        /// A picture.
        Image = "IMAGE",
        /// A video.
        Video = "VIDEO",
    }
}

text_enum! {
    /// The state of a scheduled status.
    #[derive(Enum)]
    #[graphql(name = "ScheduledStatusState")]
    pub enum State {
        /// The status waits for its planned time; it can be changed and cancelled.
        Scheduled = "SCHEDULED",
        /// The planned time has come, and the status is being sent to WhatsApp.
        Publishing = "PUBLISHING",
        /// WhatsApp accepted the status.
        Published = "PUBLISHED",
        /// WhatsApp refused the status, or it could not be sent; see `failureReason`.
        Failed = "FAILED",
        /// The user cancelled the status.
        Cancelled = "CANCELLED",
        /// The planned time passed while the account could not send; see `failureReason`.
        Missed = "MISSED",
    }
}

impl State {
    /// The state in words, for a sentence that begins with "the status is".
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

/// A scheduled status, decrypted.
#[derive(Debug, Clone)]
pub struct PlannedStatus {
    /// The id of the status.
    pub id: ScheduledStatusId,
    /// The account that publishes it.
    pub account: AccountId,
    /// The kind of the status.
    pub kind: Kind,
    /// Its text, or the caption of its file.
    pub content: Content,
    /// Its picture or video.
    pub media: Option<MediaId>,
    /// The people who are to see it.
    pub audience: Audience,
    /// The planned time.
    pub publish_at: DateTime<Utc>,
    /// The time zone it was planned in, as an IANA name.
    pub time_zone: String,
    /// The state of the status.
    pub state: State,
    /// The cause of a failure or miss.
    pub failure: Option<Failure<FailureReason>>,
    /// The send of the status.
    pub send: Option<SendId>,
    /// WhatsApp's id of the status.
    pub wa_id: Option<String>,
    /// Number of people it was sent to.
    pub audience_size: Option<i32>,
    /// The time at which it was planned.
    pub created_at: DateTime<Utc>,
    /// The time at which WhatsApp accepted it.
    pub published_at: Option<DateTime<Utc>>,
    /// The time at which its deletion was requested.
    pub revoke_requested_at: Option<DateTime<Utc>>,
    /// The failure of its deletion.
    pub deletion_failure: Option<Failure<DeletionFailureReason>>,
    /// The time at which it was deleted for everyone.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// The cause for which the time of a status passed unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MissCause {
    /// This server was not running.
    ServerDown,
    /// The account was not connected.
    Offline,
    /// The account could not publish.
    Blocked(Obstacle),
    /// WhatsApp had asked to pause sending.
    Paused(Pause),
}

impl MissCause {
    /// The failure of the status.
    pub(super) fn failure(&self) -> Failure<FailureReason> {
        let reason = match self {
            Self::ServerDown => FailureReason::ServerDown,
            Self::Offline => FailureReason::AccountOffline,
            Self::Blocked(obstacle) => (*obstacle).into(),
            Self::Paused(_) => FailureReason::SendsPaused,
        };
        let code = match self {
            Self::Paused(pause) => pause.code.parse().ok(),
            Self::ServerDown | Self::Offline | Self::Blocked(_) => None,
        };
        Failure {
            reason,
            message: self.in_words(),
            code,
        }
    }

    /// The cause in English, for the status.
    fn in_words(&self) -> String {
        match self {
            Self::ServerDown => "this server was not running at its time".to_owned(),
            Self::Offline => "the account was not online at its time".to_owned(),
            Self::Blocked(obstacle) => format!("it could not be published: {}", obstacle.in_words()),
            Self::Paused(pause) => {
                let until = pause.until.to_rfc3339_opts(SecondsFormat::Secs, true);
                format!(
                    "sending is paused until {until}: {}",
                    outbox::describe_pause(&pause.code)
                )
            }
        }
    }

    /// The cause in the details of a notice.
    pub(super) fn details(&self) -> Value {
        match self {
            Self::ServerDown => json!({ "cause": "SERVER_DOWN" }),
            Self::Offline => json!({ "cause": "OFFLINE" }),
            Self::Blocked(obstacle) => json!({ "cause": obstacle.as_str() }),
            Self::Paused(pause) => json!({ "cause": "PAUSED", "until": pause.until }),
        }
    }
}

/// The planned publication of a status: the status, its account, and its planned time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Publication {
    pub(super) status: ScheduledStatusId,
    pub(super) account: AccountId,
    pub(super) publish_at: DateTime<Utc>,
}

impl PlannedStatus {
    /// The planned publication of the status.
    pub(super) const fn publication(&self) -> Publication {
        Publication {
            status: self.id,
            account: self.account,
            publish_at: self.publish_at,
        }
    }

    /// The time at which WhatsApp stops showing it.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.published_at.map(|at| at + LIFETIME)
    }

    /// Returns true when its deletion was requested and WhatsApp has not answered.
    pub const fn is_being_deleted(&self) -> bool {
        self.revoke_requested_at.is_some() && self.deletion_failure.is_none() && self.deleted_at.is_none()
    }

    /// Checks that the status can be deleted for everyone at `now`.
    ///
    /// # Errors
    /// The reason for which it cannot, in words for the user.
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
