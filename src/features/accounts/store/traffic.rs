use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::KeepPrepared as _;
use crate::db::schema::accounts;
use crate::id::AccountId;
use crate::work::Work;

/// The traffic of an account is recorded in this unit of work.
struct TrafficRecorded;

/// Records the time of data from WhatsApp; to the minute, so that traffic does not write the row each time.
pub(in crate::features::accounts) async fn record_traffic(work: &mut Work, id: AccountId) -> QueryResult<()> {
    // Once a batch.
    if work.memo().insert(id, TrafficRecorded).is_some() {
        return Ok(());
    }
    let stale = accounts::last_traffic_at
        .is_null()
        .or(accounts::last_traffic_at.lt(work.now - TimeDelta::minutes(1)));
    diesel::update(accounts::table.find(id).filter(stale))
        .set(accounts::last_traffic_at.eq(Some(work.now)))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

pub(in crate::features::accounts) async fn record_view_once_delivery(
    work: &mut Work,
    id: AccountId,
) -> QueryResult<()> {
    diesel::update(
        accounts::table
            .find(id)
            .filter(accounts::view_once_delivered_at.is_null()),
    )
    .set(accounts::view_once_delivered_at.eq(Some(work.now)))
    .keep_prepared()
    .execute(work)
    .await
    .map(drop)
}
