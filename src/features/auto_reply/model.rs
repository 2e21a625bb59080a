//! What became of the answer to a message.

use async_graphql::Enum;
use chrono::{DateTime, Utc};

use super::rule::AutoReplyMode;
use crate::features::auto_reply::AutoReplyId;
use crate::features::schema::{ActionStage, ActionStep, steps};
use crate::id::{AccountId, ContactId};

/// How far an answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "AutoReplyOutcome")]
pub enum ReplyOutcome {
    /// It waits for its moment.
    Queued,
    /// It was handed to WhatsApp; the timeline says whether WhatsApp took it.
    Sent,
    /// It reached a device of the contact's.
    Delivered,
    /// WhatsApp refused it; see `reason`.
    Rejected,
    /// It was not to be sent, or no longer; see `reason`.
    Skipped,
    /// It could not be sent; see `reason`.
    Failed,
}

impl ReplyOutcome {
    const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sent,
        Self::Delivered,
        Self::Rejected,
        Self::Skipped,
        Self::Failed,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Sent => "SENT",
            Self::Delivered => "DELIVERED",
            Self::Rejected => "REJECTED",
            Self::Skipped => "SKIPPED",
            Self::Failed => "FAILED",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// The answer to a message, or why there was none.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its id.
    pub id: AutoReplyId,
    /// Which account answered.
    pub account: AccountId,
    /// Whom.
    pub contact: ContactId,
    /// Why the owner did not answer.
    pub mode: AutoReplyMode,
    /// The words; none when nothing was to be sent.
    pub text: Option<String>,
    /// How far it came.
    pub outcome: ReplyOutcome,
    /// Why no further.
    pub reason: Option<String>,
    /// When the contact wrote.
    pub asked_at: DateTime<Utc>,
    /// When it was decided on.
    pub created_at: DateTime<Utc>,
    /// When it was queued.
    pub queued_at: Option<DateTime<Utc>>,
    /// When it was handed to WhatsApp.
    pub sent_at: Option<DateTime<Utc>>,
    /// When WhatsApp took it.
    pub acked_at: Option<DateTime<Utc>>,
    /// When it reached the contact.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it came to a bad end.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Reply {
    /// What happened to it, in order.
    pub fn timeline(&self) -> Vec<ActionStep> {
        let end = match self.outcome {
            ReplyOutcome::Rejected => Some(ActionStage::Rejected),
            ReplyOutcome::Skipped => Some(ActionStage::Skipped),
            ReplyOutcome::Failed => Some(ActionStage::Failed),
            ReplyOutcome::Queued | ReplyOutcome::Sent | ReplyOutcome::Delivered => None,
        };
        steps([
            (Some(ActionStage::Queued), self.queued_at),
            (Some(ActionStage::Sent), self.sent_at),
            (Some(ActionStage::Acked), self.acked_at),
            (Some(ActionStage::Delivered), self.delivered_at),
            (end, self.settled_at),
        ])
    }
}
