//! Edited messages in the schema.

mod event;
mod fields;
mod object;

pub use event::EditedMessageEvent;
pub use fields::{EditedMessageFilter, Subscription, UserFields};
pub use object::EditedMessage;
