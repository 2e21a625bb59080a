//! Mutations of scheduled statuses.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::errors::refused;
use super::input::{
    CancelScheduledStatusInput, DeletePublishedStatusInput, ScheduleStatusInput, UpdateScheduledStatusInput,
};
use super::object::ScheduledStatus;
use crate::features::scheduled_statuses::error::ScheduledStatusesError;
use crate::features::scheduled_statuses::model::PlannedStatus;
use crate::features::scheduled_statuses::service::ScheduledStatusesService;
use crate::graphql::{UserError, viewer};

/// Defines the payload of a mutation of one scheduled status.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The scheduled status as it is now; null when there are errors.
            scheduled_status: Option<ScheduledStatus>,
            /// All that is wrong with the input; empty on success.
            errors: Vec<UserError>,
        }

        impl $name {
            fn of(ctx: &Context<'_>, done: Result<PlannedStatus, ScheduledStatusesError>) -> Result<Self> {
                Ok(match done {
                    Ok(status) => Self { scheduled_status: Some(ScheduledStatus(status)), errors: Vec::new() },
                    Err(error) => Self { scheduled_status: None, errors: refused(ctx, error)? },
                })
            }
        }
    };
}

payload! {
    /// Payload of `scheduleStatus`.
    ScheduleStatusPayload
}

payload! {
    /// Payload of `updateScheduledStatus`.
    UpdateScheduledStatusPayload
}

payload! {
    /// Payload of `cancelScheduledStatus`.
    CancelScheduledStatusPayload
}

payload! {
    /// Payload of `deletePublishedStatus`.
    DeletePublishedStatusPayload
}

/// The mutations of scheduled statuses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "ScheduledStatusesMutation")]
impl Mutation {
    /// Schedules a status. The plan limits how many statuses may wait (`LimitExceeded`); videos and audiences by `only`
    /// and `except` need the Premium plan.
    async fn schedule_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account, time, content and audience.")] input: ScheduleStatusInput,
    ) -> Result<ScheduleStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let call = input.call();
        let scheduled = service.schedule(user, input.parse(), call.as_ref()).await;
        ScheduleStatusPayload::of(ctx, scheduled)
    }

    /// Changes a status that waits for its time: all that the input names, or nothing when there are errors. A status
    /// that is `PUBLISHING` can no longer be changed (`Conflict`).
    async fn update_scheduled_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scheduled status and its change.")] input: UpdateScheduledStatusInput,
    ) -> Result<UpdateScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let (id, change) = input.parse();
        UpdateScheduledStatusPayload::of(ctx, service.update(user, id, change).await)
    }

    /// Cancels a status that waits for its time, and removes its picture or video. A status that is `PUBLISHING` can be
    /// cancelled until it begins to be sent, which it does not while its account is offline; later it is a `Conflict`.
    async fn cancel_scheduled_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scheduled status to cancel.")] input: CancelScheduledStatusInput,
    ) -> Result<CancelScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let cancelled = match input.parse() {
            Ok(id) => service.cancel(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        CancelScheduledStatusPayload::of(ctx, cancelled)
    }

    /// Deletes a published status for everyone, within 24 hours of its publication. Returns at once with
    /// `isBeingDeleted`; the subscription `scheduledStatusChanged` reports the outcome.
    async fn delete_published_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The published status to delete.")] input: DeletePublishedStatusInput,
    ) -> Result<DeletePublishedStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let deleted = match input.parse() {
            Ok(id) => service.delete_published(user, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        DeletePublishedStatusPayload::of(ctx, deleted)
    }
}
