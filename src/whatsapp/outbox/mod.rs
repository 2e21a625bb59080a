//! What goes out: written in the transaction that wants it, sent after its commit, settled by WhatsApp's ack.

mod store;

pub use store::enqueue;
