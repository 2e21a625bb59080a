use amda::account::AccountRef;
use amda::clock::Clock;
use amda::db::schema::notifications;
use chrono::TimeDelta;
use diesel::QueryDsl;
use serde_json::{Value, json};

use super::steps::{
    add_endpoint, advance_to_next_try, delivering_world, emit_like, list_endpoints, read_log_when,
    read_settled_log, update_endpoint,
};
use super::{statuses, tries};
use crate::support::receiver::{Answer, Receiver};
use crate::support::world::World;

/// The kinds and details of what the user was told.
async fn notices(world: &World, account: AccountRef) -> Vec<(String, Value)> {
    use diesel_async::RunQueryDsl;

    let mut work = world.core.begin(account.user).await.unwrap();
    let found = notifications::table
        .select((notifications::kind, notifications::details))
        .load(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    found
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_turned_off_at_once_and_its_owner_is_told() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500), Answer::Status(410)]);

    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 2).await;
    advance_to_next_try(&world, alice, 0, 1).await;

    let log = read_settled_log(&world, alice, 2).await;
    assert_eq!(statuses(&log[0]), [500, 410]);
    assert!(
        log.iter().all(|one| one["state"] == "FAILED"),
        "what waited is given up"
    );
    let endpoints = list_endpoints(&world, alice).await;
    assert_eq!(endpoints[0]["isEnabled"], false);
    assert_eq!(endpoints[0]["disabledReason"], "GONE");
    let notices = notices(&world, alice).await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].0, "WEBHOOK_DISABLED");
    assert_eq!(notices[0].1["webhookEndpointId"], endpoint.id);
    assert_eq!(notices[0].1["reason"], "GONE");
    let query = "{ viewer { notifications { edges { node { body } } } } }";
    let told = world.ask(alice, query, json!({})).await.to_string();
    assert!(told.contains("410 Gone") && !told.contains("for days"), "{told}");
    assert_eq!(receiver.drain().len(), 2);
}

/// Lets events happen and time pass until the endpoint is turned off.
async fn fail_until_off(world: &World, alice: AccountRef) {
    for count in 1..10 {
        emit_like(world, alice).await;
        let mut log = read_log_when(world, alice, |log| {
            log.len() == count && tries(&log[count - 1]) == 1
        })
        .await;
        while log[count - 1]["state"] == "PENDING" {
            let before = tries(&log[count - 1]);
            // Longer than any wait.
            world.clock.advance(TimeDelta::hours(8));
            log = read_log_when(world, alice, |log| tries(&log[count - 1]) > before).await;
        }
        if list_endpoints(world, alice).await[0]["isEnabled"] == json!(false) {
            return;
        }
    }
    panic!("it was never turned off");
}

#[tokio::test]
async fn an_endpoint_is_turned_off_after_three_days_of_nothing_but_failure_and_on_again_by_its_owner() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    receiver.answer_all(Answer::Status(500));
    let begun = world.clock.now();

    fail_until_off(&world, alice).await;

    let took = world.clock.now() - begun;
    assert!(took >= TimeDelta::days(3) && took < TimeDelta::days(4), "{took}");
    let endpoints = list_endpoints(&world, alice).await;
    assert_eq!(endpoints[0]["disabledReason"], "FAILING");
    assert_eq!(notices(&world, alice).await.len(), 1);

    receiver.answer_all(Answer::Status(200));
    receiver.drain();
    let updated = update_endpoint(&world, alice, &endpoint, json!({"isEnabled": true})).await;
    emit_like(&world, alice).await;

    assert_eq!(updated["webhookEndpoint"]["failingSince"], Value::Null);
    receiver.next().await;
}

#[tokio::test]
async fn a_success_ends_the_failing() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);

    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    let failing = list_endpoints(&world, alice).await.remove(0);
    advance_to_next_try(&world, alice, 0, 1).await;
    read_settled_log(&world, alice, 1).await;

    assert!(failing["failingSince"].is_string());
    assert_eq!(
        list_endpoints(&world, alice).await[0]["failingSince"],
        Value::Null
    );
}
