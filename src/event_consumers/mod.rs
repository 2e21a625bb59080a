//! Consumers of committed events: notifications and webhooks.
//!
//! ```text
//! commit -> hub announces the user -> one transaction: events after the position, each consumer in order, new position
//! ```
//!
//! The position moves in the transaction of what the consumers wrote, so each event is consumed exactly once, whatever
//! crashes. A consumer writes rows and jobs of the same user and calls no other system. Announcements that the hub lost
//! are found by a sweep of the table. Of several nodes the one that wrote an event consumes it, and another one after a
//! sweep if it dies before; the lock on the position lets one at a time, and a node leaves the events of others to the one
//! that has it. In each round every user with events gets one page, so that one user's backlog does not delay the others.

mod consumer;
mod consumer_loop;
mod store;

pub use consumer::{ConsumeError, EventConsumer};
pub use consumer_loop::ConsumerLoop;
