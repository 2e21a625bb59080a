//! Translates the library's messages and events to ours.
//!
//! ```text
//! MessageInfo + body -> message (content, media, mentions, quoted, timer, people) -> Event::Message
//! receipts, address book, mutes -> updates -> Event::{Receipt, Contact, Mute}
//! conversations of the history  -> history -> Event::Timer
//! ```
//!
//! # Never
//!
//! - Never any I/O, clock or state: the functions are pure.
//! - Never panic or fail: a sender chooses almost everything in a message. What makes no sense becomes
//!   [`Content::Other`] or None.
//! - Never pass on what the database refuses: texts in indexed columns are clipped and freed of NUL, times and sizes are
//!   clamped ([`bounds`]), or one malicious message would fail the account's whole batch for good.
//!
//! [`Content::Other`]: crate::event::Content::Other

mod bounds;
mod content;
mod groups;
mod history;
mod media;
mod mentions;
mod message;
mod people;
mod quoted;
#[cfg(test)]
mod tests;
mod timer;
mod updates;

pub(super) use bounds::name;
pub(super) use groups::{admins, described, group};
pub(super) use history::timers;
pub(super) use message::{message, without_content};
pub(super) use people::{are_same, person_of};
pub(super) use updates::{
    contact, mute, mute_of_statuses, number_change, receipt, receipt_of_status, verified_name,
};
