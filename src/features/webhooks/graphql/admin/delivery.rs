use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::hosts::Failing;
use crate::features::schema::user_id_for_admins;
use crate::features::webhooks::AdminWebhookDeliveryId;
use crate::features::webhooks::model::{AttemptFailureReason, DeliveryState};
use crate::graphql::{Entity, PageCursor};
use crate::hub::EventKind;

/// Delivery of an event to a webhook endpoint of any user, as admins see it, which was refused at least once.
#[derive(Debug, Clone)]
pub struct AdminWebhookDelivery(pub Failing);

/// Delivery of an event to a webhook endpoint of any user, as admins see it, which was refused at least once.
#[Object]
impl AdminWebhookDelivery {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AdminWebhookDeliveryId::from(self.0.row.id.as_uuid()).to_global())
    }

    /// Id of the `AdminUser` who owns the endpoint.
    async fn user_id(&self) -> ID {
        user_id_for_admins(self.0.row.user_id)
    }

    /// Host of the endpoint's URL; null when the endpoint was deleted meanwhile.
    async fn endpoint_host(&self) -> Option<&str> {
        self.0.host.as_deref()
    }

    /// Kind of the event; null for a kind that this version no longer has.
    async fn kind(&self) -> Option<EventKind> {
        EventKind::parse(&self.0.row.kind)
    }

    /// State of the delivery: `PENDING` while it is tried again, `FAILED` when it was given up.
    async fn state(&self) -> DeliveryState {
        self.0.row.state
    }

    /// Number of attempts.
    async fn attempt_count(&self) -> i32 {
        self.0.row.tries
    }

    /// Time of the latest attempt; null when it is not kept any more.
    async fn attempted_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.attempted_at
    }

    /// HTTP status of the response to the latest attempt; null when there was no response.
    async fn status(&self) -> Option<i32> {
        self.0.row.status
    }

    /// Reason for which the latest attempt got no response; null when it got one.
    async fn failure_reason(&self) -> Option<AttemptFailureReason> {
        self.0.row.failure
    }

    /// Time of the event.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.row.occurred_at
    }

    /// Time of the next attempt; null unless the state is `PENDING`.
    async fn next_try_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.next_try_at
    }

    /// Time at which the delivery was given up; null while the state is `PENDING`.
    async fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.settled_at
    }
}

impl Entity for AdminWebhookDelivery {
    type Id = AdminWebhookDeliveryId;
    type Row = Failing;
    const NAME: &'static str = "webhook delivery";

    fn of(_: &Context<'_>, row: Failing) -> Self {
        Self(row)
    }
}

impl AdminWebhookDelivery {
    /// Cursor of its position in the list of all failing deliveries.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.row.occurred_at,
            id: self.0.row.id.into(),
        }
    }
}
