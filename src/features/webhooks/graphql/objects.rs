use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::model::{Attempt, AttemptFailureReason, Delivery, DeliveryState, DisabledReason, Endpoint};
use super::super::service::WebhooksService;
use super::super::store::DeliveryQuery;
use super::loaders::AttemptsOf;
use crate::features::schema::Account;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::{
    Connection, Cursor, Entity, Link, List, PageArguments, PageCursor, find, internal, total_if_wanted,
    viewer,
};
use crate::hub::EventKind;

/// Server of the viewer's that receives events. Each event is sent as a POST of JSON, signed as Standard Webhooks specifies
/// (`webhook-id`, `webhook-timestamp`, `webhook-signature`):
/// `{"type", "timestamp", "data": {"eventId", "sequence", "cursor", "accountId", "subjectId", "occurredAt"}}`. `type` is an
/// `EventKind`, or `TEST`; `timestamp` and `occurredAt` are the time of the event in RFC 3339; `eventId` is unique to the
/// event, the same for every endpoint; `sequence` is its number, and `cursor` its place for `events(after:)`; `accountId` is
/// the id of the account, null for an event of no account; `subjectId` is the id of the changed thing for `node(id:)`, null
/// where the kind does not say the type of the thing. Respond with a status of 200 to 299 to accept an event. Events of one
/// account come in order, each at least once, with a `webhook-id` that stays the same.
#[derive(Debug, Clone)]
pub struct WebhookEndpoint(pub Endpoint);

/// Server of the viewer's that receives events. Each event is sent as a POST of JSON, signed as Standard Webhooks specifies
/// (`webhook-id`, `webhook-timestamp`, `webhook-signature`):
/// `{"type", "timestamp", "data": {"eventId", "sequence", "cursor", "accountId", "subjectId", "occurredAt"}}`. `type` is an
/// `EventKind`, or `TEST`; `timestamp` and `occurredAt` are the time of the event in RFC 3339; `eventId` is unique to the
/// event, the same for every endpoint; `sequence` is its number, and `cursor` its place for `events(after:)`; `accountId` is
/// the id of the account, null for an event of no account; `subjectId` is the id of the changed thing for `node(id:)`, null
/// where the kind does not say the type of the thing. Respond with a status of 200 to 299 to accept an event. Events of one
/// account come in order, each at least once, with a `webhook-id` that stays the same.
#[Object]
impl WebhookEndpoint {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// URL that is called.
    async fn url(&self) -> Link {
        self.0.url.clone().into()
    }

    /// Note on the endpoint; null when the viewer gave none.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Kinds of events that are sent; null for all kinds, future ones too.
    async fn kinds(&self) -> Option<&[EventKind]> {
        self.0.wants.kinds.as_deref()
    }

    /// Accounts whose events are sent, without removed ones; null for all accounts, and events of no account.
    async fn accounts(&self, ctx: &Context<'_>) -> Result<Option<Vec<Account>>> {
        let Some(ids) = &self.0.wants.accounts else {
            return Ok(None);
        };
        let found = ids.iter().map(|id| Account::find(ctx, *id));
        let found = futures::future::try_join_all(found).await?;
        Ok(Some(found.into_iter().flatten().collect()))
    }

    /// True while events are sent to the endpoint.
    async fn is_enabled(&self) -> bool {
        self.0.disabled.is_none()
    }

    /// Reason for which the endpoint is disabled; null while it is enabled.
    async fn disabled_reason(&self) -> Option<DisabledReason> {
        self.0.disabled
    }

    /// Time since which every request to the endpoint failed; null when the last request succeeded, or there was none.
    /// After three days the endpoint is disabled.
    async fn failing_since(&self) -> Option<DateTime<Utc>> {
        self.0.failing.map(|failing| failing.since)
    }

    /// Time until which requests are also signed with the previous secret; null when the secret was never changed.
    async fn previous_secret_expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.previous.as_ref().map(|(_, until)| *until)
    }

    /// Time at which the endpoint was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Deliveries to the endpoint, newest event first, kept for 30 days. No event announces their changes: query again.
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
        #[graphql(desc = "Filter of the deliveries; all when absent.")] filter: Option<WebhookDeliveryFilter>,
    ) -> Result<Option<Connection<WebhookDelivery>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page(List::of("deliveries", self.0.id))?;
        let query = filter.map(WebhookDeliveryFilter::parse).unwrap_or_default();
        let (user, service) = (viewer(ctx)?.user, ctx.data_unchecked::<WebhooksService>());
        let found = service.deliveries(user, self.0.id, page, &query).await;
        let found = found.map_err(|e| internal(ctx, e))?;
        let total = total_if_wanted(ctx, service.count_deliveries(user, self.0.id, &query)).await;
        let total = total.map_err(|e| internal(ctx, e))?;
        let items = found.into_iter().map(WebhookDelivery).collect();
        Ok(Some(
            Connection::of(&page, items, WebhookDelivery::page_cursor).counted(total),
        ))
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

/// Filter of webhook deliveries. A field that is absent or null filters nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct WebhookDeliveryFilter {
    /// States of deliveries to include.
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
            states: self.states,
            kinds: self.kinds,
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
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Endpoint that the event is sent to.
    async fn endpoint(&self, ctx: &Context<'_>) -> Result<WebhookEndpoint> {
        WebhookEndpoint::load(ctx, self.0.endpoint).await
    }

    /// Value of the `webhook-id` header, the same in every attempt.
    async fn webhook_id(&self) -> String {
        self.0.message_id()
    }

    /// State of the delivery.
    async fn state(&self) -> DeliveryState {
        self.0.state
    }

    /// Kind of the event: the `type` that is sent.
    async fn kind(&self) -> EventKind {
        self.0.event.kind
    }

    /// Number of the event in the viewer's sequence of events.
    async fn sequence(&self) -> i64 {
        self.0.sequence
    }

    /// Cursor of the event. Pass it as `after` to `events` to receive the events that follow.
    async fn cursor(&self) -> Cursor {
        Cursor::of_event(self.0.sequence)
    }

    /// Account of the event; null when the event is of no account, or of a removed one.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.event.account {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Id of the changed thing, for `node(id:)`: the `subjectId` that is sent. Null where the kind of the event does not
    /// say the type of the thing.
    async fn subject_id(&self) -> Option<ID> {
        self.0.event.subject_id().map(ID)
    }

    /// Time of the event.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.event.occurred_at
    }

    /// Time at which the delivery was queued.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time of the next attempt, once earlier deliveries of the same account are settled; null unless the state is
    /// `PENDING`.
    async fn next_try_at(&self) -> Option<DateTime<Utc>> {
        self.0.next_try_at
    }

    /// Time at which the delivery was accepted or given up; null while the state is `PENDING`.
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
    const NAME: &'static str = "webhook delivery";

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

/// One HTTP request to a webhook endpoint.
#[derive(Debug, Clone, SimpleObject)]
pub struct WebhookAttempt {
    /// Time at which the HTTP request was sent.
    attempted_at: DateTime<Utc>,
    /// Time from the request to the response or the failure, in milliseconds.
    duration_ms: i32,
    /// True when the endpoint accepted the event: the status is 200 to 299.
    is_success: bool,
    /// HTTP status of the response; null when there was no response.
    status: Option<i32>,
    /// Reason for which there was no response; null when there was one.
    failure_reason: Option<AttemptFailureReason>,
    /// Reason for which there was no response, in English; null when there was one.
    failure_message: Option<String>,
    /// First 1024 bytes of the response's body, as text; null when the body was empty, or there was no response.
    response: Option<String>,
}

impl From<Attempt> for WebhookAttempt {
    fn from(attempt: Attempt) -> Self {
        let is_success = attempt.is_success();
        let (status, failure) = match attempt.answer {
            Ok(status) => (Some(i32::from(status)), None),
            Err(failure) => (None, Some(failure)),
        };
        Self {
            attempted_at: attempt.at,
            duration_ms: attempt.duration_ms,
            is_success,
            status,
            failure_reason: failure.as_ref().map(|failure| failure.reason),
            failure_message: failure.map(|failure| failure.message),
            response: attempt.response,
        }
    }
}
