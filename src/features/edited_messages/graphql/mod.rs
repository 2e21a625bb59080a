//! Edited messages in the schema.

mod fields;
mod object;

pub use fields::{EditedMessageFilter, Subscription, UserFields};
pub use object::EditedMessage;
