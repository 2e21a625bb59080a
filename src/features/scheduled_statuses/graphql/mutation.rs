//! Mutations of scheduled statuses.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::errors::refused;
use super::input::{AudienceInput, ScheduleStatusInput, ScheduledStatusIdInput, UpdateScheduledStatusInput};
use super::object::{ScheduledStatus, load_contacts};
use crate::account::AccountRef;
use crate::features::scheduled_statuses::audience::ReachableAudience;
use crate::features::scheduled_statuses::error::{Refusal, ScheduledStatusesError};
use crate::features::scheduled_statuses::model::PlannedStatus;
use crate::features::scheduled_statuses::service::ScheduledStatusesService;
use crate::features::schema::Contact;
use crate::graphql::{UserError, viewer};

/// Result of a mutation of a scheduled status.
#[derive(SimpleObject)]
pub struct ScheduledStatusPayload {
    /// The scheduled status as it is now; null when there are errors.
    scheduled_status: Option<ScheduledStatus>,
    /// The errors of the input; empty on success.
    errors: Vec<UserError>,
}

/// The people who would see a status if it were published now.
#[derive(Debug, Clone)]
pub struct AudiencePreview(ReachableAudience);

/// The people who would see a status if it were published now. The audience is determined again when the status is
/// published.
#[Object]
impl AudiencePreview {
    /// Number of people, without the owner, who always sees the status.
    async fn count(&self) -> i32 {
        number(self.0.count)
    }

    /// The first 50 of the people, by name.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.contacts).await
    }

    /// Number of people known by phone number only. Their presence on WhatsApp is checked when the status is
    /// published; those who are not on WhatsApp are left out then.
    async fn unconfirmed_count(&self) -> i32 {
        number(self.0.unconfirmed_count)
    }

    /// The first 50 of the people known by phone number only, by name.
    async fn unconfirmed(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.unconfirmed).await
    }
}

/// Result of previewing an audience.
#[derive(SimpleObject)]
pub struct PreviewAudiencePayload {
    /// The audience; null when there are errors.
    preview: Option<AudiencePreview>,
    /// The errors of the input; empty on success.
    errors: Vec<UserError>,
}

/// The mutations of scheduled statuses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "ScheduledStatusesMutation")]
impl Mutation {
    /// Schedules a status. On the Free plan 3 statuses may wait, on Premium 100; videos and audience lists need
    /// Premium.
    async fn schedule_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The content, time and audience.")] input: ScheduleStatusInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let schedule = move |(id, plan)| service.schedule(AccountRef { id, user }, plan);
        payload(ctx, with(input.parse(), schedule).await)
    }

    /// Changes a status that waits for its time: every field that the input names, or none. A status that is
    /// `PUBLISHING` can no longer be changed (`CONFLICT`).
    async fn update_scheduled_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateScheduledStatusInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let update = move |(id, change)| service.update(user, id, change);
        payload(ctx, with(input.parse(), update).await)
    }

    /// Cancels a status that waits for its time, and removes its picture or video. A status that is `PUBLISHING` can be
    /// cancelled as long as it has not begun to leave, because its account is offline, say; then no more (`CONFLICT`).
    async fn cancel_scheduled_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The status to cancel.")] input: ScheduledStatusIdInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        payload(ctx, with(input.parse(), move |id| service.cancel(user, id)).await)
    }

    /// Deletes a published status for everyone, within 24 hours of its publication. Returns at once with
    /// `isBeingDeleted`; the subscription `scheduledStatusChanged` reports the outcome.
    async fn delete_published_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The status to delete.")] input: ScheduledStatusIdInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let delete = move |id| service.delete_published(user, id);
        payload(ctx, with(input.parse(), delete).await)
    }

    /// Shows the people who would see a status with this audience if it were published now. Changes nothing.
    async fn preview_audience(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The audience.")] input: AudienceInput,
    ) -> Result<PreviewAudiencePayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let previewed = with(input.parse(), move |(account, audience)| async move {
            service.preview(user, account, &audience).await
        });
        let (preview, errors) = match previewed.await {
            Ok(preview) => (Some(AudiencePreview(preview)), Vec::new()),
            Err(error) => (None, vec![refused(ctx, error)?]),
        };
        Ok(PreviewAudiencePayload { preview, errors })
    }
}

/// Runs `act` on an input that was parsed.
async fn with<T, O, F>(
    input: Result<T, Refusal>,
    act: impl FnOnce(T) -> F,
) -> Result<O, ScheduledStatusesError>
where
    F: Future<Output = Result<O, ScheduledStatusesError>>,
{
    match input {
        Ok(input) => act(input).await,
        Err(refusal) => Err(refusal.into()),
    }
}

fn payload(
    ctx: &Context<'_>,
    done: Result<PlannedStatus, ScheduledStatusesError>,
) -> Result<ScheduledStatusPayload> {
    let (status, errors) = match done {
        Ok(status) => (Some(ScheduledStatus(status)), Vec::new()),
        Err(error) => (None, vec![refused(ctx, error)?]),
    };
    Ok(ScheduledStatusPayload {
        scheduled_status: status,
        errors,
    })
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
