use async_graphql::{Context, Object, Result, SimpleObject};

use super::super::audience::Preview;
use super::super::model::Planned;
use super::super::refusal::{Refusal, ScheduledStatusesError};
use super::super::service::ScheduledStatusesService;
use super::input::{AudienceInput, ScheduleStatusInput, ScheduledStatusIdInput, UpdateScheduledStatusInput};
use super::object::{ScheduledStatus, load_contacts};
use super::refused;
use crate::account::AccountRef;
use crate::features::schema::Contact;
use crate::graphql::{UserError, viewer};

/// A scheduled status after a mutation, or what was wrong.
#[derive(SimpleObject)]
pub struct ScheduledStatusPayload {
    /// The status as it is now; null when nothing was done.
    scheduled_status: Option<ScheduledStatus>,
    /// What was wrong; empty when all was well.
    errors: Vec<UserError>,
}

/// Who would see a status if it were published now.
#[derive(Debug, Clone)]
pub struct AudiencePreview(Preview);

/// Who would see a status if it were published now. Its audience is looked up anew when it is published.
#[Object]
impl AudiencePreview {
    /// How many people, without the owner, who sees it in any case.
    async fn count(&self) -> i32 {
        number(self.0.count)
    }

    /// The first 50 of them, by name.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.contacts).await
    }

    /// How many of them are known by phone number alone. Whether those are on WhatsApp is asked when the status is
    /// published; whoever is not is left out then.
    async fn unconfirmed_count(&self) -> i32 {
        number(self.0.unconfirmed_count)
    }

    /// The first 50 of those, by name.
    async fn unconfirmed(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        load_contacts(ctx, &self.0.unconfirmed).await
    }
}

/// Who would see a status, or what was wrong.
#[derive(SimpleObject)]
pub struct PreviewAudiencePayload {
    /// Who would see it; null when that could not be told.
    preview: Option<AudiencePreview>,
    /// What was wrong; empty when all was well.
    errors: Vec<UserError>,
}

/// What users do with scheduled statuses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "ScheduledStatusesMutation")]
impl Mutation {
    /// Plans a status. On the Free plan 3 may wait, on Premium 100; videos and audience lists are Premium's.
    async fn schedule_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, when and for whom.")] input: ScheduleStatusInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let schedule = move |(id, plan)| service.schedule(AccountRef { id, user }, plan);
        payload(ctx, with(input.parse(), schedule).await)
    }

    /// Changes a status that waits for its time: all that the input names, or nothing. Once it is `PUBLISHING` it can no
    /// longer be changed (`CONFLICT`).
    async fn update_scheduled_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateScheduledStatusInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let update = move |(id, change)| service.update(user, id, change);
        payload(ctx, with(input.parse(), update).await)
    }

    /// Calls a status off that waits for its time; its picture or video is removed. Once it is `PUBLISHING` it can no longer
    /// be called off (`CONFLICT`).
    async fn cancel_scheduled_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which status.")] input: ScheduledStatusIdInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        payload(ctx, with(input.parse(), move |id| service.cancel(user, id)).await)
    }

    /// Deletes a published status for everyone, within its 24 hours. Answers at once with `isBeingDeleted`; what comes of it
    /// is told by `scheduledStatusChanged`.
    async fn delete_published_status(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which status.")] input: ScheduledStatusIdInput,
    ) -> Result<ScheduledStatusPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let delete = move |id| service.delete_published(user, id);
        payload(ctx, with(input.parse(), delete).await)
    }

    /// Tells who would see a status with this audience if it were published now. Changes nothing.
    async fn preview_audience(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which audience.")] input: AudienceInput,
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

/// Does something with an input that could be read.
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
    done: Result<Planned, ScheduledStatusesError>,
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
