use amda::account::AccountRef;
use amda::clock::Clock;
use amda::db::schema::webhook_deliveries as deliveries;
use amda::hub::EventKind;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods, QueryDsl};
use serde_json::{Value, json};

use super::steps::{
    Owned, add_endpoint, add_endpoint_with, create_endpoint, delivering_world, emit, emit_like,
    list_endpoints, read_log_when, read_settled_log, redeliver, update_endpoint,
};
use crate::support::receiver::Receiver;
use crate::support::world::World;

const MINE: &str = "https://example.org/hook";

/// The only error of a payload.
fn error(payload: &Value) -> (String, String, String) {
    let errors = payload["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{payload}");
    let field = |name: &str| errors[0][name].as_str().unwrap().to_owned();
    let path: Vec<_> = errors[0]["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    (field("code"), path.join("."), field("message"))
}

#[tokio::test]
async fn an_address_that_must_not_be_called_is_refused_and_the_error_says_what_would_be_right() {
    let world = World::with(|choices| choices.config.allows_local_endpoints = false).await;
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint_with(&world, alice, json!({"url": MINE})).await;

    for (url, words) in [
        ("nonsense", "one looks like https://example.org/path"),
        ("http://example.org/", "only https:// is allowed"),
        ("https://me:pw@example.org/", "give it without them"),
        ("https://example.org:25/", "allowed are 443 and those from 1024"),
        ("https://127.0.0.1/", "127.0.0.1 is not on the public internet"),
        ("https://2130706433/", "127.0.0.1 is not on the public internet"),
        (
            "https://localhost:8443/",
            "localhost is not on the public internet",
        ),
        ("https://[::1]/", "is not on the public internet"),
        ("https://[::ffff:10.0.0.1]/", "is not on the public internet"),
        ("https://10.1.2.3/", "is not on the public internet"),
        ("https://192.168.1.1/", "is not on the public internet"),
        ("https://100.64.0.1/", "is not on the public internet"),
        ("https://169.254.169.254/latest", "is not on the public internet"),
        ("https://[fd00:ec2::254]/", "is not on the public internet"),
        ("https://224.0.0.1/", "is not on the public internet"),
    ] {
        for payload in [
            create_endpoint(&world, alice, json!({"url": url})).await,
            update_endpoint(&world, alice, &endpoint, json!({"url": url})).await,
        ] {
            let (code, path, message) = error(&payload);
            assert_eq!((code.as_str(), path.as_str()), ("INVALID_INPUT", "url"), "{url}");
            assert!(message.contains(words), "{url}: {message}");
        }
    }
    assert_eq!(list_endpoints(&world, alice).await.len(), 1);
}

#[tokio::test]
async fn what_an_endpoint_cannot_hear_is_refused() {
    let (world, _delivering) = delivering_world().await;
    let (alice, bob) = (world.user("FREE").await, world.user("FREE").await);
    let many: Vec<_> = (0..101).map(|_| alice.id.to_global()).collect();

    for (input, code, path, words) in [
        (
            json!({"kinds": []}),
            "INVALID_INPUT",
            "kinds",
            "pass null for all",
        ),
        (
            json!({"kinds": ["STATUS_LIKED", "WEBHOOK_ENDPOINT_CHANGED"]}),
            "INVALID_INPUT",
            "kinds.1",
            "webhookEndpointChanged",
        ),
        (
            json!({"accountIds": []}),
            "INVALID_INPUT",
            "accountIds",
            "pass null for all",
        ),
        (
            json!({"accountIds": many}),
            "INVALID_INPUT",
            "accountIds",
            "at most 100",
        ),
        (
            json!({"accountIds": ["nonsense"]}),
            "NOT_FOUND",
            "accountIds.0",
            "account",
        ),
        (
            json!({"accountIds": [alice.id.to_global(), bob.id.to_global()]}),
            "NOT_FOUND",
            "accountIds.1",
            "account",
        ),
        (
            json!({"description": " "}),
            "INVALID_INPUT",
            "description",
            "1 to 200",
        ),
        (
            json!({"description": "x".repeat(201)}),
            "INVALID_INPUT",
            "description",
            "1 to 200",
        ),
        (
            json!({"description": "\u{3164}\u{200B}\u{202E}"}),
            "INVALID_INPUT",
            "description",
            "visible letters",
        ),
    ] {
        let mut new = input.clone();
        new["url"] = json!(MINE);

        let (found, at, message) = error(&create_endpoint(&world, alice, new).await);

        assert_eq!((found.as_str(), at.as_str()), (code, path), "{input}");
        assert!(message.contains(words), "{input}: {message}");
    }
    assert!(list_endpoints(&world, alice).await.is_empty());
}

#[tokio::test]
async fn everything_that_is_wrong_with_an_endpoint_is_told_at_once() {
    let (world, _delivering) = delivering_world().await;
    let alice = world.user("FREE").await;
    let wrong = json!({
        "url": "nonsense",
        "kinds": ["WEBHOOK_ENDPOINT_CHANGED"],
        "accountIds": [alice.id.to_global(), "nonsense"],
        "description": " ",
    });
    let nobodys = Owned {
        id: "nonsense".to_owned(),
        secret: String::new(),
    };
    let paths = |payload: &Value| -> Vec<Value> {
        let errors = payload["errors"].as_array().unwrap().iter();
        errors.map(|error| error["path"].clone()).collect()
    };

    let created = create_endpoint(&world, alice, wrong.clone()).await;
    let updated = update_endpoint(&world, alice, &nobodys, wrong).await;

    let of_values = [
        json!(["url"]),
        json!(["kinds", "0"]),
        json!(["accountIds", "1"]),
        json!(["description"]),
    ];
    for (payload, first) in [(created, None), (updated, Some(json!(["webhookEndpointId"])))] {
        let mut found = paths(&payload);
        let mut expected: Vec<Value> = first.into_iter().chain(of_values.clone()).collect();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(found, expected);
    }
    assert!(list_endpoints(&world, alice).await.is_empty());
}

#[tokio::test]
async fn there_are_ten_endpoints_at_most_however_many_are_made_at_once() {
    let (world, _delivering) = delivering_world().await;
    let (alice, bob) = (world.user("FREE").await, world.user("FREE").await);

    let payloads =
        futures::future::join_all((0..14).map(|_| create_endpoint(&world, alice, json!({"url": MINE}))))
            .await;

    let refused: Vec<_> = payloads
        .iter()
        .filter(|payload| payload["webhookEndpoint"].is_null())
        .collect();
    assert_eq!(refused.len(), 4);
    for payload in refused {
        let (code, _, message) = error(payload);
        assert_eq!(code, "LIMIT_EXCEEDED");
        assert!(
            message.contains("webhook endpoints is 10, and 10 are in use"),
            "{message}"
        );
    }
    assert_eq!(list_endpoints(&world, alice).await.len(), 10);
    add_endpoint_with(&world, bob, json!({"url": MINE})).await;
}

/// What each verb on an endpoint answers to `asker`.
async fn every_verb(world: &World, asker: AccountRef, id: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for (verb, input) in [
        ("updateWebhookEndpoint", "UpdateWebhookEndpointInput"),
        ("rotateWebhookEndpointSecret", "RotateWebhookEndpointSecretInput"),
        ("deleteWebhookEndpoint", "DeleteWebhookEndpointInput"),
        ("testWebhookEndpoint", "TestWebhookEndpointInput"),
    ] {
        let mutation = format!(
            "mutation ($input: {input}!) {{ {verb}(input: $input) {{ errors {{ code message path }} }} }}"
        );
        let input = json!({"input": {"webhookEndpointId": id}});
        let mut data = world.ask(asker, &mutation, input).await;
        answers.push(data[verb].take());
    }
    answers
}

#[tokio::test]
async fn somebody_elses_endpoint_looks_exactly_like_none() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let (alice, bob) = (world.user("FREE").await, world.user("FREE").await);
    let Owned { id, .. } = add_endpoint(&world, alice, &receiver).await;
    emit_like(&world, alice).await;
    let delivery = read_settled_log(&world, alice, 1).await.remove(0);
    receiver.drain();

    let theirs = every_verb(&world, bob, &id).await;
    let none = every_verb(&world, bob, "nonsense").await;
    let again = redeliver(&world, bob, &delivery).await;
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    let nodes = [&json!(id), &delivery["id"]];

    assert_eq!(theirs, none);
    for payload in &theirs {
        let (code, path, _) = error(payload);
        assert_eq!((code.as_str(), path.as_str()), ("NOT_FOUND", "webhookEndpointId"));
    }
    assert_eq!(again, redeliver(&world, bob, &json!({"id": "nonsense"})).await);
    assert_eq!(error(&again).0, "NOT_FOUND");
    for id in nodes {
        assert_eq!(world.ask(bob, node, json!({"id": id})).await["node"], Value::Null);
        assert_eq!(world.ask(alice, node, json!({"id": id})).await["node"]["id"], *id);
    }
    assert!(receiver.drain().is_empty());
    assert_eq!(list_endpoints(&world, alice).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_again_to_an_endpoint_that_is_turned_off() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    emit_like(&world, alice).await;
    let delivery = read_settled_log(&world, alice, 1).await.remove(0);
    update_endpoint(&world, alice, &endpoint, json!({"isEnabled": false})).await;

    let again = redeliver(&world, alice, &delivery).await;

    let (code, path, message) = error(&again);
    assert_eq!((code.as_str(), path.as_str()), ("CONFLICT", "webhookDeliveryId"));
    assert!(message.contains("updateWebhookEndpoint"), "{message}");
}

/// Has everything after the first event wait to be made again, an hour from now.
async fn all_but_the_first_wait(world: &World, account: AccountRef, first: &Value) {
    use diesel_async::RunQueryDsl;

    let later = world.clock.now() + TimeDelta::hours(1);
    let mut work = world.core.begin(account.user).await.unwrap();
    diesel::update(deliveries::table.filter(deliveries::sequence.gt(first["sequence"].as_i64().unwrap())))
        .set((
            deliveries::state.eq("PENDING"),
            deliveries::is_alone.eq(true),
            deliveries::next_try_at.eq(later),
            deliveries::settled_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

#[tokio::test]
async fn a_hundred_deliveries_of_an_endpoint_are_made_again_at_once_and_no_more() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    emit_like(&world, alice).await;
    let first = read_settled_log(&world, alice, 1).await.remove(0);
    emit(&world, alice, EventKind::StatusLiked, 100).await;
    // The log's page holds a hundred, the newest ones.
    let rest = read_log_when(&world, alice, |log| {
        log[0]["sequence"] != first["sequence"] && log.iter().all(|one| one["state"] == "DELIVERED")
    })
    .await;
    all_but_the_first_wait(&world, alice, &first).await;

    let (code, path, message) = error(&redeliver(&world, alice, &first).await);
    let known = redeliver(&world, alice, &rest[0]).await;
    read_log_when(&world, alice, |log| log[0]["state"] == "DELIVERED").await;
    let room = redeliver(&world, alice, &first).await;

    assert_eq!((code.as_str(), path.as_str()), ("CONFLICT", "webhookDeliveryId"));
    assert!(
        message.contains("wait until some were taken or given up"),
        "{message}"
    );
    assert_eq!((&known["errors"], &room["errors"]), (&json!([]), &json!([])));
}
