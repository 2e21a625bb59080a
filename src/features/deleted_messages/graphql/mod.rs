//! GraphQL types and fields of deleted messages.

mod errors;
mod event;
mod fields;
mod loaders;
mod mutation;
mod objects;
mod settings;

pub use event::DeletedMessageEvent;
pub use fields::{AccountFields, DeletedMessageFilter, ViewerFields};
pub use mutation::{
    DeletedMessageSettingsInput, FetchDeletedMessageMediaInput, FetchDeletedMessageMediaPayload, Mutation,
    UpdateDeletedMessageSettingsInput, UpdateDeletedMessageSettingsPayload,
};
pub use objects::DeletedMessage;
pub use settings::DeletedMessageSettings;
