//! Scheduled statuses in the GraphQL schema.

mod errors;
mod event;
mod fields;
mod input;
mod mutation;
mod object;

pub use event::ScheduledStatusEvent;
pub use fields::{AccountFields, ScheduledStatusFilter, ViewerFields};
pub use input::{
    AudienceInput, MediaStatusInput, ScheduleStatusInput, ScheduledStatusIdInput, TextStatusInput,
    UpdateScheduledStatusInput,
};
pub use mutation::{AudiencePreview, Mutation, PreviewAudiencePayload, ScheduledStatusPayload};
pub use object::{ScheduledStatus, ScheduledStatusAudience};
