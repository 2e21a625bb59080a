use serde_json::json;

use super::cluster::{Cluster, statuses, until_status};
use super::proxy::Proxy;
use crate::support::app::TestUser;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_cut_off_from_the_database_closes_its_sockets_before_another_opens_one() {
    let cluster = Cluster::open().await;
    let proxy = Proxy::before(cluster.database.urls());
    let first = cluster.node_with(proxy.urls(cluster.database.urls())).await;
    let user = cluster.register(&first, "alice@example.org").await;
    let phone = cluster.link(&user, "5511900000001").await;
    let bob = phone.contact("5511800000701", "Bob").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);
    let before = cluster.owners().await;

    proxy.cut();
    let after = cluster
        .wait_for_owners("another takes the account over", |owners| {
            owners.len() == 1 && owners != before
        })
        .await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    until_status(&there, "sunny").await;
    proxy.mend();
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "rainy"}))
        .await;
    until_status(&there, "rainy").await;

    assert_eq!(
        cluster.owners().await,
        after,
        "the server that came back leaves it there"
    );
    assert_eq!(statuses(&there).await, ["rainy", "sunny"]);
    assert_eq!(cluster.doubled_logins().await, 0);
    first.stop().await;
    second.stop().await;
}
