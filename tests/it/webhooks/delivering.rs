use std::collections::{HashMap, HashSet};

use amda::account::AccountRef;
use amda::clock::Clock;
use amda::features::webhooks::LogExpiry;
use amda::hub::EventKind;
use amda::retention::{Expires, Keeping};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::yard::Yard;
use super::{is_signed_with, number, statuses, text};
use crate::support::receiver::{Answer, Receiver};

#[tokio::test]
async fn an_event_reaches_the_endpoint_signed_and_named_by_the_apis_ids() {
    let (yard, mut receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    let endpoint = yard.endpoint(alice, &receiver).await;

    yard.like(alice).await;

    let heard = receiver.next().await;
    let verifier = standardwebhooks::Webhook::new(&endpoint.secret).unwrap();
    verifier.verify(&heard.body, &heard.headers).unwrap();
    assert_eq!(heard.header("content-type"), "application/json");
    let log = yard.settled(alice, 1).await;
    assert_eq!(log[0]["webhookId"], heard.header("webhook-id"));
    assert_eq!(log[0]["state"], "DELIVERED");
    let body = heard.json();
    assert_eq!(body["type"], "STATUS_LIKED");
    assert_eq!(body["timestamp"], body["data"]["occurredAt"]);
    assert_eq!(
        body["data"]["sequence"], 2,
        "making the endpoint was the first event"
    );
    assert_eq!(body["data"]["accountId"], alice.id.to_global());
    for field in ["sequence", "cursor", "subjectId"] {
        assert_eq!(body["data"][field], log[0][field], "{field}");
    }
    assert!(text(&body["data"]["eventId"]).starts_with("evt_"));
    let attempt = &log[0]["attempts"][0];
    assert_eq!(
        (&attempt["status"], &attempt["isSuccess"]),
        (&json!(200), &json!(true))
    );
    assert_eq!(attempt["response"], "answer 200");
}

#[tokio::test]
async fn an_endpoint_hears_only_the_kinds_and_accounts_it_wants() {
    let (yard, mut receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    let other = AccountRef {
        id: yard.account(alice.user).await,
        user: alice.user,
    };
    let wants = json!({
        "url": receiver.url(),
        "kinds": ["STATUS_LIKED", "MESSAGE_DELETED", "STATUS_LIKED"],
        "accountIds": [other.id.to_global()],
    });
    yard.endpoint_with(alice, wants).await;

    yard.happen(alice, EventKind::StatusLiked, 1).await;
    yard.happen(other, EventKind::StatusPosted, 1).await;
    yard.happen(other, EventKind::MessageDeleted, 1).await;
    yard.happen(other, EventKind::StatusLiked, 1).await;

    let log = yard.settled(alice, 2).await;
    let kinds: Vec<_> = log.iter().map(|one| text(&one["kind"])).collect();
    assert_eq!(kinds, ["MESSAGE_DELETED", "STATUS_LIKED"]);
    assert_eq!(receiver.drain().len(), 2);
    let endpoints = yard.endpoints(alice).await;
    assert_eq!(endpoints[0]["kinds"], json!(["STATUS_LIKED", "MESSAGE_DELETED"]));
    assert_eq!(endpoints[0]["accounts"], json!([{"id": other.id.to_global()}]));
}

#[tokio::test]
async fn what_happens_to_an_account_arrives_in_order_each_once_and_by_an_id_of_its_own() {
    let (yard, mut receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    let other = AccountRef {
        id: yard.account(alice.user).await,
        user: alice.user,
    };
    yard.endpoint(alice, &receiver).await;

    for _ in 0..10 {
        yard.happen(alice, EventKind::StatusLiked, 4).await;
        yard.happen(other, EventKind::StatusPosted, 3).await;
    }

    yard.settled(alice, 70).await;
    let heard = receiver.drain();
    assert_eq!(heard.len(), 70);
    let ids: HashSet<_> = heard.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids.len(), 70);
    let mut of_account: HashMap<String, Vec<i64>> = HashMap::new();
    for one in &heard {
        let account = text(&one.json()["data"]["accountId"]);
        of_account.entry(account).or_default().push(number(one));
    }
    assert_eq!(of_account.len(), 2);
    for numbers in of_account.values() {
        assert!(numbers.is_sorted(), "{numbers:?}");
    }
}

#[tokio::test]
async fn each_endpoint_knows_an_event_by_its_own_id() {
    let yard = Yard::build().await;
    let (mut one, mut other) = (Receiver::start().await, Receiver::start().await);
    let alice = yard.user().await;
    let (first, second) = (
        yard.endpoint(alice, &one).await,
        yard.endpoint(alice, &other).await,
    );

    yard.like(alice).await;

    let (of_one, of_other) = (one.next().await, other.next().await);
    assert_ne!(of_one.header("webhook-id"), of_other.header("webhook-id"));
    assert_eq!(of_one.body, of_other.body);
    assert!(is_signed_with(&first.secret, &of_one) && !is_signed_with(&second.secret, &of_one));
}

#[tokio::test]
async fn one_that_does_not_answer_holds_up_neither_other_endpoints_nor_other_users() {
    let yard = Yard::build().await;
    let (mut slow, mut quick) = (Receiver::start().await, Receiver::start().await);
    slow.answer_all(Answer::Never);
    let (alice, bob) = (yard.user().await, yard.user().await);
    // More lanes than one user may have at once.
    for _ in 0..9 {
        yard.endpoint(alice, &slow).await;
    }
    yard.endpoint(bob, &quick).await;
    yard.like(alice).await;
    for _ in 0..8 {
        slow.next().await;
    }

    yard.like(bob).await;
    quick.next().await;

    assert!(slow.drain().is_empty(), "the ninth waits for its turn");
}

#[tokio::test]
async fn another_account_does_not_wait_for_one_whose_event_is_refused() {
    let (yard, mut receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    let other = AccountRef {
        id: yard.account(alice.user).await,
        user: alice.user,
    };
    yard.endpoint(alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    yard.like(alice).await;
    yard.log_when(alice, |log| log.len() == 1 && statuses(&log[0]) == [500])
        .await;

    yard.like(other).await;

    let log = yard
        .log_when(alice, |log| log.len() == 2 && log[1]["state"] == "DELIVERED")
        .await;
    assert_eq!(log[0]["state"], "PENDING");
    assert_eq!(receiver.drain().len(), 2);
}

#[tokio::test]
async fn the_log_is_a_list_in_pages_and_is_filtered() {
    let (yard, receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    yard.endpoint(alice, &receiver).await;
    yard.happen(alice, EventKind::StatusLiked, 3).await;
    yard.happen(alice, EventKind::MessageDeleted, 2).await;
    yard.settled(alice, 5).await;

    let page = "query ($after: String, $filter: WebhookDeliveryFilter) { viewer { webhookEndpoints {
        deliveries(first: 2, after: $after, filter: $filter) {
            pageInfo { hasNextPage endCursor } edges { node { sequence } } } } } }";
    let mut numbers = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = yard.ask(alice, page, json!({"after": after})).await;
        let found = &data["viewer"]["webhookEndpoints"][0]["deliveries"];
        let edges = found["edges"].as_array().unwrap();
        numbers.extend(
            edges
                .iter()
                .map(|edge| edge["node"]["sequence"].as_i64().unwrap()),
        );
        if found["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = found["pageInfo"]["endCursor"].clone();
    }
    let count = async |filter: Value| {
        let data = yard.ask(alice, page, json!({"filter": filter})).await;
        let found = &data["viewer"]["webhookEndpoints"][0]["deliveries"]["edges"];
        found.as_array().unwrap().len()
    };

    assert_eq!(numbers, [6, 5, 4, 3, 2]);
    assert_eq!(
        count(json!({"kinds": ["MESSAGE_DELETED"], "states": ["DELIVERED"]})).await,
        2
    );
    assert_eq!(count(json!({"states": ["PENDING", "FAILED"]})).await, 0);
    assert_eq!(count(json!({"to": "2020-01-01T00:00:00Z"})).await, 0);
    assert_eq!(
        count(json!({"from": "2020-01-01T00:00:00Z", "states": []})).await,
        2
    );
}

#[tokio::test]
async fn the_log_is_kept_for_thirty_days_and_what_still_waits_for_longer() {
    let (yard, receiver) = (Yard::build().await, Receiver::start().await);
    let alice = yard.user().await;
    yard.endpoint(alice, &receiver).await;
    yard.happen(alice, EventKind::StatusLiked, 3).await;
    yard.settled(alice, 3).await;
    receiver.answer_all(Answer::Status(500));
    yard.like(alice).await;
    yard.log_when(alice, |log| log.len() == 4 && statuses(&log[3]) == [500])
        .await;
    let Keeping::Days(days) = LogExpiry.keeping() else {
        panic!("it is the same for every plan")
    };

    let mut work = yard.core.begin(alice.user).await.unwrap();
    let later = yard.clock.now() + TimeDelta::seconds(1);
    let young = LogExpiry
        .count(&mut work, alice.user, yard.clock.now())
        .await
        .unwrap();
    let old = LogExpiry.count(&mut work, alice.user, later).await.unwrap();
    let gone = LogExpiry.expire(&mut work, later, 2).await.unwrap();
    let rest = LogExpiry.expire(&mut work, later, 2).await.unwrap();
    work.commit().await.unwrap();

    assert_eq!((days, young, old, gone, rest), (30, 0, 3, 2, 1));
    let log = yard.log(alice).await;
    assert_eq!((log.len(), &log[0]["state"]), (1, &json!("PENDING")));
}
