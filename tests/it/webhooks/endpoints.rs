use amda::clock::Clock as _;
use amda::db::schema::webhook_endpoints;
use amda::hub::EventKind;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryDsl;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::steps::{
    Owned, add_endpoint, add_endpoint_with, delivering_world, emit, emit_like, list_endpoints, read_log,
    read_log_when, read_settled_log, update_endpoint,
};
use super::{is_signed_with, number, statuses, text};
use crate::support::receiver::{Answer, Receiver};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

#[tokio::test]
async fn an_endpoint_shows_its_secret_once_and_its_address_always_and_neither_is_kept_readable() {
    use diesel_async::RunQueryDsl;

    let (world, _delivering) = delivering_world().await;
    let alice = world.user("FREE").await;

    let endpoint = add_endpoint_with(
        &world,
        alice,
        json!({"url": "https://example.org/hook?token=hush", "description": "Mine"}),
    )
    .await;

    assert!(endpoint.secret.starts_with("whsec_"));
    assert_eq!(endpoint.secret.len(), "whsec_".len() + 44, "32 bytes in base64");
    let shown = list_endpoints(&world, alice).await.remove(0);
    assert_eq!(shown["url"], "https://example.org/hook?token=hush");
    assert_eq!(shown["description"], "Mine");
    assert_eq!(
        (&shown["kinds"], &shown["accounts"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&shown["isEnabled"], &shown["disabledReason"]),
        (&json!(true), &Value::Null)
    );
    let mut work = world.core.begin(alice.user).await.unwrap();
    let (url, secret): (Vec<u8>, Vec<u8>) = webhook_endpoints::table
        .select((webhook_endpoints::url, webhook_endpoints::secret))
        .first(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    let contains = |sealed: &[u8], plain: &[u8]| sealed.windows(plain.len()).any(|part| part == plain);
    assert!(!contains(&url, b"hush"));
    let plain = data_encoding::BASE64
        .decode(&endpoint.secret.as_bytes()["whsec_".len()..])
        .unwrap();
    assert!(!contains(&secret, &plain));
}

/// Gives an endpoint a new secret.
async fn rotate(world: &World, alice: amda::account::AccountRef, endpoint: &Owned) -> Owned {
    let mutation = "mutation ($id: ID!) { rotateWebhookEndpointSecret(input: {webhookEndpointId: $id}) {
        webhookEndpoint { id } secret errors { code } } }";
    let data = world.ask(alice, mutation, json!({"id": endpoint.id})).await;
    Owned {
        id: text(&data["rotateWebhookEndpointSecret"]["webhookEndpoint"]["id"]),
        secret: text(&data["rotateWebhookEndpointSecret"]["secret"]),
    }
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_old_one_for_a_day() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let old = add_endpoint(&world, alice, &receiver).await;

    let new = rotate(&world, alice, &old).await;
    emit_like(&world, alice).await;
    let within = receiver.next().await;
    read_settled_log(&world, alice, 1).await;
    world.clock.advance(TimeDelta::hours(24));
    emit_like(&world, alice).await;
    let after = receiver.next().await;

    assert_eq!(new.id, old.id);
    for secret in [&old.secret, &new.secret] {
        let verifier = standardwebhooks::Webhook::new(secret).unwrap();
        verifier.verify(&within.body, &within.headers).unwrap();
    }
    assert!(is_signed_with(&new.secret, &after));
    assert!(!is_signed_with(&old.secret, &after));
}

#[tokio::test]
async fn an_endpoint_that_its_owner_turns_off_hears_nothing_until_it_is_on_again() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && statuses(&log[0]) == [500]).await;

    let off = update_endpoint(&world, alice, &endpoint, json!({"isEnabled": false})).await;
    emit(&world, alice, EventKind::StatusPosted, 1).await;
    update_endpoint(
        &world,
        alice,
        &endpoint,
        json!({"isEnabled": true, "kinds": ["STATUS_LIKED"]}),
    )
    .await;
    emit_like(&world, alice).await;

    assert_eq!(off["webhookEndpoint"]["disabledReason"], "OWNER");
    let log = read_settled_log(&world, alice, 2).await;
    assert_eq!(
        (&log[0]["state"], &log[1]["state"]),
        (&json!("FAILED"), &json!("DELIVERED"))
    );
    receiver.next().await;
    assert_eq!(number(&receiver.next().await), log[1]["sequence"]);
}

#[tokio::test]
async fn what_is_absent_from_a_change_stays_and_null_takes_it_away() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let made = json!({"url": receiver.url(), "kinds": ["STATUS_LIKED"], "description": "Mine"});
    let endpoint = add_endpoint_with(&world, alice, made).await;

    let same = update_endpoint(&world, alice, &endpoint, json!({})).await;
    let wider = update_endpoint(
        &world,
        alice,
        &endpoint,
        json!({"kinds": null, "description": null}),
    )
    .await;

    assert_eq!(same["webhookEndpoint"]["kinds"], json!(["STATUS_LIKED"]));
    assert_eq!(same["webhookEndpoint"]["description"], "Mine");
    assert_eq!(wider["webhookEndpoint"]["kinds"], Value::Null);
    assert_eq!(wider["webhookEndpoint"]["description"], Value::Null);
    assert_eq!(wider["webhookEndpoint"]["url"], receiver.url());
}

#[tokio::test]
async fn a_deleted_endpoint_hears_nothing_more_and_its_log_goes_with_it() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    let log = read_log_when(&world, alice, |log| log.len() == 1 && statuses(&log[0]) == [500]).await;
    receiver.drain();

    let mutation = "mutation ($id: ID!) { deleteWebhookEndpoint(input: {webhookEndpointId: $id}) {
        deletedWebhookEndpointId viewer { webhookEndpoints { id } } errors { code } } }";
    let data = world.ask(alice, mutation, json!({"id": endpoint.id})).await;
    world.clock.advance(TimeDelta::hours(1));
    emit_like(&world, alice).await;
    // Another endpoint's delivery of a later event proves that the followers and jobs came by.
    let mut other = Receiver::start().await;
    add_endpoint(&world, alice, &other).await;
    emit_like(&world, alice).await;
    other.next().await;

    let deleted = &data["deleteWebhookEndpoint"];
    assert_eq!(deleted["deletedWebhookEndpointId"], endpoint.id);
    assert_eq!(deleted["viewer"]["webhookEndpoints"], json!([]));
    assert!(receiver.drain().is_empty());
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    for id in [&endpoint.id, &text(&log[0]["id"])] {
        assert_eq!(
            world.ask(alice, node, json!({"id": id})).await["node"],
            Value::Null
        );
    }
}

#[tokio::test]
async fn a_test_says_what_the_endpoint_answered() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    update_endpoint(&world, alice, &endpoint, json!({"isEnabled": false})).await;
    receiver.answer([Answer::Status(200), Answer::Status(418)]);
    let mutation = "mutation ($id: ID!) { testWebhookEndpoint(input: {webhookEndpointId: $id}) {
        attempt { isSuccess status failureReason failureMessage response } errors { code } } }";
    let test = async || {
        let mut data = world.ask(alice, mutation, json!({"id": endpoint.id})).await;
        data["testWebhookEndpoint"].take()
    };

    let (good, bad) = (test().await, test().await);

    assert_eq!(
        good["attempt"],
        json!({"isSuccess": true, "status": 200, "failureReason": null, "failureMessage": null,
            "response": "answer 200"})
    );
    assert_eq!(bad["attempt"]["status"], 418);
    assert_eq!(bad["attempt"]["isSuccess"], false);
    let heard = receiver.next().await;
    assert_eq!(heard.json()["type"], "TEST");
    assert_eq!(heard.json()["data"]["subjectId"], endpoint.id);
    let verifier = standardwebhooks::Webhook::new(&endpoint.secret).unwrap();
    verifier.verify(&heard.body, &heard.headers).unwrap();
    assert!(read_log(&world, alice).await.is_empty(), "nothing of it is kept");
}

#[tokio::test]
async fn tests_are_sent_ten_times_a_minute_at_most() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let endpoint = add_endpoint(&world, alice, &receiver).await;
    let mutation = "mutation ($id: ID!) { testWebhookEndpoint(input: {webhookEndpointId: $id}) {
        attempt { status } errors { code ... on LimitExceeded { limit used resetsAt } } } }";

    for _ in 0..10 {
        world.ask(alice, mutation, json!({"id": endpoint.id})).await;
    }
    let refused = world.ask(alice, mutation, json!({"id": endpoint.id})).await;

    let payload = &refused["testWebhookEndpoint"];
    assert_eq!(payload["attempt"], Value::Null);
    let error = &payload["errors"][0];
    assert_eq!(
        (&error["code"], &error["limit"], &error["used"]),
        (&json!("LIMIT_EXCEEDED"), &json!(10), &json!(10))
    );
    let resets_at: DateTime<Utc> = text(&error["resetsAt"]).parse().unwrap();
    let wait = resets_at - world.clock.now();
    assert!(
        wait > TimeDelta::zero() && wait <= TimeDelta::seconds(6),
        "{wait}"
    );
}

/// The cursor before a user's first event.
const BEGINNING: &str = "ZXZlbnQ6MA";

#[tokio::test]
async fn each_change_of_an_endpoint_is_told_to_its_owners_clients_and_to_no_webhook() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let mut changes = world.subscribe(
        alice,
        "subscription ($after: Cursor) { webhookEndpointChanged(after: $after) { sequence kind webhookEndpoint { description } } }",
        json!({"after": BEGINNING}),
    );
    let mut next = async || {
        let response = timeout(DEADLINE, changes.next()).await.unwrap().unwrap();
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()["webhookEndpointChanged"]["sequence"].clone()
    };

    let endpoint = add_endpoint(&world, alice, &receiver).await;
    let made = next().await;
    update_endpoint(&world, alice, &endpoint, json!({"description": "Mine"})).await;
    let updated = next().await;
    rotate(&world, alice, &endpoint).await;
    let rotated = next().await;
    emit_like(&world, alice).await;

    assert_eq!((made, updated, rotated), (json!(1), json!(2), json!(3)));
    assert_eq!(number(&receiver.next().await), 4);
    assert!(receiver.drain().is_empty());
}
