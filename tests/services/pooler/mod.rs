//! Servers whose database lies behind a real `PgBouncer` in transaction mode.

pub(crate) mod server;

use amda::app::App;
use amda::config::{DatabaseConfig, DatabaseUrls};
use amda::db::{self, Db};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::server::{Pooler, SESSIONS};
use crate::another_server::another_server;
use crate::support::app::{TestApp, TestPhone, TestUser, tuning};
use crate::support::database::{TestDatabase, connect};
use crate::support::websocket::SOON;

/// A server behind a pooler, and another one that is told by polling alone.
async fn two_servers(database: &TestDatabase, pooler: &Pooler) -> (TestApp, Box<App>) {
    let direct = Some(database.app_url().clone());
    let here = TestApp::start_tuned(
        |config| config.database = DatabaseConfig::Urls(pooler.urls(database.urls(), direct)),
        tuning(),
    )
    .await;
    let there = another_server(
        &here,
        |config| config.database = DatabaseConfig::Urls(pooler.urls(database.urls(), None)),
        tuning(),
    )
    .await;
    (here, there)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_behind_a_pooler_do_what_they_do_without_one() {
    let database = TestDatabase::create().await;
    let pooler = Pooler::start(&database);
    let (here, there) = two_servers(&database, &pooler).await;
    let (alice, phone) = here
        .premium_with_phone("alice@example.org", "5511800000801")
        .await;
    let bob = phone.contact("5511800000802", "Bob").await;
    let alice_there = TestUser::at(there.address, &alice.token);
    let mut heard = [
        alice.subscribe_from_now("statusChanged", "status { text }").await,
        alice_there
            .subscribe_from_now("statusChanged", "status { text }")
            .await,
    ];

    for number in 0..20 {
        let text = format!("status {number}");
        phone
            .happen(json!({"kind": "status", "from": bob, "text": text}))
            .await;
    }
    for socket in &mut heard {
        for number in 0..20 {
            let event = socket.next_event(SOON).await;
            let text = event.pointer("/statusChanged/status/text").unwrap();
            assert_eq!(text, &json!(format!("status {number}")));
        }
    }
    let asked: Vec<_> = (0..40)
        .map(|number| if number % 2 == 0 { &alice } else { &alice_there })
        .map(|user| {
            user.run(
                "{ viewer { statuses(first: 50) { totalCount } accounts(first: 5) { nodes { state } } } }",
                json!({}),
            )
        })
        .collect();
    for answer in futures::future::join_all(asked).await {
        assert_eq!(
            answer.pointer("/viewer/statuses/totalCount"),
            Some(&json!(20)),
            "{answer}"
        );
    }

    let watcher = connect(database.url()).await;
    let query =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'amda_app'";
    let sessions: i64 = watcher.query_one(query, &[]).await.unwrap().get(0);
    // One more listens.
    assert!(
        sessions <= i64::try_from(SESSIONS).unwrap() + 1,
        "{sessions} sessions"
    );
    Box::pin(there.stop()).await.expect("the other server stops");
    here.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_restarts_behind_a_pooler_and_keeps_its_accounts() {
    let database = TestDatabase::create().await;
    let pooler = Pooler::start(&database);
    let urls = pooler.urls(database.urls(), None);
    let app = TestApp::start_tuned(|config| config.database = DatabaseConfig::Urls(urls), tuning()).await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511800000803").await;
    let bob = phone.contact("5511800000804", "Bob").await;

    let app = app.restart().await;
    let alice = TestUser::at(app.app.address, &alice.token);
    let phone = TestPhone {
        simulator: app.simulator().clone(),
        ..phone
    };
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "after the restart"}))
        .await;

    alice
        .until(
            "{ viewer { statuses(first: 5) { nodes { text } } } }",
            json!({}),
            |answer| answer.pointer("/viewer/statuses/nodes/0/text") == Some(&json!("after the restart")),
        )
        .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_is_not_named_or_cannot_be_used_is_refused_with_the_remedy() {
    let database = TestDatabase::create().await;
    let pooler = Pooler::start_sticky(&database);
    let told = |error: db::DbError| error.to_string();

    let unnamed = pooler.unnamed(database.app_url());
    let of_server = db::require_ready(&unnamed).await.map_err(told);
    let owner = DatabaseUrls {
        owner: Some(pooler.unnamed(database.url())),
        ..database.urls().clone()
    };
    let of_owner = db::migrate(&owner).await.map_err(told);
    let direct = pooler.urls(database.urls(), Some(unnamed));
    let of_direct = db::migrate(&direct).await.map_err(told);

    assert_eq!(
        of_server.unwrap_err(),
        "DATABASE_URL leads to a pooler that gives each transaction another session; say so by pgbouncer=true in the URL"
    );
    let remedy = "leads to a pooler that gives each transaction another session; write the address of the database itself \
                  there, because one session is needed";
    assert_eq!(of_owner.unwrap_err(), format!("AMDA_DATABASE_OWNER_URL {remedy}"));
    assert_eq!(
        of_direct.unwrap_err(),
        format!("AMDA_DATABASE_DIRECT_URL {remedy}")
    );
    let named = pooler.urls(database.urls(), Some(database.app_url().clone()));
    db::migrate(&named).await.expect("a pooler that is named is used");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_behind_a_pooler_hears_of_another_one_by_its_direct_address_or_by_looking() {
    let database = TestDatabase::create().await;
    let pooler = Pooler::start(&database);
    let other = Db::connect(database.app_url(), 2).unwrap();
    let stop = CancellationToken::new();

    for direct in [None, Some(database.app_url().clone())] {
        let urls = pooler.urls(database.urls(), direct);
        let db = Db::connect(&urls.app, 2).unwrap().listening_at(urls.direct);
        let (mut wakeups, mut of_others) = (db.subscribe_to_wakeups(), db.subscribe_to_wakeups_of_others());
        let forwarding = tokio::spawn(db.forward_wakeups(stop.child_token()));
        // The first one tells that it listens.
        timeout(SOON, wakeups.changed()).await.unwrap().unwrap();

        let mut tx = other.begin_without_user().await.unwrap();
        db::notify_on_commit(&mut tx).await.unwrap();
        tx.commit().await.unwrap();

        timeout(SOON, of_others.changed()).await.unwrap().unwrap();
        forwarding.abort();
    }
}
