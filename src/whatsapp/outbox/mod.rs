//! Outgoing messages: written in the transaction that wants them, sent after its commit, settled by WhatsApp's ack.
//!
//! ```text
//! enqueue -> QUEUED -> (prepared) -> (claimed) -> SENT -> ACKED | REJECTED
//!               ^                                  |
//!               +------------ no answer -----------+--> FAILED
//! ```
//!
//! Every step but the claim goes through the sink as [`Event::Send`], so that features see it in the transaction that
//! changes the row: the pipeline calls [`record`] with it before any feature.
//!
//! # Never twice
//!
//! A message is prepared first: receivers are looked up, files uploaded, typing shown. Then its row is claimed (its
//! `attempts` counted, its `sent_at` set) in a transaction of its own, and only then it is sent. A claimed message
//! without an answer may have arrived or not. It is sent again, with the same id, only when a second copy changes
//! nothing: a reaction replaces itself; of a status or its deletion, every phone that has the first copy drops the
//! second. A text is never sent again: one that was perhaps lost is better than one that perhaps came twice, so it fails
//! with that reason.
//!
//! # The budget
//!
//! Everything that AMDA sends for an account shares one budget ([`Budget`]): limits per minute and hour, and a random gap
//! between two messages. Of the messages that are due, statuses leave first, then answers, and likes fill what is left
//! (`precedence`); each leaves a part of the limits to those before it, so that none of them ever waits for a like.
//!
//! When WhatsApp answers 429 (too many) or 463 (no messages to strangers for a time), nothing more is sent until
//! `accounts.sends_paused_until`; a refused message is not tried again. The pause is an event of its own
//! ([`Event::Pause`]), committed with the refusal. A refusal names no end: WhatsApp is asked for that of the timelock
//! before anything is committed. Where it does not say, the end is estimated, and asked for again with each connection.
//!
//! # Never
//!
//! - Never send inside a transaction, nor before the claim is committed, which it is only under a live lease.
//! - Never send a text twice.
//!
//! [`Event::Send`]: crate::event::Event::Send
//! [`Event::Pause`]: crate::event::Event::Pause

mod budget;
mod cancel;
mod deliver;
mod expiry;
mod precedence;
mod prepare;
mod refusal;
mod retry_policy;
mod sender;
mod settle;
mod status;
mod store;

pub use budget::Budget;
pub use cancel::{cancel, withdraw};
pub use expiry::EXPIRY;
pub use refusal::{PauseReason, describe_pause};
pub use retry_policy::{LIKE_USEFUL_FOR, TEXT_USEFUL_FOR};
pub use store::{
    Draft, Queued, current_pause, draft, enqueue, enqueue_all, load_status, pause, present_pause, record,
};

pub(super) use sender::Sender;
