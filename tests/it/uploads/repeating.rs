//! Calls of `createUpload` that are repeated with their key.

use amda::account::AccountRef;
use amda::db::schema::{jobs, uploads};
use amda::hub::EventKind;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use crate::support::graphql::{merged, mistakes};
use crate::support::world::World;

/// The payload of `createUpload` with a key, after `change` of its input.
async fn create(world: &World, account: AccountRef, change: Value) -> Value {
    let mutation = "mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
        upload { id url maxBytes } errors { code message path }
    } }";
    let input = merged(
        json!({
            "accountId": account.id.to_global(), "mimeType": "image/jpeg", "sizeBytes": 1_000,
            "idempotencyKey": "9b2f6d1e",
        }),
        &change,
    );
    world.ask(account, mutation, json!({ "input": input })).await["createUpload"].take()
}

/// The number of uploads, of jobs that remove them, and of the user's events that tell of them.
async fn count_made(world: &World, account: AccountRef) -> (i64, i64, usize) {
    let mut all = world.everything().await;
    let rows = uploads::table.count().get_result(&mut all).await.unwrap();
    let removals = jobs::table.filter(jobs::kind.like("%upload%"));
    let removals = removals.count().get_result(&mut all).await.unwrap();
    let events = world.events(account).await.into_iter();
    let told = events.filter(|row| row.event.kind == EventKind::UploadChanged);
    (rows, removals, told.count())
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
    assert_eq!(made["upload"]["maxBytes"], 1_000);
    assert_eq!((&again, &later), (&made, &made));
    assert_eq!(count_made(&world, account).await, (1, 1, 1));
}

#[tokio::test]
async fn a_repeated_call_counts_once_against_the_limit_of_an_hour() {
    let (world, account) = World::with_user("FREE").await;
    let made = create(&world, account, json!({})).await;
    for _ in 0..3 {
        create(&world, account, json!({})).await;
    }
    let without_key = json!({"idempotencyKey": null});
    for _ in 0..29 {
        let other = create(&world, account, without_key.clone()).await;
        assert_eq!(other["errors"], json!([]));
    }

    let refused = create(&world, account, without_key).await;
    let again = create(&world, account, json!({})).await;

    assert_eq!(mistakes(&refused), ["LIMIT_EXCEEDED "]);
    assert_eq!(again, made);
}

#[tokio::test]
async fn a_key_is_for_one_input_of_one_user() {
    let (world, account) = World::with_user("FREE").await;
    let stranger = world.user("FREE").await;
    let made = create(&world, account, json!({})).await;

    let larger = create(&world, account, json!({"sizeBytes": 2_000})).await;
    let wrong = create(&world, account, json!({"mimeType": "image/gif"})).await;
    let theirs = create(&world, stranger, json!({})).await;

    assert_eq!(mistakes(&larger), ["CONFLICT idempotencyKey"]);
    assert_eq!(
        mistakes(&wrong),
        ["CONFLICT idempotencyKey", "INVALID_INPUT mimeType"]
    );
    assert_eq!(theirs["errors"], json!([]));
    assert_ne!(theirs["upload"]["id"], made["upload"]["id"]);
    assert_eq!(count_made(&world, account).await, (2, 2, 1));
}

#[tokio::test]
async fn a_malformed_key_is_told_with_all_other_mistakes() {
    let (world, account) = World::with_user("FREE").await;
    let wrong = json!({
        "accountId": "nonsense", "mimeType": "image/gif", "sizeBytes": 0, "idempotencyKey": "two words",
    });

    let refused = create(&world, account, wrong).await;
    let alone = create(&world, account, json!({"idempotencyKey": ""})).await;

    assert_eq!(
        mistakes(&refused),
        [
            "INVALID_INPUT idempotencyKey",
            "NOT_FOUND accountId",
            "INVALID_INPUT mimeType",
            "INVALID_INPUT sizeBytes",
        ]
    );
    assert_eq!(mistakes(&alone), ["INVALID_INPUT idempotencyKey"]);
    assert_eq!(count_made(&world, account).await, (0, 0, 0));
}

#[tokio::test]
async fn a_call_that_was_refused_may_be_corrected_and_keep_its_key() {
    let (world, account) = World::with_user("FREE").await;

    let refused = create(&world, account, json!({"sizeBytes": 0})).await;
    let corrected = create(&world, account, json!({})).await;

    assert_eq!(mistakes(&refused), ["INVALID_INPUT sizeBytes"]);
    assert_eq!(corrected["errors"], json!([]));
}

#[tokio::test]
async fn a_call_whose_upload_was_removed_is_told_so() {
    let (world, account) = World::with_user("FREE").await;
    create(&world, account, json!({})).await;
    let remove = "mutation ($id: ID!) { removeAccount(input: {accountId: $id, isConfirmed: true}) {
        errors { code }
    } }";
    let id = account.id.to_global();
    world.ask(account, remove, json!({ "id": id })).await;

    let gone = create(&world, account, json!({})).await;

    assert_eq!(
        mistakes(&gone),
        ["CONFLICT idempotencyKey", "NOT_FOUND accountId"]
    );
    let message = gone["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("was removed since"), "{message}");
}
