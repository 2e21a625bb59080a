//! Pictures, videos and sounds: where WhatsApp serves them, and where we keep them.

mod store;

pub use store::remember;
