//! Connections: how many are open, for whom, and for how long they may be silent.
//!
//! ```text
//! accept -> Admission (all, site, address) -> a place, which the connection keeps -> HTTP/1.1, or a WebSocket
//!                       '-> 503, and closed
//! ```
//!
//! A connection ends when its client does not send the head of a request in time, which covers one that never sends
//! anything and one that is kept open unused, and when the client does not read what is written. The time of a body is
//! limited by the code that reads it, and WebSockets have pings of their own.

mod admission;
mod descriptors;
mod limits;
mod stream;

pub(super) use admission::{Admission, Refused};
pub use descriptors::raise_descriptor_limit;
pub use limits::ConnectionLimits;
pub(super) use stream::Connection;
