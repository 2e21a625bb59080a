//! What an operator's Prometheus reads, from outside.

use std::net::SocketAddr;

use serde_json::json;

use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::database::connect;
use crate::support::http;
use crate::support::scrape::{Scrape, documented};
use crate::support::websocket::{SOON, Socket};

/// A server that serves metrics, and the address at which it does.
async fn watched() -> (TestApp, SocketAddr) {
    let app = TestApp::start_with(|config| config.metrics_listen = "127.0.0.1:0".parse().ok()).await;
    let metrics = app.app.metrics_address.expect("it serves metrics");
    (app, metrics)
}

/// A user with a phone and a socket, who likes one status; returns when the socket heard of it.
async fn a_liked_status(app: &TestApp) -> (TestUser, TestPhone, Socket) {
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000501").await;
    let bob = phone.contact("5511800000501", "Bob").await;
    let mut socket = user.subscribe_from_now("events", "kind").await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    while socket.next_event(SOON).await["events"]["kind"] != "STATUS_LIKED" {}
    (user, phone, socket)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_and_its_like_are_counted_on_their_way() {
    let (app, metrics) = watched().await;
    let before = Scrape::of(metrics).await;

    let (_user, _phone, socket) = a_liked_status(&app).await;

    let after = Scrape::until(metrics, |scrape| {
        scrape.count("amda_delivery_lag_seconds_count") >= 1.0 && scrape.value("amda_sockets") == Some(1.0)
    })
    .await;
    assert_eq!(before.value("amda_accounts{state=\"ONLINE\"}"), Some(0.0));
    assert_eq!(after.value("amda_accounts{state=\"ONLINE\"}"), Some(1.0));
    assert_eq!(after.value("amda_accounts_to_run{lease=\"HELD\"}"), Some(1.0));
    assert_eq!(after.value("amda_accounts_to_run{lease=\"FREE\"}"), Some(0.0));
    assert_eq!(after.value("amda_leases_held"), Some(1.0));
    assert_eq!(after.value("amda_events_total{kind=\"STATUS_LIKED\"}"), Some(1.0));
    assert_eq!(after.value("amda_outbox_answers_total{code=\"OK\"}"), Some(1.0));
    assert_eq!(after.value("amda_outbox_messages{state=\"DUE\"}"), Some(0.0));
    assert!(after.count("amda_whatsapp_events_total{kind=\"TEXT\"}") >= 1.0);
    assert!(after.count("amda_commit_lag_seconds_count") >= 1.0);
    for stage in [
        "DECRYPT",
        "WAIT",
        "BEGIN",
        "STATEMENTS",
        "COMMIT",
        "PUBLISH",
        "SOCKET_WRITE",
    ] {
        let count = format!("amda_stage_seconds_count{{stage=\"{stage}\"}}");
        assert!(after.count(&count) >= 1.0, "{stage}");
    }
    assert!(after.count("amda_batch_events_sum") > before.count("amda_batch_events_sum"));
    assert!(after.count("amda_operation_seconds_count{type=\"MUTATION\"}") >= 2.0);
    assert_eq!(after.value("amda_subscriptions"), Some(1.0));
    drop(socket);
    Scrape::until(metrics, |scrape| scrape.value("amda_sockets") == Some(0.0)).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_wrong_on_whatsapp_is_counted() {
    let (app, metrics) = watched().await;
    let (_user, phone, mut socket) = a_liked_status(&app).await;

    phone.fail(json!({"kind": "nackNext", "code": 463})).await;
    phone
        .happen(json!({"kind": "status", "from": "5511800000501", "text": "rainy"}))
        .await;
    Scrape::until(metrics, |scrape| {
        scrape.count("amda_outbox_answers_total{code=\"463\"}") >= 1.0
    })
    .await;
    phone.fail(json!({"kind": "cut"})).await;

    while socket.next_event(SOON).await["events"]["kind"] != "ACCOUNT_CHANGED" {}
    let gap = "amda_connection_gaps_total{reason=\"CONNECTION_LOST\"}";
    let scrape = Scrape::until(metrics, |scrape| scrape.count(gap) >= 1.0).await;
    assert!(scrape.count("amda_reconnects_total") >= 1.0);
    Scrape::until(metrics, |scrape| {
        scrape.count("amda_accounts{state=\"ONLINE\"}") >= 1.0
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documentation_lists_what_is_served_and_nothing_of_anybody_is() {
    let (app, metrics) = watched().await;
    let (_user, phone, _socket) = a_liked_status(&app).await;
    // An error, and a gap.
    app.client().run("{ viewer { id } }", json!({})).await;
    phone.fail(json!({"kind": "cut"})).await;

    let gap = "amda_connection_gaps_total{reason=\"CONNECTION_LOST\"}";
    let scrape = Scrape::until(metrics, |scrape| scrape.count(gap) >= 1.0).await;

    let (served, documented) = (scrape.described(), documented());
    let names: [Vec<&String>; 2] = [served.keys().collect(), documented.keys().collect()];
    assert_eq!(names[0], names[1], "served (left), documented (right)");
    for (name, described) in &served {
        assert_eq!(
            described, &documented[name],
            "{name} as served (left) and documented (right)"
        );
    }
    for series in scrape.series() {
        let has_number = series
            .split(|c: char| !c.is_ascii_digit())
            .any(|digits| digits.len() > 4);
        let is_private = ["@", "5511", "alice", "Bob", "sunny"]
            .iter()
            .any(|word| series.contains(word));
        assert!(!has_number && !is_private, "{series}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_what_it_knows_is_absent() {
    let (app, metrics) = watched().await;
    let series = "amda_accounts{state=\"ONLINE\"}";
    let before = Scrape::of(metrics).await;
    let owner = connect(app.database.url()).await;
    let name: String = owner
        .query_one("SELECT current_database()::text", &[])
        .await
        .unwrap()
        .get(0);
    // Superusers are not limited.
    let limit = |most: i32| format!("ALTER DATABASE \"{name}\" CONNECTION LIMIT {most}");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";

    owner.batch_execute(&limit(0)).await.unwrap();
    owner.batch_execute(end).await.unwrap();
    let away = Scrape::until(metrics, |scrape| scrape.value("amda_database_up") == Some(0.0)).await;
    owner.batch_execute(&limit(-1)).await.unwrap();
    let back = Scrape::until(metrics, |scrape| scrape.value("amda_database_up") == Some(1.0)).await;

    assert_eq!(before.value(series), Some(0.0));
    assert_eq!((away.value(series), away.value("amda_servers")), (None, None));
    assert!(away.value("amda_sockets").is_some());
    assert_eq!(back.value(series), Some(0.0));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_setting_no_metrics_are_served() {
    let app = TestApp::start().await;

    let answer = http::get(&format!("http://{}/metrics", app.app.address)).await;

    assert_eq!(answer.status(), 404);
    assert_eq!(app.app.metrics_address, None);
    app.stop().await;
}
