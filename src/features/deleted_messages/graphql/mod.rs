//! GraphQL types and fields of deleted messages.

mod errors;
mod event;
mod fields;
mod loaders;
mod media;
mod objects;
mod settings;

pub use event::DeletedMessageEvent;
pub use fields::{AccountFields, DeletedMessageFilter, ViewerFields};
pub use media::{FetchDeletedMediaInput, FetchDeletedMediaPayload};
pub use objects::DeletedMessage;
pub use settings::{DeletedMessageSettings, DeletedMessagesPayload, Mutation, UpdateDeletedMessagesInput};
