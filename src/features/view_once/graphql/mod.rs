//! GraphQL types and fields of view-once messages.

mod errors;
mod event;
mod fields;
mod loaders;
mod mutation;
mod object;
mod settings;

pub use event::ViewOnceMessageEvent;
pub use fields::{AccountFields, ViewOnceMessageFilter, ViewerFields};
pub use mutation::{
    Mutation, RetryViewOnceCaptureInput, RetryViewOnceCapturePayload, UpdateViewOnceSettingsInput,
    UpdateViewOnceSettingsPayload, ViewOnceSettingsInput,
};
pub use object::ViewOnceMessage;
pub use settings::ViewOnceSettings;
