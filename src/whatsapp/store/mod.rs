//! The WhatsApp library's storage for a linked device, in PostgreSQL: keys, ratchets, and messages on their way.
//!
//! One [`Store`] serves one account and implements the library's five traits. What the library writes while messages come
//! (ratchets, copies, secrets, removals) waits in memory and is stored with their events. Every other operation is one short
//! transaction of the account's user, so that row-level security holds for the library too; a batch is one statement. What
//! is stored is not cached: the library caches what is hot, and thousands of idle accounts are to cost nothing.
//!
//! ```text
//! signal.rs app_sync.rs protocol.rs device.rs    the traits, over
//! keyspace.rs rows.rs batch.rs                   keyspaces of sealed values: read, write, take, remove, one or many
//! sealing.rs                                     values sealed, and addresses replaced by keyed hashes
//! tokens.rs message_secrets.rs                   values with tables of their own
//! retry.rs                                       writes that must not fail when the database is away for a moment
//! write_buffer.rs ratchets.rs unstored_writes.rs what waits in memory, and is stored with received events
//! decryption_notes.rs                            which copies of messages must not wait
//! inbound_copies.rs kept_copies.rs               copies of received messages
//! plain_keys.rs                                  rows of an earlier release, moved over at the start
//! orphaned_statuses.rs                           copies of statuses that an earlier client never committed
//! ```
//!
//! # What always holds
//!
//! - Every value is sealed for its account, keyspace and key, and addresses stand in no column. A value that does not open is
//!   an error that names the account and the keyspace, never a panic and never "absent": a missing session would be
//!   negotiated anew, and the evidence overwritten.
//! - Rows of a batch are written in order of their keys, so that two writers of one account cannot wait for each other.
//! - An account's store is open once: one node has the account's lease, and its supervisor runs one session an account. A
//!   store whose lease is over writes nothing ([`Fence`](crate::db::Fence)); two that write would tear one ratchet.
//!
//! # The library's use of it, and its pitfalls
//!
//! As read in whatsapp-rust 0.7.0 with an `InboundDurabilityHook`. A message that arrives live is decrypted,
//! which moves the ratchet in the library's memory; buffered here (`pending_inbound`); given to the hook; removed from
//! the buffer; acknowledged; reported as an event. The ratchet itself is given within 25 ms by a worker of its own.
//!
//! - The worker gives the ratchet whatever became of the buffering. Delivered again, a message that a stored ratchet has
//!   passed is a duplicate: it is replayed from its copy, and lost without one. So a copy that waits in memory is stored
//!   before that ratchet or with it (`write_buffer.rs`); until then a crash costs a redelivery. A copy that must be stored at
//!   once is tried again while the database is away (`retry.rs`).
//! - A ratchet need not be stored before the library goes on, but before anything leaves that was encrypted with it: the
//!   session's transport waits for that.
//! - A duplicate that is in the buffer is replayed from there, to the hook too, unless it is a status: a status is
//!   passed over in silence, so its copy is found as an `OrphanedStatus`. A copy that does not open stays unacknowledged
//!   and comes again with each connection, until it is swept after seven days.
//! - After the hook failed, the library asks again only on a new connection, so the session must break the old one. A
//!   batch comes again whole, and a message may come twice: the hook's writes are idempotent by chat, sender and id.
//! - The backlog is committed in batches of up to 400 messages, 4 MiB or 3 seconds. Live messages come one by one, from
//!   several chats at once. The hook runs under the sender's lock: sending from inside it can wait for itself.
//! - The hook never sees posts of channels, nor placeholders that the phone resolved later: they are events only
//!   (`hook_committed` is false), and acknowledged even when they could not be committed.
//! - The library gives a ratchet before a send only when that leaves the range of counters that it reserved, once in about 64;
//!   the session's transport lets no frame out before it is stored. A new client skips the rest of the range, of which
//!   receivers forgive some thirty in a row; two clients at once would use a key twice.
//! - A client's start writes, reads and removes a probe in the buffer; each connected client sweeps old copies every
//!   five minutes, without a write where there are none.
//! - The library's own store in memory forgets a phone number's LID when an older LID of that number moves away. Ours does not.

mod account_store;
mod app_sync;
mod batch;
mod decryption_notes;
mod device;
mod error;
mod inbound_copies;
mod kept_copies;
mod keyspace;
mod message_secrets;
mod orphaned_statuses;
mod plain_keys;
mod protocol;
mod ratchets;
mod retry;
mod rows;
mod sealing;
mod signal;
#[cfg(test)]
mod tests;
mod tokens;
mod unstored_writes;
mod write_buffer;

pub use account_store::Store;
pub use error::UnreadableError;
pub use plain_keys::seal_plain_keys;
pub use unstored_writes::UnstoredWrites;

pub(super) use app_sync::COLLECTIONS;
pub(super) use kept_copies::KeptCopies;
pub(super) use orphaned_statuses::OrphanedStatus;
