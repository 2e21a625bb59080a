//! Notifications by mail: the first of a kind at once, what follows within the hour together at its end.
//!
//! ```text
//! gather -> GATHERING --due, an hour after the last--> SENDING -> the mail server took it -> SENT
//!                                                         '-> refused for good, or never reached -> FAILED
//! ```
//!
//! A mail is closed and named in one transaction, sent outside of any, and noted in another. A process that stops between
//! sending and noting sends the same mail again, with the same `Message-ID` and the same items: at least once, and
//! recognisably once.

mod job;
mod letter;
mod unsubscribe;
mod unsubscribe_page;

pub use job::Mailing;
pub(super) use job::gather;
pub use unsubscribe::UnsubscribeLinks;
pub use unsubscribe_page::UnsubscribePage;
