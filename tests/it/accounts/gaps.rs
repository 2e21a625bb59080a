//! What a session says of its link, as the account keeps it.

use amda::clock::Clock;
use amda::db::schema::{accounts as rows, connection_gaps};
use amda::event::{Event, LinkEvent};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::world::World;

#[tokio::test]
async fn a_gap_that_began_by_a_clock_that_was_put_back_ends_where_it_began() {
    let (world, account) = World::with_user("FREE").await;
    let heard_at = world.clock.now() + TimeDelta::minutes(1);
    let mut all = world.everything().await;
    diesel::update(rows::table.find(account.id))
        .set(rows::last_traffic_at.eq(heard_at))
        .execute(&mut all)
        .await
        .unwrap();

    for link in [LinkEvent::Resuming, LinkEvent::Online] {
        world.receive(account, &[Event::Link(link)]).await;
    }

    let gaps: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = connection_gaps::table
        .select((connection_gaps::started_at, connection_gaps::ended_at))
        .load(&mut all)
        .await
        .unwrap();
    assert_eq!(gaps, [(heard_at, Some(heard_at))]);
}
