//! GraphQL types and fields of edited messages.

mod event;
mod fields;
mod loaders;
mod object;

pub use event::EditedMessageEvent;
pub use fields::{EditedMessageFilter, ViewerFields};
pub use object::EditedMessage;
