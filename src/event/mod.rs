//! Everything that can happen on WhatsApp, in our own words: the vocabulary of every module above the library.
//!
//! `whatsapp::translate` makes these of what the library tells; the pipeline and the features read them; the outbox
//! sends [`Outgoing`] messages. The enums are closed and matched without a wildcard, so that a new variant must be read
//! everywhere.

mod link;
mod media;
mod message;
mod outgoing;
mod people;

pub use link::LinkEvent;
pub use media::{MediaKind, MediaReference, Origin};
pub use message::{Content, Message, QuotedViewOnce, Receipt, ReceiptKind};
pub use outgoing::{Outgoing, OutgoingFile, StatusContent};
pub use people::{Chat, ContactChange, Group, Jid, Mute, Muted, Person};

use chrono::{DateTime, Utc};

use crate::id::SendId;

/// Something that happened to a linked account.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The link to WhatsApp changed.
    Link(LinkEvent),
    /// A message arrived: from a contact, or from another device of the owner's.
    Message(Box<Message>),
    /// Somebody's devices received, read or played messages that the owner sent.
    Receipt(Receipt),
    /// The address book has a name for a person, or their two names were found to be one person's.
    Contact(ContactChange),
    /// A chat or a person's statuses were muted or unmuted on the phone.
    Mute(Mute),
    /// WhatsApp described a group: when it was first heard of on a connection, and whenever it changed.
    Group(Group),
    /// The outbox has news of something that this server sent.
    Send(SendEvent),
    /// Nothing more is sent for a time, because WhatsApp said so.
    Pause(Pause),
}

/// News of something in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendEvent {
    /// What was sent.
    pub send: SendId,
    /// What became of it.
    pub outcome: SendOutcome,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// Handed to WhatsApp.
    Sent,
    /// WhatsApp took it.
    Acked,
    /// WhatsApp refused it.
    Rejected {
        /// WhatsApp's code, such as 463.
        code: String,
    },
    /// It could not be sent, and will not be tried again.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A time in which nothing is sent for the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Its end. It takes the place of the end of an earlier pause.
    pub until: DateTime<Utc>,
    /// WhatsApp's code: 429 for too many messages, 463 for messages to people who never wrote.
    pub code: String,
}
