//! Scheduled statuses in the GraphQL schema.

mod audience;
mod content;
mod errors;
mod event;
mod fields;
mod input;
mod loaders;
mod mutation;
mod object;

pub use audience::{AudiencePreview, StatusAudience};
pub use content::{LocalPublishTime, MediaStatus, ScheduledStatusContent, TextStatus};
pub use event::ScheduledStatusEvent;
pub use fields::{AccountFields, ScheduledStatusFilter, ViewerFields};
pub use input::{
    CancelScheduledStatusInput, DeletePublishedStatusInput, LocalPublishTimeInput, MediaStatusInput,
    PublishTimeInput, ScheduleStatusInput, ScheduledStatusContentInput, StatusAudienceInput, TextStatusInput,
    UpdateScheduledStatusContentInput, UpdateScheduledStatusInput,
};
pub use mutation::{
    CancelScheduledStatusPayload, DeletePublishedStatusPayload, Mutation, ScheduleStatusPayload,
    UpdateScheduledStatusPayload,
};
pub use object::ScheduledStatus;
