use std::collections::BTreeMap;

use super::cluster::Cluster;
use crate::support::app::TestUser;
use crate::support::database::connect;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_join_get_their_share_of_the_accounts_one_after_the_other() {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    for number in ["5511900000001", "5511900000002", "5511900000003"] {
        cluster.link(&user, number).await;
    }

    let second = cluster.node().await;
    let two = cluster
        .wait_for_owners("two servers share three accounts", |owners| owners.len() == 2)
        .await;
    let third = cluster.node().await;
    let three = cluster
        .wait_for_owners("three servers have an account each", |owners| owners.len() == 3)
        .await;
    cluster.wait_until_connected().await;

    assert_eq!(two.iter().map(|(_, count)| count).sum::<i64>(), 3);
    assert!(three.iter().all(|(_, count)| *count == 1), "{three:?}");
    assert_eq!(cluster.doubled_logins().await, 0);
    for phone in cluster.simulator.phones().await {
        assert!(phone.logins <= 4, "{phone:?}");
    }
    for node in [first, second, third] {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_reconnects_each_account_at_most_twice() {
    let cluster = Cluster::open().await;
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    for number in ["5511900000001", "5511900000002"] {
        cluster.link(&user, number).await;
    }
    let second = cluster.node().await;
    let is_shared = |owners: &[(String, i64)]| owners.len() == 2;
    cluster.wait_for_owners("both have one", is_shared).await;
    cluster.wait_until_connected().await;
    let before = logins(&cluster).await;

    first.stop().await;
    let again = cluster.node().await;
    cluster.wait_for_owners("both have one again", is_shared).await;
    cluster.wait_until_connected().await;
    second.stop().await;
    let second_again = cluster.node().await;
    cluster
        .wait_for_owners("both have one in the end", is_shared)
        .await;
    cluster.wait_until_connected().await;

    for (number, logins) in logins(&cluster).await {
        let more = logins - before[&number];
        assert!(more <= 2, "{number} connected {more} times anew");
    }
    assert_eq!(cluster.doubled_logins().await, 0);
    let there = TestUser::at(second_again.address, &user.token);
    there.run("{ viewer { id } }", serde_json::json!({})).await;
    again.stop().await;
    second_again.stop().await;
}

async fn logins(cluster: &Cluster) -> BTreeMap<String, u64> {
    let phones = cluster.simulator.phones().await;
    phones
        .into_iter()
        .map(|phone| (phone.number, phone.logins))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_somebody_locks_for_long_costs_no_other_account_its_socket() {
    let cluster = Cluster::open().await;
    let node = cluster.node().await;
    let user = cluster.register(&node, "alice@example.org").await;
    for number in ["5511900000001", "5511900000002"] {
        cluster.link(&user, number).await;
    }
    cluster.wait_until_connected().await;
    let before = logins(&cluster).await;

    // Longer than a lease lasts.
    let lock = "BEGIN; SELECT FROM account_leases ORDER BY account_id LIMIT 1 FOR UPDATE; SELECT pg_sleep(7); COMMIT";
    connect(cluster.database.url())
        .await
        .batch_execute(lock)
        .await
        .unwrap();
    cluster.wait_until_connected().await;

    let unchanged = logins(&cluster)
        .await
        .into_iter()
        .filter(|(number, logins)| *logins == before[number])
        .count();
    assert!(unchanged >= 1, "{before:?}");
    assert_eq!(cluster.doubled_logins().await, 0);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_opens_at_most_twenty_connections_however_much_is_asked_of_it() {
    let cluster = Cluster::open().await;
    let node = cluster.node().await;
    let user = cluster.register(&node, "alice@example.org").await;
    for number in ["5511900000001", "5511900000002", "5511900000003"] {
        cluster.link(&user, number).await;
    }

    let query = "{ viewer { accounts(first: 3) { nodes { state } } statuses(first: 50) { totalCount } } }";
    for _ in 0..4 {
        // As many as may run and wait.
        let asked = (0..60).map(|_| user.run(query, serde_json::json!({})));
        futures::future::join_all(asked).await;
    }

    let watcher = connect(cluster.database.url()).await;
    let query =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'amda_app'";
    let connections: i64 = watcher.query_one(query, &[]).await.unwrap().get(0);
    assert!((1..=20).contains(&connections), "{connections} connections");
    node.stop().await;
}
