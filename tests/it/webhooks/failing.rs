use amda::account::AccountRef;
use amda::clock::Clock;
use amda::db::schema::notifications;
use chrono::TimeDelta;
use diesel::QueryDsl;
use serde_json::{Value, json};

use super::yard::Yard;
use super::{statuses, tries};
use crate::support::receiver::{Answer, Receiver};

/// The kinds and details of what the user was told.
async fn notices(yard: &Yard, account: AccountRef) -> Vec<(String, Value)> {
    use diesel_async::RunQueryDsl;

    let mut work = yard.core.begin(account.user).await.unwrap();
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
    let (yard, mut receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    let endpoint = yard.endpoint(alice, &receiver).await;
    receiver.answer([Answer::Status(500), Answer::Status(410)]);

    yard.like(alice).await;
    yard.log_when(alice, |log| log.len() == 1 && tries(&log[0]) == 1)
        .await;
    yard.like(alice).await;
    yard.log_when(alice, |log| log.len() == 2).await;
    yard.until_next_try(alice, 0, 1).await;

    let log = yard.settled(alice, 2).await;
    assert_eq!(statuses(&log[0]), [500, 410]);
    assert!(
        log.iter().all(|one| one["state"] == "FAILED"),
        "what waited is given up"
    );
    let endpoints = yard.endpoints(alice).await;
    assert_eq!(endpoints[0]["isEnabled"], false);
    assert_eq!(endpoints[0]["disabledReason"], "GONE");
    let notices = notices(&yard, alice).await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].0, "WEBHOOK_DISABLED");
    assert_eq!(notices[0].1["webhookEndpointId"], endpoint.id);
    assert_eq!(notices[0].1["reason"], "GONE");
    assert_eq!(receiver.drain().len(), 2);
}

/// Lets events happen and time pass until the endpoint is turned off.
async fn fail_until_off(yard: &Yard, alice: AccountRef) {
    for count in 1..10 {
        yard.like(alice).await;
        let mut log = yard
            .log_when(alice, |log| log.len() == count && tries(&log[count - 1]) == 1)
            .await;
        while log[count - 1]["state"] == "PENDING" {
            let before = tries(&log[count - 1]);
            // Longer than any wait.
            yard.clock.advance(TimeDelta::hours(8));
            log = yard.log_when(alice, |log| tries(&log[count - 1]) > before).await;
        }
        if yard.endpoints(alice).await[0]["isEnabled"] == json!(false) {
            return;
        }
    }
    panic!("it was never turned off");
}

#[tokio::test]
async fn an_endpoint_is_turned_off_after_three_days_of_nothing_but_failure_and_on_again_by_its_owner() {
    let (yard, mut receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    let endpoint = yard.endpoint(alice, &receiver).await;
    receiver.answer_all(Answer::Status(500));
    let begun = yard.clock.now();

    fail_until_off(&yard, alice).await;

    let took = yard.clock.now() - begun;
    assert!(took >= TimeDelta::days(3) && took < TimeDelta::days(4), "{took}");
    let endpoints = yard.endpoints(alice).await;
    assert_eq!(endpoints[0]["disabledReason"], "FAILING");
    assert_eq!(notices(&yard, alice).await.len(), 1);

    receiver.answer_all(Answer::Status(200));
    receiver.drain();
    let updated = yard.update(alice, &endpoint, json!({"isEnabled": true})).await;
    yard.like(alice).await;

    assert_eq!(updated["webhookEndpoint"]["failingSince"], Value::Null);
    receiver.next().await;
}

#[tokio::test]
async fn a_success_ends_the_failing() {
    let (yard, receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    yard.endpoint(alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);

    yard.like(alice).await;
    yard.log_when(alice, |log| log.len() == 1 && tries(&log[0]) == 1)
        .await;
    let failing = yard.endpoints(alice).await.remove(0);
    yard.until_next_try(alice, 0, 1).await;
    yard.settled(alice, 1).await;

    assert!(failing["failingSince"].is_string());
    assert_eq!(yard.endpoints(alice).await[0]["failingSince"], Value::Null);
}
