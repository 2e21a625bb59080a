//! `graphql-transport-ws`: subscriptions, and any other operation, over a WebSocket.
//!
//! ```text
//! upgrade (origin, subprotocol) -> Socket: one task per client, which reads, writes and enforces timeouts
//!     subscribe -> own execution: a task and a queue of its own, which waits while the client is slow
//!               -> SharedSubscriptions: one execution for equal subscriptions, its payload serialised once
//! ```
//!
//! The protocol is <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>. Decisions that it leaves open:
//!
//! - A subscription is shared when its field takes `after` and it is not given: then it starts at the present, with
//!   nothing before it, and a socket that joins later misses nothing that was promised. One with a cursor replays for
//!   itself. Only the same session or personal access token shares, and only the same document, operation and
//!   variables.
//! - A client that reads too slowly stops its own executions, which fall back to the table of events. On a shared one
//!   it cannot stop the others: when it is a whole backlog behind, its socket is closed with 1013 ("try again
//!   later"), and it resumes with `after`. Client libraries reconnect by themselves on this code. No event is
//!   ever dropped silently.
//! - 1009 closes a socket whose message is too long, 1013 one too many of a user, 1001 all of them at shutdown.

mod execution;
mod protocol;
mod session_end;
mod shared_subscriptions;
mod socket;
mod socket_limits;
mod timed_write;
mod upgrade;

pub(super) use execution::{ExecutionEvent, start};
pub(super) use session_end::until_session_ends;
pub(super) use shared_subscriptions::SharedSubscriptions;
pub use socket_limits::SocketLimits;
pub(super) use upgrade::upgrade;
