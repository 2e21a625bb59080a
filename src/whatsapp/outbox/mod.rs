//! What goes out: written in the transaction that wants it, sent after its commit, settled by WhatsApp's ack.

mod cancel;
mod store;

pub use cancel::cancel;
pub use store::enqueue;
