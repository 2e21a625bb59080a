use std::collections::{HashMap, HashSet};

use amda::clock::Clock;
use amda::features::webhooks::Webhooks;
use amda::hub::EventKind;
use amda::retention::Keeping;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::steps::{
    add_endpoint, add_endpoint_with, delivering_world, emit, emit_like, list_endpoints, read_log,
    read_log_when, read_settled_log,
};
use super::{is_signed_with, number, statuses, text};
use crate::support::receiver::{Answer, Receiver};
use crate::support::world::expiry_of;

#[tokio::test]
async fn an_event_reaches_the_endpoint_signed_and_named_by_the_apis_ids() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;

    emit_like(&world, alice).await;

    let heard = receiver.next().await;
    let verifier = standardwebhooks::Webhook::new(&endpoint.secret).unwrap();
    verifier.verify(&heard.body, &heard.headers).unwrap();
    assert_eq!(heard.header("content-type"), "application/json");
    let log = read_settled_log(&world, alice, 1).await;
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
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let other = world.account(alice.user).await;
    let wants = json!({
        "url": receiver.url(),
        "kinds": ["STATUS_LIKED", "MESSAGE_DELETED", "STATUS_LIKED"],
        "accountIds": [other.id.to_global()],
    });
    add_endpoint_with(&world, alice, wants).await;

    emit(&world, alice, EventKind::StatusLiked, 1).await;
    emit(&world, other, EventKind::StatusPosted, 1).await;
    emit(&world, other, EventKind::MessageDeleted, 1).await;
    emit(&world, other, EventKind::StatusLiked, 1).await;

    let log = read_settled_log(&world, alice, 2).await;
    let kinds: Vec<_> = log.iter().map(|one| text(&one["kind"])).collect();
    assert_eq!(kinds, ["MESSAGE_DELETED", "STATUS_LIKED"]);
    assert_eq!(receiver.drain().len(), 2);
    let endpoints = list_endpoints(&world, alice).await;
    assert_eq!(endpoints[0]["kinds"], json!(["STATUS_LIKED", "MESSAGE_DELETED"]));
    assert_eq!(endpoints[0]["accounts"], json!([{"id": other.id.to_global()}]));
}

#[tokio::test]
async fn what_happens_to_an_account_arrives_in_order_each_once_and_by_an_id_of_its_own() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let other = world.account(alice.user).await;
    add_endpoint(&world, alice, &receiver).await;

    for _ in 0..10 {
        emit(&world, alice, EventKind::StatusLiked, 4).await;
        emit(&world, other, EventKind::StatusPosted, 3).await;
    }

    read_settled_log(&world, alice, 70).await;
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
    let (world, _delivering) = delivering_world().await;
    let (mut one, mut other) = (Receiver::start().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let (first, second) = (
        add_endpoint(&world, alice, &one).await,
        add_endpoint(&world, alice, &other).await,
    );

    emit_like(&world, alice).await;

    let (of_one, of_other) = (one.next().await, other.next().await);
    assert_ne!(of_one.header("webhook-id"), of_other.header("webhook-id"));
    assert_eq!(of_one.body, of_other.body);
    assert!(is_signed_with(&first.secret, &of_one) && !is_signed_with(&second.secret, &of_one));
}

#[tokio::test]
async fn one_that_does_not_answer_holds_up_neither_other_endpoints_nor_other_users() {
    let (world, _delivering) = delivering_world().await;
    let (mut slow, mut quick) = (Receiver::start().await, Receiver::start().await);
    slow.answer_all(Answer::Never);
    let (alice, bob) = (world.user("FREE").await, world.user("FREE").await);
    // More lanes than one user may have at once.
    for _ in 0..9 {
        add_endpoint(&world, alice, &slow).await;
    }
    add_endpoint(&world, bob, &quick).await;
    emit_like(&world, alice).await;
    for _ in 0..8 {
        slow.next().await;
    }

    emit_like(&world, bob).await;
    quick.next().await;

    assert!(slow.drain().is_empty(), "the ninth waits for its turn");
}

#[tokio::test]
async fn another_account_does_not_wait_for_one_whose_event_is_refused() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let other = world.account(alice.user).await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && statuses(&log[0]) == [500]).await;

    emit_like(&world, other).await;

    let log = read_log_when(&world, alice, |log| {
        log.len() == 2 && log[1]["state"] == "DELIVERED"
    })
    .await;
    assert_eq!(log[0]["state"], "PENDING");
    assert_eq!(receiver.drain().len(), 2);
}

#[tokio::test]
async fn the_log_is_a_list_in_pages_and_is_filtered() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    emit(&world, alice, EventKind::StatusLiked, 3).await;
    emit(&world, alice, EventKind::MessageDeleted, 2).await;
    read_settled_log(&world, alice, 5).await;

    let page = "query ($after: Cursor, $filter: WebhookDeliveryFilter) { viewer { webhookEndpoints {
        deliveries(first: 2, after: $after, filter: $filter) {
            pageInfo { hasNextPage endCursor } edges { node { sequence } } } } } }";
    let mut numbers = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = world.ask(alice, page, json!({"after": after})).await;
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
        let data = world.ask(alice, page, json!({"filter": filter})).await;
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
    assert_eq!(count(json!({"from": "2020-01-01T00:00:00Z"})).await, 2);
    assert_eq!(count(json!({"states": []})).await, 0);
    assert_eq!(count(json!({"kinds": []})).await, 0);
}

#[tokio::test]
async fn the_log_is_paged_from_its_end_and_counted() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    emit(&world, alice, EventKind::StatusLiked, 3).await;
    read_settled_log(&world, alice, 3).await;
    let page = "query ($before: Cursor) { viewer { webhookEndpoints {
        deliveries(last: 2, before: $before, filter: { states: [DELIVERED] }) {
            totalCount pageInfo { hasPreviousPage hasNextPage startCursor } nodes { sequence } } } } }";
    let ask = async |before: Value| {
        let mut data = world.ask(alice, page, json!({"before": before})).await;
        data["viewer"]["webhookEndpoints"][0]["deliveries"].take()
    };

    let oldest = ask(Value::Null).await;
    let rest = ask(oldest["pageInfo"]["startCursor"].clone()).await;

    assert_eq!(oldest["nodes"], json!([{"sequence": 3}, {"sequence": 2}]));
    assert_eq!(oldest["totalCount"], 3);
    assert_eq!(
        (
            &oldest["pageInfo"]["hasPreviousPage"],
            &oldest["pageInfo"]["hasNextPage"]
        ),
        (&json!(true), &json!(false))
    );
    assert_eq!(rest["nodes"], json!([{"sequence": 4}]));
    assert_eq!(rest["pageInfo"]["hasPreviousPage"], false);
}

#[tokio::test]
async fn the_log_is_kept_for_thirty_days_and_what_still_waits_for_longer() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    emit(&world, alice, EventKind::StatusLiked, 3).await;
    read_settled_log(&world, alice, 3).await;
    receiver.answer_all(Answer::Status(500));
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 4 && statuses(&log[3]) == [500]).await;
    let log_expiry = expiry_of(&Webhooks);
    let Keeping::Days(days) = log_expiry.keeping() else {
        panic!("it is the same for every plan")
    };

    let mut work = world.core.begin(alice.user).await.unwrap();
    let later = world.clock.now() + TimeDelta::seconds(1);
    let young = log_expiry
        .count(&mut work, alice.user, world.clock.now())
        .await
        .unwrap();
    let old = log_expiry.count(&mut work, alice.user, later).await.unwrap();
    let gone = log_expiry.expire(&mut work, later, 2).await.unwrap();
    let rest = log_expiry.expire(&mut work, later, 2).await.unwrap();
    work.commit().await.unwrap();

    assert_eq!((days, young, old, gone, rest), (30, 0, 3, 2, 1));
    let log = read_log(&world, alice).await;
    assert_eq!((log.len(), &log[0]["state"]), (1, &json!("PENDING")));
}
