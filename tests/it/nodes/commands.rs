use serde_json::{Value, json};

use super::cluster::{Cluster, Node};
use crate::support::app::{TestPhone, TestUser};
use crate::support::websocket::SOON;

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

async fn state(user: &TestUser) -> Value {
    let answer = user
        .run("{ viewer { accounts(first: 1) { nodes { state } } } }", json!({}))
        .await;
    answer["viewer"]["accounts"]["nodes"][0]["state"].clone()
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_codes_and_the_progress_of_a_link_are_pushed_at_a_server_that_does_not_make_it() {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);
    cluster
        .simulator
        .create_phone("5511900000001", "Owner")
        .await
        .unwrap();
    let linked = user
        .run(
            "mutation { linkAccount(input: {label: \"Phone\"}) { account { id } errors { message } } }",
            json!({}),
        )
        .await;
    let account = &linked["linkAccount"]["account"]["id"];

    let mut progress = there
        .subscribe(
            "subscription ($id: ID!) { linkProgress(accountId: $id) { state qr { code } } }",
            json!({"id": account}),
        )
        .await;
    let mut is_scanned = false;
    loop {
        let event = progress.next_event(SOON).await;
        let code = event.pointer("/linkProgress/qr/code").and_then(Value::as_str);
        if let Some(code) = code.filter(|_| !is_scanned) {
            cluster.simulator.scan("5511900000001", code).await.unwrap();
            is_scanned = true;
        }
        if event["linkProgress"]["state"] == "ONLINE" {
            break;
        }
    }

    assert_eq!(state(&there).await, "ONLINE");
    first.stop().await;
    second.stop().await;
}
