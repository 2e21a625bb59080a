//! The stream of a user's events: numbered in the database, announced after commit, replayed from any cursor.
//!
//! ```text
//! append (in the change's transaction) -> COMMIT -> Hub::publish -> EventStream: table until caught up, then live
//!                                                             -> (several nodes) notice -> rows read -> streams there
//! ```
//!
//! The table is the source of truth and the hub only announces: an announcement that is lost, late or out of order
//! costs a read of the table, never an event. Nothing here waits for a subscriber. The oldest events are deleted after
//! their retention; a cursor from before them is refused, so that no client mistakes deleted events for events that
//! never happened.

mod announcer;
mod event;
mod exchange;
mod list;
mod local;
mod log;
mod nodes;
mod notice;
mod stream;

pub use crate::kinds::EventKind;
pub use announcer::{Hub, SharedHub};
pub use event::{Announcement, EventRow, NewEvent, StreamedEvent};
pub use exchange::NoticeExchange;
pub use list::{EventQuery, EventRange, count, list};
pub use local::LocalHub;
pub use log::{append, count_before, delete_before, load_after, load_newest};
pub use nodes::NodesHub;
pub use stream::{EventStream, StreamError, require_kept};
