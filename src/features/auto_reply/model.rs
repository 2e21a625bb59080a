//! An automatic reply and its progress.

use async_graphql::Enum;
use chrono::{DateTime, Utc};

use super::rule::SkipReason;
use super::settings::AutoReplyMode;
use crate::features::auto_reply::AutoReplyId;
use crate::features::schema::{ActionStage, ActionStep, Failure, steps};
use crate::id::{AccountId, ContactId};
use crate::text_enum::text_enum;

text_enum! {
    /// Progress of an automatic reply.
    #[derive(Enum)]
    #[graphql(name = "AutoReplyState")]
    pub enum ReplyState {
        /// The reply waits for its time to be sent.
        Queued = "QUEUED",
        /// The reply was handed to WhatsApp; `timeline` has an `ACKED` step once WhatsApp accepted it.
        Sent = "SENT",
        /// The reply reached a device of the contact.
        Delivered = "DELIVERED",
        /// WhatsApp refused the reply; `failureWhatsappCode` has the code that it gave.
        Rejected = "REJECTED",
        /// No reply was sent, or the queued reply was cancelled; `skipReason` tells the reason.
        Skipped = "SKIPPED",
        /// The reply could not be sent; `failureMessage` tells the cause.
        Failed = "FAILED",
    }
}

/// End of a reply that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyEnd {
    /// WhatsApp refused the reply.
    Rejected(Failure),
    /// The queued reply was cancelled.
    Skipped(SkipReason),
    /// The reply could not be sent.
    Failed(Failure),
}

/// An automatic reply to a message, or the record that there was none.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The id of the reply.
    pub id: AutoReplyId,
    /// The account that replies.
    pub account: AccountId,
    /// The contact who wrote the message.
    pub contact: ContactId,
    /// The mode of the account when the message arrived.
    pub mode: AutoReplyMode,
    /// The text of the reply; none when nothing was to be sent.
    pub text: Option<String>,
    /// The progress of the reply.
    pub state: ReplyState,
    /// The reason for no reply.
    pub skip_reason: Option<SkipReason>,
    /// The cause of a rejection or failure.
    pub failure: Failure,
    /// The time at which the contact wrote, by WhatsApp's clock.
    pub asked_at: DateTime<Utc>,
    /// The time at which the message arrived and the reply was decided on.
    pub created_at: DateTime<Utc>,
    /// The time at which the reply was queued.
    pub queued_at: Option<DateTime<Utc>>,
    /// The time at which the reply was handed to WhatsApp.
    pub sent_at: Option<DateTime<Utc>>,
    /// The time at which WhatsApp accepted the reply.
    pub acked_at: Option<DateTime<Utc>>,
    /// The time at which the reply reached the contact.
    pub delivered_at: Option<DateTime<Utc>>,
    /// The time at which the reply was rejected, skipped or failed.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Reply {
    /// The steps of the reply so far, in order.
    pub fn timeline(&self) -> Vec<ActionStep> {
        let end = match self.state {
            ReplyState::Rejected => Some(ActionStage::Rejected),
            ReplyState::Skipped => Some(ActionStage::Skipped),
            ReplyState::Failed => Some(ActionStage::Failed),
            ReplyState::Queued | ReplyState::Sent | ReplyState::Delivered => None,
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
