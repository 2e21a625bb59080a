//! Sessions with WhatsApp. The only module that names the WhatsApp library.
//!
//! ```text
//! supervisor    one session per account: started, restarted, linked, unlinked, ended
//! lease         which node runs an account, and until when
//! session       one account's connection; received events -> translate -> EventSink (the pipeline)
//! outbox        messages to send, written in a transaction and sent by the session after its commit
//! store         the library's keys and ratchets, sealed in PostgreSQL
//! media         files from WhatsApp's media hosts; media_reupload asks the phone for expired ones
//! ```
//!
//! # Never
//!
//! - Never let a type of the library leave this module: everything above reads [`crate::event`].
//! - Never acknowledge a received event before [`EventSink::ingest`] returned `Ok` for it.
//! - Never send inside a transaction.

mod event_sink;
mod lease;
pub mod media;
mod media_http;
mod media_reupload;
pub mod outbox;
mod session;
pub mod store;
pub mod supervisor;
mod translate;

pub use event_sink::{Committed, EventSink, SinkError};
pub use lease::LeaseTiming;
pub use session::{LinkMethod, Timing};
pub use store::UnstoredWrites;
pub use supervisor::{Supervisor, SupervisorConfig, SupervisorError};
