//! Plans as their users see them: limits, their use, and what a cache knows them by.

mod ledger;
mod zones;

use amda::plan::Quota;
use serde_json::json;
use uuid::Uuid;

use crate::support::world::World;

#[tokio::test]
async fn the_use_of_every_limit_is_shown_and_a_monthly_one_says_when_it_starts_again() {
    let (world, account) = World::with_user("FREE").await;
    world.account(account.user).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    amda::plan::spend(&mut work, Quota::ViewOnceCaptures, Uuid::from_u128(1))
        .await
        .unwrap();
    work.commit().await.unwrap();

    let query = "{ viewer { quotas { quota limit used resetsAt } } }";
    let seen = world.ask(account, query, json!({})).await;

    assert_eq!(
        seen["viewer"]["quotas"],
        json!([
            {"quota": "LINKED_ACCOUNTS", "limit": 1, "used": 2, "resetsAt": null},
            {"quota": "SCHEDULED_STATUSES", "limit": 3, "used": 0, "resetsAt": null},
            {"quota": "VIEW_ONCE_CAPTURES", "limit": 3, "used": 1, "resetsAt": "2026-11-30T23:00:00+00:00"},
        ])
    );
}

#[tokio::test]
async fn plans_and_their_use_are_found_again_by_their_ids_and_only_by_their_user() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.user("PREMIUM").await;
    let query = "{ viewer {
        user { plan { id code entitlements { id maxLinkedAccounts maxMediaBytes } } }
        retention { id days } storage { id usedBytes limitBytes }
    } }";
    let seen = world.ask(account, query, json!({})).await;
    let viewer = &seen["viewer"];
    let plan = &viewer["user"]["plan"];

    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) {
        ... on Plan { code } ... on Entitlements { maxLinkedAccounts maxMediaBytes }
        ... on Retention { days } ... on StorageUsage { usedBytes limitBytes }
    } }";
    let ids = [
        &plan["id"],
        &plan["entitlements"]["id"],
        &viewer["retention"]["id"],
        &viewer["storage"]["id"],
    ];
    let own = world.ask(account, nodes, json!({ "ids": ids })).await;
    let others = world.ask(other, nodes, json!({ "ids": ids })).await;

    let gibibyte = 1_073_741_824;
    let shared = [
        json!({"code": "FREE"}),
        json!({"maxLinkedAccounts": 1, "maxMediaBytes": gibibyte}),
    ];
    assert_eq!(
        own["nodes"],
        json!([shared[0], shared[1], {"days": 90}, {"usedBytes": 0, "limitBytes": gibibyte}])
    );
    assert_eq!(others["nodes"], json!([shared[0], shared[1], null, null]));
}
