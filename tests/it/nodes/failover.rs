use std::time::{Duration, Instant};

use serde_json::json;

use super::cluster::{Cluster, statuses};
use crate::support::app::TestUser;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_of_a_killed_server_is_online_elsewhere_and_misses_nothing() {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    let phone = cluster.link(&user, "5511900000001").await;
    let bob = phone.contact("5511800000701", "Bob").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);
    let before = cluster.owners().await;

    first.kill();
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    there
        .until(
            "{ viewer { accounts(first: 1) { nodes { state } } statuses(first: 5) { nodes { text } } } }",
            json!({}),
            |answer| {
                answer.pointer("/viewer/accounts/nodes/0/state") == Some(&json!("ONLINE"))
                    && answer.pointer("/viewer/statuses/nodes/0/text") == Some(&json!("sunny"))
            },
        )
        .await;

    assert_eq!(statuses(&there).await, ["sunny"]);
    assert_ne!(cluster.owners().await, before);
    assert_eq!(cluster.doubled_logins().await, 0);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_of_a_server_that_stops_goes_on_elsewhere_at_once() {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    let phone = cluster.link(&user, "5511900000001").await;
    let bob = phone.contact("5511800000701", "Bob").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);

    first.stop().await;
    let stopped = Instant::now();
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    there
        .until(
            "{ viewer { statuses(first: 5) { nodes { text } } accounts(first: 1) { nodes { gaps(first: 5) { nodes { reason } } } } } }",
            json!({}),
            |answer| answer.pointer("/viewer/statuses/nodes/0/text") == Some(&json!("sunny")),
        )
        .await;
    let took = stopped.elapsed();

    assert!(took < Duration::from_secs(5), "it took {took:?}");
    assert_eq!(cluster.doubled_logins().await, 0);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_being_made_ends_with_its_server_and_is_reported_by_another() {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);
    user.run(
        "mutation { linkAccount(input: {label: \"Phone\"}) { account { id } errors { message } } }",
        json!({}),
    )
    .await;

    first.kill();
    let answer = there
        .until(
            "{ viewer { accounts(first: 1) { nodes { state stateReason } } } }",
            json!({}),
            |answer| answer.pointer("/viewer/accounts/nodes/0/state") == Some(&json!("STOPPED")),
        )
        .await;

    assert_eq!(
        answer.pointer("/viewer/accounts/nodes/0/stateReason"),
        Some(&json!("LINKING_INTERRUPTED"))
    );
    second.stop().await;
}
