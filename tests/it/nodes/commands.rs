use serde_json::json;

use super::cluster::{Cluster, Node};
use crate::support::app::{TestPhone, TestUser};

/// Two servers, and a phone that the first one runs; the user is at the second.
async fn two_servers() -> (Cluster, Node, Node, TestUser, TestPhone) {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    let phone = cluster.link(&user, "5511900000001").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);
    (cluster, first, second, there, phone)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_restarted_by_a_server_that_does_not_run_it() {
    let (cluster, first, second, there, phone) = two_servers().await;
    let before = cluster.simulator.phone(&phone.number).await.unwrap().logins;

    let answer = there
        .run(
            "mutation ($id: ID!) { restartAccount(input: {accountId: $id}) { account { state } errors { message } } }",
            json!({"id": phone.account}),
        )
        .await;
    there
        .until(
            "{ viewer { accounts(first: 1) { nodes { state } } } }",
            json!({}),
            |answer| answer.pointer("/viewer/accounts/nodes/0/state") == Some(&json!("ONLINE")),
        )
        .await;

    assert_eq!(answer.pointer("/restartAccount/errors"), Some(&json!([])));
    let phone = cluster.simulator.phone(&phone.number).await.unwrap();
    assert_eq!((phone.logins, phone.doubled_logins), (before + 1, 0));
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_unlinked_at_whatsapp_by_a_server_that_does_not_run_it() {
    let (cluster, first, second, there, phone) = two_servers().await;

    let answer = there
        .run(
            "mutation ($id: ID!) { unlinkAccount(input: {accountId: $id}) { account { state } errors { message } } }",
            json!({"id": phone.account}),
        )
        .await;

    assert_eq!(
        answer.pointer("/unlinkAccount/account/state"),
        Some(&json!("UNLINKED"))
    );
    let phone = cluster.simulator.phone(&phone.number).await.unwrap();
    assert_eq!(phone.linked_devices, 0, "the phone lists it no more");
    first.stop().await;
    second.stop().await;
}
