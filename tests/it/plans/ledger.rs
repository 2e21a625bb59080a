//! The ledger of quotas, as its user reads it.

use amda::account::AccountRef;
use amda::plan::{Quota, refund, spend};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::world::World;

const LEDGER: &str =
    "query ($first: Int, $after: Cursor) { viewer { quotaUses(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id quota periodStart reason spentAt givenBackAt subject { __typename } } } } }";

/// Spends a unit on the thing of this number, a minute after what was before.
async fn spend_on(world: &World, account: AccountRef, number: u128) {
    world.clock.advance(TimeDelta::minutes(1));
    let mut work = world.core.begin(account.user).await.unwrap();
    spend(&mut work, Quota::ViewOnceCaptures, Uuid::from_u128(number))
        .await
        .unwrap();
    work.commit().await.unwrap();
}

async fn ledger(world: &World, account: AccountRef, variables: Value) -> Value {
    world.ask(account, LEDGER, variables).await["viewer"]["quotaUses"].take()
}

#[tokio::test]
async fn every_unit_is_told_with_what_it_was_for_and_stays_when_it_is_given_back() {
    let (world, account) = World::with_user("FREE").await;
    spend_on(&world, account, 1).await;
    world.clock.advance(TimeDelta::minutes(1));
    let mut work = world.core.begin(account.user).await.unwrap();
    refund(&mut work, Quota::ViewOnceCaptures, Uuid::from_u128(1))
        .await
        .unwrap();
    work.commit().await.unwrap();

    let mut seen = ledger(&world, account, json!({})).await;

    assert_eq!(seen["totalCount"], 1);
    seen["nodes"][0]["id"].take();
    assert_eq!(
        seen["nodes"],
        json!([{
            "id": null,
            "quota": "VIEW_ONCE_CAPTURES",
            "periodStart": "2026-11-01",
            "reason": "the content of a view-once message was captured",
            "spentAt": "2026-11-23T11:01:00+00:00",
            "givenBackAt": "2026-11-23T11:02:00+00:00",
            // The message was deleted, or never there.
            "subject": null,
        }])
    );
}

#[tokio::test]
async fn the_ledger_is_paged_newest_first_and_nobody_reads_another_s() {
    let (world, account) = World::with_user("PREMIUM").await;
    let other = world.user("PREMIUM").await;
    for number in 1..=5 {
        spend_on(&world, account, number).await;
    }

    let first = ledger(&world, account, json!({ "first": 3 })).await;
    let after = &first["pageInfo"]["endCursor"];
    let second = ledger(&world, account, json!({ "first": 3, "after": after })).await;

    let minutes = |page: &Value| -> Vec<String> {
        let nodes = page["nodes"].as_array().unwrap();
        nodes
            .iter()
            .map(|node| node["spentAt"].as_str().unwrap()[14..16].to_owned())
            .collect()
    };
    assert_eq!(minutes(&first), ["05", "04", "03"]);
    assert_eq!(minutes(&second), ["02", "01"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_eq!(ledger(&world, other, json!({})).await["totalCount"], 0);
    let id = &first["nodes"][0]["id"];
    let node = "query ($id: ID!) { node(id: $id) { ... on QuotaUse { spentAt } } }";
    let own = world.ask(account, node, json!({ "id": id })).await;
    let theirs = world.ask(other, node, json!({ "id": id })).await;
    assert_eq!(own["node"]["spentAt"], "2026-11-23T11:05:00+00:00");
    assert_eq!(theirs["node"], Value::Null);
}
