//! A scheduled status in the GraphQL schema.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::audience::StatusAudience;
use super::content::{LocalPublishTime, ScheduledStatusContent};
use super::loaders::{ObstacleOf, ViewerPage, ViewersOf};
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::failure::{DeletionFailureReason, FailureReason};
use crate::features::scheduled_statuses::model::{Kind, PlannedStatus, State};
use crate::features::scheduled_statuses::obstacle::Obstacle;
use crate::features::schema::{Account, Status, StatusViewer, published_status};
use crate::graphql::{Connection, Cursor, Entity, List, PageArguments, PageCursor, find, total_if_wanted};

/// A status of the owner that is published at a planned time.
#[derive(Debug, Clone)]
pub struct ScheduledStatus(pub PlannedStatus);

/// A status of the owner that is published at a planned time.
#[Object]
impl ScheduledStatus {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that publishes the status.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// The kind of the content.
    async fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The content.
    async fn content(&self) -> ScheduledStatusContent {
        (&self.0).into()
    }

    /// The people who see the status.
    async fn audience(&self) -> StatusAudience {
        StatusAudience(self.0.audience.clone())
    }

    /// The planned time of publication.
    async fn publish_at(&self) -> DateTime<Utc> {
        self.0.publish_at
    }

    /// The planned time of publication by the clock of its time zone, in the form in which the input takes it.
    async fn publish_at_local(&self) -> LocalPublishTime {
        (&self.0).into()
    }

    /// The state. It is `PUBLISHED` only after WhatsApp accepted the status.
    async fn state(&self) -> State {
        self.0.state
    }

    /// The reason for which the status was not published; null unless `FAILED` or `MISSED`.
    async fn failure_reason(&self) -> Option<FailureReason> {
        self.0.failure.as_ref().map(|failure| failure.reason)
    }

    /// The explanation of `failureReason` in English; null unless `FAILED` or `MISSED`.
    async fn failure_message(&self) -> Option<&str> {
        self.0.failure.as_ref().map(|failure| failure.message.as_str())
    }

    /// WhatsApp's code for the failure, such as 463; null when WhatsApp gave none.
    async fn failure_whatsapp_code(&self) -> Option<i32> {
        self.0.failure.as_ref().and_then(|failure| failure.code)
    }

    /// The reason for which the status cannot be published now. The status is `MISSED` when the reason lasts for 15
    /// minutes after the planned time. Null when nothing stands in the way, and when the status waits no more.
    async fn blocked_reason(&self, ctx: &Context<'_>) -> Result<Option<Obstacle>> {
        self.obstacle(ctx).await
    }

    /// The explanation of `blockedReason` in English, with what removes it; null when `blockedReason` is.
    async fn blocked_message(&self, ctx: &Context<'_>) -> Result<Option<&'static str>> {
        Ok(self.obstacle(ctx).await?.map(Obstacle::in_words))
    }

    /// The time at which the status was scheduled.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The time at which WhatsApp accepted the status; null unless `PUBLISHED`.
    async fn published_at(&self) -> Option<DateTime<Utc>> {
        self.0.published_at
    }

    /// The time at which WhatsApp stops showing the status: a day after it was published. Null unless `PUBLISHED`.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at()
    }

    /// The status as contacts see it, with its viewers; null before WhatsApp accepted it, and when it is no longer kept.
    async fn status(&self, ctx: &Context<'_>) -> Result<Option<Status>> {
        match (self.0.state, &self.0.wa_id) {
            (State::Published, Some(wa_id)) => published_status(ctx, self.0.account, wa_id).await,
            _ => Ok(None),
        }
    }

    /// Number of people to whom the status was sent, without the owner; null before it is `PUBLISHING`.
    async fn audience_size(&self) -> Option<i32> {
        self.0.audience_size
    }

    /// Number of people who viewed the status. People with read receipts turned off are not counted.
    async fn viewer_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let count = find(ctx, ViewersOf(self.0.id)).await?.unwrap_or(0);
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// The people who viewed the status, latest first. Null, with an error, when an argument is wrong.
    async fn viewers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
    ) -> Result<Option<Connection<StatusViewer>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page(List::of("viewers", self.0.id))?;
        let key = ViewerPage {
            status: self.0.id,
            page: page.of_any_parent(),
        };
        let views = find(ctx, key).await?.unwrap_or_default();
        let items = views.into_iter().map(StatusViewer);
        let total = total_if_wanted(ctx, find(ctx, ViewersOf(self.0.id))).await?;
        let total = total.map(Option::unwrap_or_default);
        Ok(Some(
            Connection::of(&page, items.collect(), StatusViewer::page_cursor).counted(total),
        ))
    }

    /// True while the deletion of the published status is on its way to WhatsApp; an event reports the outcome.
    async fn is_being_deleted(&self) -> bool {
        self.0.is_being_deleted()
    }

    /// The reason for which the last deletion failed; null when none failed. The deletion can be tried again.
    async fn deletion_failure_reason(&self) -> Option<DeletionFailureReason> {
        self.0.deletion_failure.as_ref().map(|failure| failure.reason)
    }

    /// The explanation of `deletionFailureReason` in English; null when no deletion failed.
    async fn deletion_failure_message(&self) -> Option<&str> {
        self.0
            .deletion_failure
            .as_ref()
            .map(|failure| failure.message.as_str())
    }

    /// WhatsApp's code for the failed deletion; null when WhatsApp gave none.
    async fn deletion_failure_whatsapp_code(&self) -> Option<i32> {
        self.0.deletion_failure.as_ref().and_then(|failure| failure.code)
    }

    /// The time at which the published status was deleted for everyone; null when it was not.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }
}

impl Entity for ScheduledStatus {
    type Id = ScheduledStatusId;
    type Row = PlannedStatus;
    const NAME: &'static str = "scheduled status";

    fn of(_: &Context<'_>, row: PlannedStatus) -> Self {
        Self(row)
    }
}

impl ScheduledStatus {
    async fn obstacle(&self, ctx: &Context<'_>) -> Result<Option<Obstacle>> {
        match self.0.state {
            State::Scheduled | State::Publishing => find(ctx, ObstacleOf(self.0.account)).await,
            State::Published | State::Failed | State::Cancelled | State::Missed => Ok(None),
        }
    }

    /// The position of the status in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.publish_at,
            id: self.0.id.into(),
        }
    }
}
