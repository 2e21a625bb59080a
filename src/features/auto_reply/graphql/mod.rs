//! Automatic replies in the GraphQL schema.

mod errors;
mod event;
mod fields;
mod loaders;
mod objects;
mod preview;
mod settings;
mod statistics;

pub use event::AutoReplyEvent;
pub use fields::{AccountFields, AutoReplyFilter, ViewerFields};
pub use objects::AutoReply;
pub use preview::{AutoReplyPreview, AutoReplyPreviewItem, PreviewAutoReplyPayload};
pub use settings::{
    AutoReplyPayload, AutoReplySettings, Mutation, UpdateAutoReplyInput, WeeklySlot, WeeklySlotInput,
};
pub use statistics::{AutoReplyContact, AutoReplyDay, AutoReplyStatistics};
