//! Calls of `createWebhookEndpoint` that are repeated with their key.

use amda::account::AccountRef;
use amda::hub::EventKind;
use serde_json::{Value, json};

use super::steps::{create_endpoint, list_endpoints};
use crate::support::graphql::{merged, mistakes};
use crate::support::world::World;

/// The payload of `createWebhookEndpoint` with a key, after `change` of its input.
async fn create(world: &World, account: AccountRef, change: Value) -> Value {
    let input = json!({"url": "https://example.org/hook", "idempotencyKey": "9b2f6d1e"});
    create_endpoint(world, account, merged(input, &change)).await
}

/// The number of endpoints, and of events that tell of them.
async fn count_made(world: &World, account: AccountRef) -> (usize, usize) {
    let events = world.events(account).await.into_iter();
    let told = events.filter(|row| row.event.kind == EventKind::WebhookEndpointChanged);
    (list_endpoints(world, account).await.len(), told.count())
}

#[tokio::test]
async fn a_call_that_is_repeated_with_its_key_answers_with_what_it_made() {
    let (world, account) = World::with_user("FREE").await;

    let (made, again) = tokio::join!(
        create(&world, account, json!({})),
        create(&world, account, json!({}))
    );
    let later = create(&world, account, json!({})).await;

    assert_eq!(made["errors"], json!([]));
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!((&again, &later), (&made, &made));
    assert_eq!(count_made(&world, account).await, (1, 1));
}

#[tokio::test]
async fn a_secret_that_took_the_place_of_the_first_is_not_shown_again() {
    let (world, account) = World::with_user("FREE").await;
    let made = create(&world, account, json!({})).await;
    let rotate =
        "mutation ($id: ID!) { rotateWebhookEndpointSecret(input: {webhookEndpointId: $id}) { secret } }";
    let id = &made["webhookEndpoint"]["id"];
    let rotated = world.ask(account, rotate, json!({ "id": id })).await;

    let again = create(&world, account, json!({})).await;

    assert!(rotated["rotateWebhookEndpointSecret"]["secret"].is_string());
    assert_eq!(
        (&again["webhookEndpoint"]["id"], &again["secret"]),
        (id, &json!(null))
    );
    assert_eq!(again["errors"], json!([]));
}

#[tokio::test]
async fn a_repeated_call_takes_no_other_place_of_the_ten() {
    let (world, account) = World::with_user("FREE").await;
    let made = create(&world, account, json!({})).await;
    let without_key = json!({"idempotencyKey": null});
    for _ in 0..9 {
        create(&world, account, json!({})).await;
        let other = create(&world, account, without_key.clone()).await;
        assert_eq!(other["errors"], json!([]));
    }

    let refused = create(&world, account, without_key).await;
    let again = create(&world, account, json!({})).await;

    assert_eq!(mistakes(&refused), ["LIMIT_EXCEEDED "]);
    assert_eq!(again, made);
    assert_eq!(count_made(&world, account).await, (10, 10));
}

#[tokio::test]
async fn a_key_is_for_one_input_of_one_user() {
    let (world, account) = World::with_user("FREE").await;
    let stranger = world.user("FREE").await;
    let made = create(&world, account, json!({})).await;

    let described = create(&world, account, json!({"description": "Mine"})).await;
    let wrong = create(&world, account, json!({"url": "nonsense", "kinds": []})).await;
    let theirs = create(&world, stranger, json!({})).await;

    assert_eq!(mistakes(&described), ["CONFLICT idempotencyKey"]);
    assert_eq!(described["secret"], Value::Null);
    assert_eq!(
        mistakes(&wrong),
        [
            "CONFLICT idempotencyKey",
            "INVALID_INPUT url",
            "INVALID_INPUT kinds",
        ]
    );
    assert_eq!(theirs["errors"], json!([]));
    assert_ne!(theirs["webhookEndpoint"]["id"], made["webhookEndpoint"]["id"]);
    assert_eq!(count_made(&world, account).await, (1, 1));
}

#[tokio::test]
async fn a_malformed_key_is_told_with_all_other_mistakes() {
    let (world, account) = World::with_user("FREE").await;
    let wrong = json!({
        "url": "nonsense", "kinds": [], "accountIds": ["nonsense"], "description": " ",
        "idempotencyKey": "x".repeat(65),
    });

    let refused = create(&world, account, wrong).await;
    let alone = create(&world, account, json!({"idempotencyKey": "é"})).await;

    assert_eq!(
        mistakes(&refused),
        [
            "INVALID_INPUT idempotencyKey",
            "INVALID_INPUT url",
            "INVALID_INPUT kinds",
            "INVALID_INPUT description",
            "NOT_FOUND accountIds.0",
        ]
    );
    assert_eq!(mistakes(&alone), ["INVALID_INPUT idempotencyKey"]);
    assert_eq!(count_made(&world, account).await, (0, 0));
}

#[tokio::test]
async fn a_call_whose_endpoint_was_deleted_is_told_so() {
    let (world, account) = World::with_user("FREE").await;
    let made = create(&world, account, json!({})).await;
    let delete = "mutation ($id: ID!) { deleteWebhookEndpoint(input: {webhookEndpointId: $id}) {
        errors { code }
    } }";
    let id = &made["webhookEndpoint"]["id"];
    world.ask(account, delete, json!({ "id": id })).await;

    let gone = create(&world, account, json!({})).await;

    assert_eq!(mistakes(&gone), ["CONFLICT idempotencyKey"]);
    let message = gone["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("was removed since"), "{message}");
    assert!(list_endpoints(&world, account).await.is_empty());
}
