use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::super::model::{Delivery, DeliveryState};
use super::super::ordered_queue::OrderedQueue;
use crate::db::KeepPrepared as _;
use crate::db::schema::webhook_deliveries as table;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::{Page, count_rows};
use crate::hub::{EventKind, NewEvent};
use crate::id::{AccountId, UserId};
use crate::work::Work;

/// Maximum number of rows in one statement: PostgreSQL takes 65,535 values in one.
const ROWS_AT_ONCE: usize = 1000;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: WebhookDeliveryId,
    endpoint_id: WebhookEndpointId,
    sequence: i64,
    kind: String,
    account_id: Option<AccountId>,
    subject_id: Uuid,
    occurred_at: DateTime<Utc>,
    state: DeliveryState,
    is_alone: bool,
    tries: i32,
    next_try_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
}

impl Row {
    /// The delivery; none of a kind of event that no longer exists.
    fn read(self) -> Option<Delivery> {
        let kind = EventKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == self.kind)?;
        Some(Delivery {
            id: self.id,
            endpoint: self.endpoint_id,
            sequence: self.sequence,
            event: NewEvent {
                kind,
                account: self.account_id,
                subject: self.subject_id,
                occurred_at: self.occurred_at,
            },
            state: self.state,
            is_alone: self.is_alone,
            tries: self.tries,
            next_try_at: self.next_try_at,
            created_at: self.created_at,
            settled_at: self.settled_at,
        })
    }
}

/// Writes new deliveries. One that is there already stays as it is.
pub(in crate::features::webhooks) async fn insert_deliveries(
    work: &mut Work,
    deliveries: &[Delivery],
) -> QueryResult<()> {
    for some in deliveries.chunks(ROWS_AT_ONCE) {
        let rows: Vec<_> = some.iter().map(|delivery| values(work.user, delivery)).collect();
        diesel::insert_into(table::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(work)
            .await?;
    }
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = table)]
struct NewRow {
    id: WebhookDeliveryId,
    user_id: UserId,
    endpoint_id: WebhookEndpointId,
    sequence: i64,
    kind: &'static str,
    account_id: Option<AccountId>,
    subject_id: Uuid,
    occurred_at: DateTime<Utc>,
    state: DeliveryState,
    next_try_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    settled_at: Option<DateTime<Utc>>,
}

fn values(user: UserId, delivery: &Delivery) -> NewRow {
    NewRow {
        id: delivery.id,
        user_id: user,
        endpoint_id: delivery.endpoint,
        sequence: delivery.sequence,
        kind: delivery.event.kind.as_str(),
        account_id: delivery.event.account,
        subject_id: delivery.event.subject,
        occurred_at: delivery.event.occurred_at,
        state: delivery.state,
        next_try_at: delivery.next_try_at,
        created_at: delivery.created_at,
        settled_at: delivery.settled_at,
    }
}

/// The first of a queue that wait, in order. One of a kind that only a newer version knows is passed over, and holds
/// up nothing.
pub(in crate::features::webhooks) async fn next_in_queue(
    conn: &mut AsyncPgConnection,
    queue: &OrderedQueue,
    most: i64,
) -> QueryResult<Vec<Delivery>> {
    let waiting = table::table
        .filter(table::endpoint_id.eq(queue.endpoint))
        .filter(table::state.eq(DeliveryState::Pending))
        .filter(table::is_alone.eq(false))
        .filter(table::kind.eq_any(EventKind::ALL.map(EventKind::as_str)))
        .order(table::sequence)
        .limit(most)
        .select(Row::as_select())
        .into_boxed();
    // Not `IS NOT DISTINCT FROM`, which no index answers.
    let waiting = match queue.account {
        Some(account) => waiting.filter(table::account_id.eq(account)),
        None => waiting.filter(table::account_id.is_null()),
    };
    let rows: Vec<Row> = waiting.load(conn).await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Number of an endpoint's deliveries that wait in order, `most` at most.
pub(in crate::features::webhooks) async fn count_waiting(
    conn: &mut AsyncPgConnection,
    endpoint: WebhookEndpointId,
    most: i64,
) -> QueryResult<i64> {
    let waiting = table::table
        .filter(table::endpoint_id.eq(endpoint))
        .filter(table::state.eq(DeliveryState::Pending))
        .filter(table::is_alone.eq(false))
        .select(diesel::IntoSql::into_sql::<Integer>(1))
        .limit(most);
    let rows: Vec<i32> = waiting.load(conn).await?;
    Ok(i64::try_from(rows.len()).unwrap_or(most))
}

/// Number of an endpoint's deliveries that wait out of the order.
pub(in crate::features::webhooks) async fn count_alone(
    conn: &mut AsyncPgConnection,
    endpoint: WebhookEndpointId,
) -> QueryResult<i64> {
    table::table
        .filter(table::endpoint_id.eq(endpoint))
        .filter(table::state.eq(DeliveryState::Pending))
        .filter(table::is_alone.eq(true))
        .count()
        .get_result(conn)
        .await
}

/// Existing rows among `ids`.
pub(in crate::features::webhooks) async fn load_deliveries(
    conn: &mut AsyncPgConnection,
    ids: &[WebhookDeliveryId],
) -> QueryResult<Vec<Delivery>> {
    let rows: Vec<Row> = table::table
        .filter(table::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// The delivery `id`, locked until the transaction ends.
pub(in crate::features::webhooks) async fn lock_delivery(
    conn: &mut AsyncPgConnection,
    id: WebhookDeliveryId,
) -> QueryResult<Option<Delivery>> {
    let row: Option<Row> = table::table
        .find(id)
        .select(Row::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(row.and_then(Row::read))
}

/// Settles deliveries as delivered.
pub(in crate::features::webhooks) async fn settle_delivered(
    work: &mut Work,
    ids: &[WebhookDeliveryId],
) -> QueryResult<()> {
    diesel::update(table::table.filter(table::id.eq_any(ids)))
        .set((
            table::state.eq(DeliveryState::Delivered),
            table::tries.eq(table::tries + 1),
            table::next_try_at.eq(None::<DateTime<Utc>>),
            table::settled_at.eq(Some(work.now)),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Settles a delivery as failed.
pub(in crate::features::webhooks) async fn settle_failed(
    work: &mut Work,
    id: WebhookDeliveryId,
    tries: i32,
) -> QueryResult<()> {
    diesel::update(table::table.find(id))
        .set((
            table::state.eq(DeliveryState::Failed),
            table::tries.eq(tries),
            table::next_try_at.eq(None::<DateTime<Utc>>),
            table::settled_at.eq(Some(work.now)),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Schedules the next try of a delivery, in the order or out of it.
pub(in crate::features::webhooks) async fn try_again(
    work: &mut Work,
    id: WebhookDeliveryId,
    tries: i32,
    at: DateTime<Utc>,
    is_alone: bool,
) -> QueryResult<()> {
    diesel::update(table::table.find(id))
        .set((
            table::tries.eq(tries),
            table::next_try_at.eq(Some(at)),
            table::is_alone.eq(is_alone),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Begins a delivery anew that came to its end, out of the order.
pub(in crate::features::webhooks) async fn try_anew(
    work: &mut Work,
    id: WebhookDeliveryId,
) -> QueryResult<()> {
    diesel::update(table::table.find(id))
        .set((
            table::state.eq(DeliveryState::Pending),
            table::is_alone.eq(true),
            table::tries.eq(0),
            table::next_try_at.eq(Some(work.now)),
            table::settled_at.eq(None::<DateTime<Utc>>),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Gives up everything that waits for an endpoint.
pub(in crate::features::webhooks) async fn give_up_pending(
    work: &mut Work,
    endpoint: WebhookEndpointId,
) -> QueryResult<()> {
    let pending = table::table
        .filter(table::endpoint_id.eq(endpoint))
        .filter(table::state.eq(DeliveryState::Pending));
    diesel::update(pending)
        .set((
            table::state.eq(DeliveryState::Failed),
            table::next_try_at.eq(None::<DateTime<Utc>>),
            table::settled_at.eq(Some(work.now)),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Filter of deliveries; a field of none filters nothing out.
#[derive(Debug, Clone, Default)]
pub struct DeliveryQuery {
    /// States to include.
    pub states: Option<Vec<DeliveryState>>,
    /// Kinds of events to include.
    pub kinds: Option<Vec<EventKind>>,
    /// Earliest time of the event, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// Latest time of the event, exclusive.
    pub to: Option<DateTime<Utc>>,
}

/// An endpoint's log under a filter, as a boxed query.
macro_rules! log_of {
    ($endpoint:expr, $query:expr) => {{
        let DeliveryQuery {
            states,
            kinds,
            from,
            to,
        } = $query;
        let mut rows = table::table.filter(table::endpoint_id.eq($endpoint)).into_boxed();
        if let Some(states) = states {
            let names: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
            rows = rows.filter(table::state.eq_any(names));
        }
        if let Some(kinds) = kinds {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            rows = rows.filter(table::kind.eq_any(names));
        }
        if let Some(from) = *from {
            rows = rows.filter(table::occurred_at.ge(from));
        }
        if let Some(to) = *to {
            rows = rows.filter(table::occurred_at.lt(to));
        }
        rows
    }};
}

/// A page of an endpoint's log, the newest event first.
pub(in crate::features::webhooks) async fn list_deliveries(
    conn: &mut AsyncPgConnection,
    endpoint: WebhookEndpointId,
    page: Page,
    query: &DeliveryQuery,
) -> QueryResult<Vec<Delivery>> {
    let beyond = page.from.map(|from| sequence_of(from.id));
    let mut rows = log_of!(endpoint, query)
        .select(Row::as_select())
        .limit(page.limit());
    rows = if page.is_backwards {
        rows.order(table::sequence.asc())
    } else {
        rows.order(table::sequence.desc())
    };
    rows = match beyond {
        Some(beyond) if page.is_backwards => rows.filter(table::sequence.gt(beyond)),
        Some(beyond) => rows.filter(table::sequence.lt(beyond)),
        None => rows,
    };
    let rows: Vec<Row> = rows.load(conn).await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Everything of the user of `work` that waits for its turn or its next attempt.
pub(in crate::features::webhooks) async fn list_pending(work: &mut Work) -> QueryResult<Vec<Delivery>> {
    let rows: Vec<Row> = table::table
        .filter(table::user_id.eq(work.user))
        .filter(table::state.eq(DeliveryState::Pending))
        .select(Row::as_select())
        .load(work)
        .await?;
    Ok(rows.into_iter().filter_map(Row::read).collect())
}

/// Number of deliveries in an endpoint's log, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(in crate::features::webhooks) async fn count_deliveries(
    conn: &mut AsyncPgConnection,
    endpoint: WebhookEndpointId,
    query: &DeliveryQuery,
) -> QueryResult<i64> {
    count_rows!(conn, log_of!(endpoint, query))
}

/// The number that a cursor's id holds: one endpoint's deliveries are in the order of their events.
fn sequence_of(id: Uuid) -> i64 {
    i64::try_from(id.as_u128()).unwrap_or(i64::MAX)
}
