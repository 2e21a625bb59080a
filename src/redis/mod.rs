//! Redis: what several nodes tell each other at once, and count together.
//!
//! ```text
//! notices:  Redis::publish -> Redis -> Subscription of every node
//! counts:   Redis::run(script, key) -> atomic on the server, by the server's own time
//! ```
//!
//! Redis never carries truth. Each user of this module works on without it: notices that are lost are found in
//! PostgreSQL, and limits are counted in process. So nothing here waits long, nothing is tried again, and an outage is
//! logged once when it begins and once when it ends. Every key expires, and holds neither names nor addresses: what it is
//! about is hashed with a secret of this installation.
//!
//! The client library bites in three places: its commands wait for ever unless they have a time limit, commands sent
//! while it is disconnected are queued rather than refused, and it subscribes anew only once after it connected again.

mod connection;
mod error;
mod outage;
mod script;
mod server;
mod subscription;

pub use connection::Redis;
pub use error::RedisError;
pub use script::Script;
pub use server::{OLDEST_VERSION, ServerKind, inspect};
pub use subscription::{Heard, Subscription};
