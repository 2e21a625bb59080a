use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::model::{Attempt, Delivery, DeliveryState, DisabledReason, Endpoint};
use super::super::service::WebhooksService;
use super::super::store::DeliveryQuery;
use super::failed;
use super::loaders::AttemptsOf;
use crate::features::schema::Account;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::{Connection, Cursor, Entity, Link, PageArguments, PageCursor, find, viewer};
use crate::hub::EventKind;

/// Server of the user's that receives events.
#[derive(Debug, Clone)]
pub struct WebhookEndpoint(pub Endpoint);

/// Server of the user's that receives events.
#[Object]
impl WebhookEndpoint {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// URL that is called.
    async fn url(&self) -> Link {
        self.0.url.clone().into()
    }

    /// The owner's note on it.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Kinds of events that it receives; null for all.
    async fn kinds(&self) -> Option<&[EventKind]> {
        self.0.wants.kinds.as_deref()
    }

    /// Accounts whose events are sent, without deleted ones; null for all, and for events of no account.
    async fn accounts(&self, ctx: &Context<'_>) -> Result<Option<Vec<Account>>> {
        let Some(ids) = &self.0.wants.accounts else {
            return Ok(None);
        };
        let found = ids.iter().map(|id| Account::find(ctx, *id));
        let found = futures::future::try_join_all(found).await?;
        Ok(Some(found.into_iter().flatten().collect()))
    }

    /// True while it is enabled.
    async fn is_enabled(&self) -> bool {
        self.0.disabled.is_none()
    }

    /// Reason for which it is disabled; null while it is enabled.
    async fn disabled_reason(&self) -> Option<DisabledReason> {
        self.0.disabled
    }

    /// Time since which every request failed; null when the last one succeeded, or there was none. After three days
    /// the endpoint is disabled.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing.map(|failing| failing.since)
    }

    /// Time until which requests are also signed with the previous secret; null when it was never changed.
    async fn previous_secret_expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.previous.as_ref().map(|(_, until)| *until)
    }

    /// Time at which it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Deliveries to it, newest event first, kept for 30 days. No event announces their changes: query again.
    /// Null only when an argument is wrong.
    async fn deliveries(
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
        #[graphql(desc = "Filter of deliveries; all when absent.")] filter: Option<WebhookDeliveryFilter>,
    ) -> Result<Option<Connection<WebhookDelivery>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("deliveries")?;
        let query = filter.map(WebhookDeliveryFilter::parse).unwrap_or_default();
        let (user, service) = (viewer(ctx)?.user, ctx.data_unchecked::<WebhooksService>());
        let found = service.deliveries(user, self.0.id, page, &query).await;
        let found = found.map_err(|e| failed(ctx, e))?;
        let items = found.into_iter().map(WebhookDelivery).collect();
        Ok(Some(Connection::of(page, items, WebhookDelivery::page_cursor)))
    }
}

impl Entity for WebhookEndpoint {
    type Id = WebhookEndpointId;
    type Row = Endpoint;
    const NAME: &'static str = "webhook endpoint";

    fn of(_: &Context<'_>, row: Endpoint) -> Self {
        Self(row)
    }
}

/// Filter of deliveries. An absent field, null or an empty list filters nothing out.
#[derive(Debug, InputObject)]
pub struct WebhookDeliveryFilter {
    /// States to include.
    states: Option<Vec<DeliveryState>>,
    /// Kinds of events to include.
    kinds: Option<Vec<EventKind>>,
    /// Earliest time of the event, inclusive.
    from: Option<DateTime<Utc>>,
    /// Latest time of the event, exclusive.
    to: Option<DateTime<Utc>>,
}

impl WebhookDeliveryFilter {
    fn parse(self) -> DeliveryQuery {
        DeliveryQuery {
            states: self.states.filter(|states| !states.is_empty()),
            kinds: self.kinds.filter(|kinds| !kinds.is_empty()),
            from: self.from,
            to: self.to,
        }
    }
}

/// Delivery of an event to a webhook endpoint.
#[derive(Debug, Clone)]
pub struct WebhookDelivery(pub Delivery);

/// Delivery of an event to a webhook endpoint.
#[Object]
impl WebhookDelivery {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Endpoint that it is sent to.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<WebhookEndpoint> {
        WebhookEndpoint::load(ctx, self.0.endpoint).await
    }

    /// Value of the `webhook-id` header, the same at every try.
    async fn webhook_id(&self) -> String {
        self.0.message_id()
    }

    /// State of the delivery.
    async fn state(&self) -> DeliveryState {
        self.0.state
    }

    /// The event's kind: the `type` that is sent.
    async fn kind(&self) -> EventKind {
        self.0.event.kind
    }

    /// The event's number in the user's sequence.
    async fn sequence(&self) -> i64 {
        self.0.sequence
    }

    /// Cursor of the event; pass it as `after` to receive the events that follow it.
    async fn cursor(&self) -> Cursor {
        Cursor::of_event(self.0.sequence)
    }

    /// The account it happened to; null when to none, or to one that is gone.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.event.account {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Subject: the `subjectId` that is sent, for `node(id:)`; null where it is gone and its type with it, as after
    /// `KEPT_ITEM_REMOVED`.
    async fn subject_id(&self) -> Option<ID> {
        self.0.event.subject_id().map(ID)
    }

    /// Time at which it happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.event.occurred_at
    }

    /// Time at which it was queued.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time of the next try, if it is the first of its account; null unless `PENDING`.
    async fn next_try_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_try_at
    }

    /// Time at which it was accepted or given up; null while `PENDING`.
    async fn settled_at(&self) -> Option<DateTime<Utc>> {
        self.0.settled_at
    }

    /// Attempts at the delivery, oldest first.
    async fn attempts(&self, ctx: &Context<'_>) -> Result<Vec<WebhookAttempt>> {
        let found = find(ctx, AttemptsOf(self.0.id)).await?.unwrap_or_default();
        Ok(found.into_iter().map(WebhookAttempt::from).collect())
    }
}

impl Entity for WebhookDelivery {
    type Id = WebhookDeliveryId;
    type Row = Delivery;
    const NAME: &'static str = "delivery";

    fn of(_: &Context<'_>, row: Delivery) -> Self {
        Self(row)
    }
}

impl WebhookDelivery {
    /// Cursor of its position in the log, which is in the order of the events' numbers.
    fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.event.occurred_at,
            id: Uuid::from_u128(u128::try_from(self.0.sequence).unwrap_or(0)),
        }
    }
}

/// Attempt: one request to a webhook endpoint.
#[derive(Debug, Clone, SimpleObject)]
pub struct WebhookAttempt {
    /// Time of the try.
    attempted_at: DateTime<Utc>,
    /// Duration, in milliseconds.
    duration_ms: i32,
    /// True when it was accepted: the status is 200 to 299.
    is_success: bool,
    /// The HTTP status; null when there was no answer.
    status: Option<i32>,
    /// Reason for which there was no response, in English; null when there was one.
    error: Option<String>,
    /// The first 1024 bytes of the answer; null when there were none.
    response: Option<String>,
}

impl From<Attempt> for WebhookAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            attempted_at: attempt.at,
            duration_ms: attempt.duration_ms,
            is_success: attempt.is_success(),
            status: attempt.answer.as_ref().ok().map(|status| i32::from(*status)),
            error: attempt.answer.err(),
            response: attempt.response,
        }
    }
}
