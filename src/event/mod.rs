//! The events of WhatsApp, in AMDA's own types: the vocabulary of every module above the WhatsApp library.
//!
//! `whatsapp::translate` makes these from the library's types; the pipeline and the features read them; the outbox
//! sends [`Outgoing`] messages. The enums are closed and matched without a wildcard, so that every reader must handle a
//! new variant.

mod account_event;
mod link;
mod media;
mod message;
mod outgoing;
mod people;
mod send;

pub use account_event::Event;
pub use link::{LinkEvent, LogoutCause, PairingFailure, StopCause};
pub use media::{MediaKind, MediaReference, Origin};
pub use message::{ChatTimer, Content, Message, QuotedViewOnce, Receipt, ReceiptKind, TimerOfChat};
pub use outgoing::{Outgoing, OutgoingFile, StatusContent};
pub use people::{Chat, ContactChange, Group, Jid, Mute, Muted, NumberChange, Person};
pub use send::{Pause, SendEvent, SendOutcome};
