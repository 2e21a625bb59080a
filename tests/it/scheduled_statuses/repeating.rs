//! Calls of `scheduleStatus` that are repeated with their key.

use amda::account::AccountRef;
use amda::db::schema::jobs;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::steps::{add_upload, cancel, count_changes, plan_text, planned_in, schedule};
use crate::support::database::{allow_commits, fail_commits};
use crate::support::graphql::{merged, mistakes};
use crate::support::world::World;

const KEY: &str = "9b2f6d1e";

/// The input of a text with a key.
fn text(world: &World) -> Value {
    json!({
        "content": {"text": {"text": "hello"}}, "publishAt": planned_in(world, 10), "idempotencyKey": KEY,
    })
}

/// The payload of `scheduleStatus` with a key, after `change` of its input.
async fn schedule_text(world: &World, account: AccountRef, change: Value) -> Value {
    schedule(world, account, merged(text(world), &change)).await
}

/// The number of the user's scheduled statuses and of events that tell of them, and of everybody's jobs that publish.
async fn count_made(world: &World, account: AccountRef) -> (Value, usize, i64) {
    let query = "{ viewer { scheduledStatuses { totalCount } } }";
    let mut listed = world.ask(account, query, json!({})).await;
    let listed = listed["viewer"]["scheduledStatuses"]["totalCount"].take();
    let mut all = world.everything().await;
    let publications = jobs::table.filter(jobs::kind.eq("scheduled_statuses.publish"));
    let publications = publications.count().get_result(&mut all).await.unwrap();
    (listed, count_changes(world, account).await, publications)
}

#[tokio::test]
async fn a_call_that_is_repeated_with_its_key_answers_with_what_it_made() {
    let (world, account) = World::with_user("FREE").await;

    let (made, again) = tokio::join!(
        schedule_text(&world, account, json!({})),
        schedule_text(&world, account, json!({}))
    );
    let later = schedule_text(&world, account, json!({})).await;

    assert_eq!(made["errors"], json!([]));
    assert_eq!(made["scheduledStatus"]["content"]["text"], "hello");
    assert_eq!((&again, &later), (&made, &made));
    assert_eq!(count_made(&world, account).await, (json!(1), 1, 1));
}

#[tokio::test]
async fn a_status_that_took_an_upload_is_answered_with_again() {
    let (world, account) = World::with_user("FREE").await;
    let upload = add_upload(&world, account, "image/jpeg").await.to_global();
    let picture = json!({"content": {"media": {"uploadId": upload, "caption": "Sunny"}}});

    let made = schedule_text(&world, account, picture.clone()).await;
    let again = schedule_text(&world, account, picture).await;

    assert_eq!(made["errors"], json!([]));
    assert_eq!(again, made);
}

#[tokio::test]
async fn a_repeated_call_answers_with_the_status_as_it_is_now() {
    let (world, account) = World::with_user("FREE").await;
    let made = schedule_text(&world, account, json!({})).await;
    let id = made["scheduledStatus"]["id"].as_str().unwrap();
    cancel(&world, account, id).await;

    let again = schedule_text(&world, account, json!({})).await;

    assert_eq!(again["errors"], json!([]));
    assert_eq!(again["scheduledStatus"]["id"], id);
    assert_eq!(again["scheduledStatus"]["state"], "CANCELLED");
    assert_eq!(count_made(&world, account).await, (json!(1), 2, 0));
}

#[tokio::test]
async fn a_repeated_call_takes_no_other_place_of_the_plan() {
    let (world, account) = World::with_user("FREE").await;
    let made = schedule_text(&world, account, json!({})).await;
    for _ in 0..2 {
        schedule_text(&world, account, json!({})).await;
        plan_text(&world, account, 10).await;
    }

    let refused = schedule_text(&world, account, json!({"idempotencyKey": null})).await;
    let again = schedule_text(&world, account, json!({})).await;

    assert_eq!(mistakes(&refused), ["LIMIT_EXCEEDED "]);
    assert_eq!(again, made);
    assert_eq!(count_made(&world, account).await, (json!(3), 3, 3));
}

#[tokio::test]
async fn a_key_is_for_one_input_of_one_user() {
    let (world, account) = World::with_user("PREMIUM").await;
    let stranger = world.user("PREMIUM").await;
    let made = schedule_text(&world, account, json!({})).await;

    let other = json!({"content": {"text": {"text": "other"}}});
    let other = schedule_text(&world, account, other).await;
    let wrong = json!({"content": {"text": {"text": " "}}, "audience": {"all": false}});
    let wrong = schedule_text(&world, account, wrong).await;
    let theirs = schedule_text(&world, stranger, json!({})).await;

    assert_eq!(mistakes(&other), ["CONFLICT idempotencyKey"]);
    assert_eq!(
        mistakes(&wrong),
        [
            "CONFLICT idempotencyKey",
            "INVALID_INPUT audience.all",
            "INVALID_INPUT content.text.text",
        ]
    );
    assert_eq!(theirs["errors"], json!([]));
    assert_ne!(theirs["scheduledStatus"]["id"], made["scheduledStatus"]["id"]);
    assert_eq!(count_made(&world, account).await, (json!(1), 1, 2));
}

#[tokio::test]
async fn a_key_is_for_one_mutation() {
    let (world, account) = World::with_user("FREE").await;
    let mutation = "mutation ($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) {
        errors { code path }
    } }";
    let endpoint = json!({"url": "https://example.org/hook", "idempotencyKey": KEY});

    let created = world.ask(account, mutation, json!({ "input": endpoint })).await;
    let scheduled = schedule_text(&world, account, json!({})).await;

    assert_eq!(created["createWebhookEndpoint"]["errors"], json!([]));
    assert_eq!(scheduled["errors"], json!([]));
}

#[tokio::test]
async fn a_malformed_key_is_told_with_all_other_mistakes() {
    let (world, account) = World::with_user("PREMIUM").await;
    let wrong = json!({
        "accountId": "nonsense",
        "publishAt": {"local": {"at": "noon"}},
        "content": {"text": {"text": " "}},
        "audience": {"all": false},
        "idempotencyKey": "two words",
    });

    let refused = schedule_text(&world, account, wrong).await;
    let alone = schedule_text(&world, account, json!({"idempotencyKey": "\u{200B}"})).await;

    assert_eq!(
        mistakes(&refused),
        [
            "INVALID_INPUT idempotencyKey",
            "NOT_FOUND accountId",
            "INVALID_INPUT publishAt.local.at",
            "INVALID_INPUT audience.all",
            "INVALID_INPUT content.text.text",
        ]
    );
    assert_eq!(mistakes(&alone), ["INVALID_INPUT idempotencyKey"]);
    assert_eq!(count_made(&world, account).await, (json!(0), 0, 0));
}

#[tokio::test]
async fn a_call_whose_commit_failed_makes_it_when_it_is_repeated() {
    let (world, account) = World::with_user("FREE").await;
    let mutation = "mutation ($input: ScheduleStatusInput!) { scheduleStatus(input: $input) {
        errors { code path }
    } }";
    let input = merged(text(&world), &json!({"accountId": account.id.to_global()}));
    fail_commits(&world.database).await;
    let failed = world.respond(account, mutation, json!({ "input": input })).await;
    allow_commits(&world.database).await;

    let again = schedule_text(&world, account, json!({})).await;

    assert!(failed.is_err());
    assert_eq!(again["errors"], json!([]));
    assert_eq!(count_made(&world, account).await, (json!(1), 1, 1));
}

#[tokio::test]
async fn a_call_whose_status_was_removed_is_told_so() {
    let (world, account) = World::with_user("FREE").await;
    schedule_text(&world, account, json!({})).await;
    let remove = "mutation ($id: ID!) { removeAccount(input: {accountId: $id, isConfirmed: true}) {
        errors { code }
    } }";
    let id = account.id.to_global();
    world.ask(account, remove, json!({ "id": id })).await;

    let gone = schedule_text(&world, account, json!({})).await;

    assert_eq!(
        mistakes(&gone),
        ["CONFLICT idempotencyKey", "NOT_FOUND accountId"]
    );
    let message = gone["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("was removed since"), "{message}");
    assert_eq!(count_made(&world, account).await.0, 0);
}
