use chrono::{DateTime, Utc};

use crate::id::SendId;

/// The outcome of a message of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendEvent {
    /// The message.
    pub send: SendId,
    /// Its outcome.
    pub outcome: SendOutcome,
    /// The time of the outcome.
    pub at: DateTime<Utc>,
}

/// The outcome of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Handed to WhatsApp.
    Sent,
    /// WhatsApp acknowledged it.
    Acked,
    /// WhatsApp refused it.
    Rejected {
        /// WhatsApp's code, such as 463.
        code: String,
    },
    /// It could not be sent, and will not be tried again.
    Failed {
        /// The reason.
        reason: String,
    },
    /// It was taken back before it was tried again; an earlier try may have arrived.
    Withdrawn {
        /// The reason of whoever took it back.
        reason: String,
    },
}

/// A pause in sending for the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Its end, which replaces the end of an earlier pause.
    pub until: DateTime<Utc>,
    /// WhatsApp's code: 429 for too many messages, 463 for messages to people who never wrote.
    pub code: String,
}
