//! Calls of mutations that a client may repeat, after an answer that it did not get, without making a second thing.
//!
//! ```text
//! Call -> find_made, on the transaction that is to make it: Some -> answer with that; None -> make it -> record_made
//! ```
//!
//! The client chooses a key for each thing that it wants made. A key is good for a day, for one user and one mutation. Only
//! calls that made something are recorded: one that was refused may be corrected and sent again with its key.
//!
//! Keys and inputs are stored as hashes with the user's key.

mod call;
mod store;

pub use call::{Call, KeyRefusal};
pub use store::{EXPIRY, find_made, record_made};
