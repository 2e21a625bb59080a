//! The failing deliveries of all users, in a transaction of an admin; none in one of anybody else.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::model::{AttemptFailureReason, DeliveryState};
use crate::db::views::admin_failing_deliveries as view;
use crate::features::webhooks::{WebhookDeliveryId, WebhookEndpointId};
use crate::graphql::{Page, count_rows, newest_ids_first};
use crate::id::UserId;

/// A delivery that was refused, as admins see it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = view)]
pub struct FailingRow {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// User who owns the endpoint.
    pub user_id: UserId,
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// Kind of the event, as the database stores it.
    pub kind: String,
    /// State.
    pub state: DeliveryState,
    /// Number of attempts.
    pub tries: i32,
    /// Time of the event.
    pub occurred_at: DateTime<Utc>,
    /// Time of the next attempt; none when it was given up.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Time at which it was given up.
    pub settled_at: Option<DateTime<Utc>>,
    /// Time of the latest attempt.
    pub attempted_at: Option<DateTime<Utc>>,
    /// HTTP status of the latest response.
    pub status: Option<i32>,
    /// Reason for which there was no response.
    pub failure: Option<AttemptFailureReason>,
}

/// Boxes the query of the failing deliveries in these states, or in any.
macro_rules! wanted {
    ($states:expr) => {{
        let rows = view::table.into_boxed();
        match $states {
            Some(states) => rows.filter(view::state.eq_any(states)),
            None => rows,
        }
    }};
}

/// A page of the failing deliveries in these states, the newest first.
pub(in crate::features::webhooks) async fn list_failing(
    conn: &mut AsyncPgConnection,
    page: Page,
    states: Option<&[DeliveryState]>,
) -> QueryResult<Vec<FailingRow>> {
    let rows = wanted!(states).select(FailingRow::as_select());
    newest_ids_first!(rows, page, view::id).load(conn).await
}

/// Number of the failing deliveries in these states, [`MOST_COUNTED`](crate::graphql::MOST_COUNTED) at most.
pub(in crate::features::webhooks) async fn count_failing(
    conn: &mut AsyncPgConnection,
    states: Option<&[DeliveryState]>,
) -> QueryResult<i64> {
    count_rows!(conn, wanted!(states))
}

/// The failing deliveries among `ids`.
pub(in crate::features::webhooks) async fn load_failing(
    conn: &mut AsyncPgConnection,
    ids: &[WebhookDeliveryId],
) -> QueryResult<Vec<FailingRow>> {
    view::table
        .filter(view::id.eq_any(ids))
        .select(FailingRow::as_select())
        .load(conn)
        .await
}
