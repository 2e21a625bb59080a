//! Calls of `linkAccount` that are repeated with their key.

use amda::account::AccountRef;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::graphql::mistakes;
use crate::support::world::World;

async fn link(world: &World, account: AccountRef, input: Value) -> Value {
    let query = "mutation ($input: LinkAccountInput!) { linkAccount(input: $input) {
        account { id label } viewer { accounts { totalCount } } errors { code path }
    } }";
    world.ask(account, query, json!({ "input": input })).await["linkAccount"].take()
}

fn work() -> Value {
    json!({"label": "Work", "idempotencyKey": "9b2f6d1e"})
}

#[tokio::test]
async fn a_call_that_is_repeated_with_its_key_answers_with_what_it_made() {
    let (world, account) = World::with_user("PREMIUM").await;

    let (made, again) = tokio::join!(link(&world, account, work()), link(&world, account, work()));
    let later = link(&world, account, work()).await;

    assert_eq!(made["errors"], json!([]));
    assert_eq!(made["account"]["label"], "Work");
    assert_eq!(made["account"], again["account"]);
    assert_eq!(made["account"], later["account"]);
    assert_eq!(later["viewer"]["accounts"]["totalCount"], 2);
}

#[tokio::test]
async fn a_key_is_for_one_input_of_one_user() {
    let (world, account) = World::with_user("PREMIUM").await;
    let stranger = world.user("PREMIUM").await;
    let made = link(&world, account, work()).await;

    let other = json!({"label": "Home", "idempotencyKey": "9b2f6d1e"});
    let refused = link(&world, account, other).await;
    let theirs = link(&world, stranger, work()).await;

    assert_eq!(mistakes(&refused), ["CONFLICT idempotencyKey"]);
    assert_eq!(theirs["errors"], json!([]));
    assert_ne!(theirs["account"]["id"], made["account"]["id"]);
}

#[tokio::test]
async fn a_key_is_good_for_a_day_and_does_not_bring_back_what_was_removed() {
    let (world, account) = World::with_user("PREMIUM").await;
    let made = link(&world, account, work()).await;
    let remove = "mutation ($id: ID!) { removeAccount(input: {accountId: $id, isConfirmed: true}) { errors { code } } }";
    world
        .ask(account, remove, json!({"id": made["account"]["id"]}))
        .await;

    let gone = link(&world, account, work()).await;
    world.clock.advance(TimeDelta::days(1));
    let new = link(&world, account, work()).await;

    assert_eq!(mistakes(&gone), ["CONFLICT idempotencyKey"]);
    assert_eq!(new["errors"], json!([]));
    assert_ne!(new["account"]["id"], made["account"]["id"]);
}
