//! GraphQL types and fields of view-once messages.

mod errors;
mod event;
mod fields;
mod mutation;
mod object;

pub use event::ViewOnceMessageEvent;
pub use fields::{AccountFields, ViewOnceFilter, ViewerFields};
pub use mutation::{Mutation, UpdateViewOnceInput, ViewOnceIdInput};
pub use mutation::{ViewOnceMessagePayload, ViewOncePayload};
pub use object::ViewOnceMessage;
