//! One server at a time works on a database.

use std::time::Duration;

use amda::db::SingleServer;
use futures::FutureExt as _;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::support::database::{TestDatabase, connect};

/// Time limit of each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);

/// The server processes that hold the lock, or wait for it.
const LOCKS: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted = $1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Waits until a process holds the lock, or waits for it, other than `before`.
async fn other_than(watcher: &Client, before: i32, is_granted: bool) -> i32 {
    let search = async {
        loop {
            let rows = watcher.query(LOCKS, &[&is_granted]).await.unwrap();
            let mut pids = rows.iter().map(|row| row.get::<_, i32>(0));
            if let Some(pid) = pids.find(|pid| *pid != before) {
                return pid;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(STEP_TIMEOUT, search)
        .await
        .expect("somebody comes in time")
}

async fn terminate(watcher: &Client, pid: i32) {
    watcher
        .execute("SELECT pg_terminate_backend($1)", &[&pid])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_second_server_waits_until_the_first_has_stopped() {
    let database = TestDatabase::create().await;
    let watcher = connect(database.url()).await;
    let first = SingleServer::claim(database.app_url()).await.unwrap();
    let url = database.app_url().clone();

    let second = tokio::spawn(async move { SingleServer::claim(&url).await });
    let tried = async {
        let query = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock%'";
        while watcher.query_one(query, &[]).await.unwrap().get::<_, i64>(0) < 2 {
            tokio::task::yield_now().await;
        }
    };
    timeout(STEP_TIMEOUT, tried)
        .await
        .expect("the second tries in time");
    let is_in = second.is_finished();
    first.release().await;

    assert!(!is_in);
    let second = timeout(STEP_TIMEOUT, second)
        .await
        .expect("the second comes in time");
    second.unwrap().unwrap().release().await;
}

#[tokio::test]
async fn a_server_that_was_killed_is_in_nobody_s_way() {
    let database = TestDatabase::create().await;

    drop(SingleServer::claim(database.app_url()).await.unwrap());

    let next = timeout(STEP_TIMEOUT, SingleServer::claim(database.app_url())).await;
    next.expect("the next comes in time").unwrap().release().await;
}

#[tokio::test]
async fn a_lost_connection_is_replaced() {
    let database = TestDatabase::create().await;
    let watcher = connect(database.url()).await;
    let server = SingleServer::claim(database.app_url()).await.unwrap();
    let before = other_than(&watcher, 0, true).await;

    terminate(&watcher, before).await;

    other_than(&watcher, before, true).await;
    assert_eq!(server.lost().now_or_never(), None);
    server.release().await;
}

#[tokio::test]
async fn a_server_is_told_when_another_took_its_place() {
    let database = TestDatabase::create().await;
    let (watcher, other) = (connect(database.url()).await, connect(database.url()).await);
    let server = SingleServer::claim(database.app_url()).await.unwrap();
    let pid = other_than(&watcher, 0, true).await;
    let waiting = tokio::spawn(async move {
        other
            .batch_execute("SELECT pg_advisory_lock(4702985232)")
            .await
            .unwrap();
        other
    });
    other_than(&watcher, 0, false).await;

    terminate(&watcher, pid).await;

    timeout(STEP_TIMEOUT, server.lost())
        .await
        .expect("it is told in time");
    drop(waiting.await.unwrap());
}
