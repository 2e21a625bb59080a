//! What goes out: written in the transaction that wants it, sent after its commit, settled by WhatsApp's ack.
//!
//! ```text
//! enqueue -> QUEUED -> (made ready) -> (claimed) -> SENT -> ACKED | REJECTED
//!               ^                                     |
//!               +------------ no answer --------------+--> FAILED
//! ```
//!
//! Every step but the claim goes through the sink as [`Event::Send`], so that features see it in the transaction that
//! changes the row: the pipeline calls [`record`] with it before any feature.
//!
//! # Never twice
//!
//! What a message needs is done first: receivers are looked up, files uploaded, typing shown. Then its row is claimed
//! (its `attempts` counted, its `sent_at` set) in a transaction of its own, and only then anything is sent. A claimed row
//! without an answer may have arrived or not. What may then be sent again, with the same id, is what cannot be doubled by
//! it: a reaction, which replaces itself; a status or its deletion, whose second copy every phone drops that has the
//! first. Words are not: a message that was perhaps lost is better than one that perhaps came twice, so it fails and says
//! so.
//!
//! # The risk budget
//!
//! Everything that an account sends by itself shares one budget ([`Budget`]): so many a minute and an hour, with a random
//! gap between two. When WhatsApp answers 429 (too many) or 463 (no messages to strangers for a time), nothing more is
//! sent until the time that `accounts.sends_paused_until` names; nothing refused is tried again. The pause is news of its
//! own ([`Event::Pause`]): told with the refusal, with an end by experience, and again when WhatsApp, asked, names the
//! real one.
//!
//! [`Event::Send`]: crate::event::Event::Send
//! [`Event::Pause`]: crate::event::Event::Pause

mod budget;
mod cancel;
mod deliver;
mod expiry;
mod prepare;
mod sender;
mod settle;
mod status;
mod store;

pub use budget::Budget;
pub use cancel::cancel;
pub use expiry::EXPIRY;
pub use sender::{LIKE_KEEPS, TEXT_KEEPS};
pub use store::{Queued, enqueue, pause, paused_until, record};

pub(super) use sender::Sender;
