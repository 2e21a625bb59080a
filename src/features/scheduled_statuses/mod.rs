//! Statuses of the owner that are published at a planned time, each once.
//!
//! ```text
//! schedule -> SCHEDULED, and a job at its time -> the job: audience resolved, outbox, PUBLISHING (one transaction)
//!                |                                   |
//!             CANCELLED                              +-- WhatsApp's ack -> PUBLISHED, viewers counted, may be deleted
//!                                                    +-- refused -> FAILED
//!                                                    +-- not sent within the grace -> taken back, MISSED
//! ```
//!
//! A status whose account cannot publish (unlinked, logged out, paused and the like) stays SCHEDULED with that reason: it
//! is published when the account is online again within the grace, and MISSED after it.
//!
//! A row is locked before its state is read, so of a publication and a cancellation exactly one wins. The outbox
//! chooses WhatsApp's id before it sends, so a crash never leads to a second post. The content and the audience are
//! stored encrypted.

mod audience;
mod change;
mod checks;
mod content;
mod error;
mod events;
mod expiry;
mod exported;
mod failure;
mod graphql;
mod ids;
mod model;
mod notices;
mod obstacle;
mod publish;
mod service;
mod store;
mod time;
mod unrecorded;

pub use audience::{Audience, AudienceError, MAX_CONTACTS, NewAudience, ReachableAudience};
pub use change::{ContentChange, NewContent, NewStatus, StatusChange};
pub use content::{Colour, Content, ContentError, StatusFont, TextContent};
pub use error::{Refusal, Refusals, ScheduledStatusesError};
pub use failure::{DeletionFailureReason, Failure, FailureReason};
pub use graphql::ScheduledStatusEvent;
pub use graphql::{
    AccountFields, AudiencePreview, CancelScheduledStatusInput, CancelScheduledStatusPayload,
    DeletePublishedStatusInput, DeletePublishedStatusPayload, LocalPublishTime, LocalPublishTimeInput,
    MediaStatus, MediaStatusInput, Mutation, PublishTimeInput, ScheduleStatusInput, ScheduleStatusPayload,
    ScheduledStatus, ScheduledStatusContent, ScheduledStatusContentInput, ScheduledStatusFilter,
    StatusAudience, StatusAudienceInput, TextStatus, TextStatusInput, UpdateScheduledStatusContentInput,
    UpdateScheduledStatusInput, UpdateScheduledStatusPayload, ViewerFields,
};
pub use ids::ScheduledStatusId;
pub use model::{Kind, PlannedStatus, State};
pub use obstacle::Obstacle;
pub use publish::Publish;
pub use service::ScheduledStatusesService;
pub use store::{Order, ScheduledStatusQuery, find_by_media, find_publishers};
pub use time::{OutOfRange, PlannedTime, PublishTime, PublishTimeError};
pub use unrecorded::record_unrecorded;

use std::sync::Arc;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use self::store::statuses;
use crate::event::{Event, LinkEvent};
use crate::features::{EventContext, ExportedTable, Feature, FeatureError, Parts};
use crate::id::{AccountId, UserId};
use crate::jobs::Handler;
use crate::notices::NoticeType;
use crate::plan::Limit;
use crate::retention::Expires;
use crate::work::Work;

/// Statuses that are published at a planned time.
#[derive(Debug)]
pub struct ScheduledStatuses;

#[async_trait]
impl Feature for ScheduledStatuses {
    fn name(&self) -> &'static str {
        "scheduled_statuses"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    async fn on_event(&self, cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError> {
        match event {
            Event::Send(send) => events::settle(cx, send).await?,
            Event::Receipt(receipt) => events::count_viewers(cx, receipt).await?,
            Event::Link(LinkEvent::Online) => events::take_up_overdue(cx).await?,
            Event::Link(_)
            | Event::Message(_)
            | Event::Contact(_)
            | Event::NumberChange(_)
            | Event::Mute(_)
            | Event::Group(_)
            | Event::Timer(_)
            | Event::Pause(_) => {}
        }
        Ok(())
    }

    async fn count_waiting(&self, work: &mut Work, account: AccountId) -> Result<i64, FeatureError> {
        let counts = statuses::count_waiting(work, &[account]).await?;
        Ok(counts.into_iter().map(|(_, count)| count).sum())
    }

    async fn limited(&self, conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Option<(Limit, i64)>> {
        let waiting = statuses::count_pending(conn, user).await?;
        Ok(Some((Limit::ScheduledStatuses, waiting)))
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[
            &notices::StatusPublished,
            &notices::StatusMissed,
            &notices::StatusFailed,
        ]
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(Publish {
            core: parts.core.clone(),
            grace: parts.status_grace,
        })]
    }
}
