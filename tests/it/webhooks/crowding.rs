use amda::account::AccountRef;
use amda::clock::Clock;
use amda::hub::EventKind;
use chrono::{DateTime, Utc};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::steps::{add_endpoint, delivering_world, emit, emit_like, read_log_when, redeliver};
use super::{text, tries};
use crate::support::receiver::{Answer, Receiver};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

const GIVEN_UP: &str =
    "{ viewer { webhookEndpoints { deliveries(first: 10, filter: {states: [FAILED]}) { edges { node {
    id state sequence nextTryAt settledAt attempts { status } } } } } } }";

/// The deliveries that were given up, the newest first, once there are so many.
async fn given_up(world: &World, account: AccountRef, count: usize) -> Vec<Value> {
    let looking = async {
        loop {
            let data = world.ask(account, GIVEN_UP, json!({})).await;
            let edges = &data["viewer"]["webhookEndpoints"][0]["deliveries"]["edges"];
            let edges = edges.as_array().unwrap();
            if edges.len() == count {
                return edges.iter().map(|edge| edge["node"].clone()).collect::<Vec<_>>();
            }
        }
    };
    timeout(DEADLINE, looking).await.expect("in time")
}

/// Has so many deliveries wait behind the only one that there is.
async fn wait_behind(world: &World, account: AccountRef, count: i32) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let inserted = diesel::sql_query(
        "INSERT INTO webhook_deliveries
             (id, user_id, endpoint_id, sequence, kind, account_id, subject_id, occurred_at, state, next_try_at, created_at)
         SELECT gen_random_uuid(), user_id, endpoint_id, sequence + 1000000 + number, kind, account_id, subject_id,
             occurred_at, 'PENDING', next_try_at + interval '1 hour', created_at
         FROM webhook_deliveries, generate_series(1, $1) AS number",
    )
    .bind::<diesel::sql_types::Integer, _>(count)
    .execute(&mut *work)
    .await
    .unwrap();
    assert_eq!(inserted, usize::try_from(count).unwrap());
    work.commit().await.unwrap();
}

#[tokio::test]
async fn an_event_behind_ten_thousand_that_wait_is_given_up_at_once_and_can_be_sent_by_hand() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    wait_behind(&world, alice, 9_998).await;

    emit(&world, alice, EventKind::StatusLiked, 3).await;
    // There is room for one of them.
    let beyond = given_up(&world, alice, 2).await;
    let by_hand = redeliver(&world, alice, &beyond[0]).await;

    for one in &beyond {
        assert_eq!((&one["attempts"], &one["nextTryAt"]), (&json!([]), &json!(null)));
        let settled: DateTime<Utc> = text(&one["settledAt"]).parse().unwrap();
        assert_eq!(settled, world.clock.now());
    }
    assert_eq!(by_hand["errors"], json!([]));
    let rest = given_up(&world, alice, 1).await;
    assert_eq!(rest[0]["sequence"], beyond[1]["sequence"]);
}
