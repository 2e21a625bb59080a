//! Automatic replies in the GraphQL schema.

mod errors;
mod event;
mod fields;
mod input;
mod loaders;
mod mutation;
mod objects;
mod preview;
mod settings;
mod statistics;

pub use event::AutoReplyEvent;
pub use fields::{AccountFields, AutoReplyFilter, ViewerFields};
pub use input::{AutoReplySettingsInput, UpdateAutoReplySettingsInput, WeeklySlotInput};
pub use mutation::{Mutation, UpdateAutoReplySettingsPayload};
pub use objects::AutoReply;
pub use preview::{AutoReplyPreview, AutoReplyPreviewItem};
pub use settings::{AutoReplySettings, WeeklySlot};
pub use statistics::{AutoReplyContact, AutoReplyDay, AutoReplyStatistics};
