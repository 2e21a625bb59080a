//! A whole server: what a client sees of retention and storage, and what an operator does beside it.

use amda::features::users;
use amda::plan::Plan;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::platform::amda;
use crate::support::app::{TestApp, TestUser};
use crate::support::database::connect;
use crate::support::websocket::SOON;

/// The `amda` command beside the running server: its exit code, and what it said.
async fn command(app: &TestApp, arguments: &[&str]) -> (Option<i32>, String) {
    let data = app.config.data_dir.to_str().unwrap();
    let variables = [
        ("DATABASE_URL", app.database.app_url().expose_secret()),
        ("AMDA_DATA_DIR", data),
    ];
    let outcome = amda(&app.config.data_dir, arguments, &variables).await;
    (outcome.code, outcome.printed + &outcome.complained)
}

async fn viewer(user: &TestUser) -> Value {
    let query = "{ viewer { retention { days graceUntil } storage { usedBytes limitBytes } } }";
    let mut data = user.run(query, json!({})).await;
    data["viewer"].take()
}

/// Makes everything that the users have older by so many days.
async fn age(app: &TestApp, days: u32) {
    let statement = format!(
        "UPDATE statuses SET posted_at = posted_at - interval '{days} days', \
             expires_at = expires_at - interval '{days} days'"
    );
    connect(app.database.url())
        .await
        .batch_execute(&statement)
        .await
        .unwrap();
}

/// Waits until the sweep with which the server begins is over: it would take what is made old meanwhile.
async fn first_sweep(app: &TestApp) {
    let owner = connect(app.database.url()).await;
    let query = "SELECT NOT EXISTS (SELECT FROM jobs WHERE kind = 'retention.sweep' AND died_at IS NULL)
        AND EXISTS (SELECT FROM job_schedules WHERE name = 'retention.sweep' AND last_run_at IS NOT NULL)";
    let over = async {
        while !owner.query_one(query, &[]).await.unwrap().get::<_, bool>(0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, over)
        .await
        .expect("the first sweep comes to its end");
}

async fn a_user_with_statuses(app: &TestApp, email: &str, number: &str, count: usize) -> TestUser {
    let user = app.register(email).await;
    let phone = app.link_phone(&user, number).await;
    let bob = phone.contact(&format!("{number}7"), "Bob").await;
    for n in 0..count {
        phone
            .happen(json!({"kind": "status", "from": bob, "text": format!("status {n}")}))
            .await;
    }
    let query = "{ viewer { statuses(first: 50) { edges { cursor } } } }";
    user.until(query, json!({}), |data| {
        data["viewer"]["statuses"]["edges"].as_array().unwrap().len() == count
    })
    .await;
    user
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_sees_for_how_long_things_are_kept_and_how_much_space_is_used() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;

    let free = viewer(&user).await;
    assert_eq!(free["retention"], json!({ "days": 90, "graceUntil": null }));
    assert_eq!(
        free["storage"],
        json!({ "usedBytes": 0, "limitBytes": 1_073_741_824 })
    );
    let core = &app.app.services.core;
    users::set_plan(core, "alice@example.org", Plan::Premium)
        .await
        .unwrap();
    let premium = viewer(&user).await;
    assert_eq!(premium["retention"], json!({ "days": null, "graceUntil": null }));
    assert_eq!(premium["storage"]["limitBytes"], 53_687_091_200_i64);

    let (code, said) = command(&app, &["users", "set-plan", "alice@example.org", "free"]).await;

    assert_eq!(code, Some(0), "{said}");
    let downgraded = viewer(&user).await;
    assert_eq!(downgraded["retention"]["days"], 90);
    let until: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(downgraded["retention"]["graceUntil"].clone()).unwrap();
    let days = (until - core.clock.now()).num_hours();
    assert!((29 * 24..=30 * 24).contains(&days), "{until}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_sees_what_would_go_and_lets_it_go() {
    let app = TestApp::start().await;
    a_user_with_statuses(&app, "alice@example.org", "5511900000011", 2).await;
    a_user_with_statuses(&app, "bob@example.org", "5511900000012", 1).await;

    let (code, said) = command(&app, &["purge", "--dry-run"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("of 2 users, nothing has been kept for its time"),
        "{said}"
    );
    first_sweep(&app).await;
    age(&app, 91).await;
    let (_, said) = command(&app, &["purge", "--dry-run"]).await;
    assert!(said.contains("3 statuses would go"), "{said}");
    assert!(said.contains("nothing was removed"), "{said}");
    let (_, said) = command(&app, &["purge", "--user", "alice@example.org"]).await;
    assert!(
        said.contains("of 1 user:") && said.contains("2 statuses went"),
        "{said}"
    );
    let (code, said) = command(&app, &["purge"]).await;
    assert_eq!(code, Some(0));
    assert!(said.contains("1 statuses went"), "{said}");

    let (code, said) = command(&app, &["purge", "--user", "nobody@example.org"]).await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("error: there is no user with the e-mail address nobody@example.org"),
        "{said}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_sweeps_by_itself() {
    let app = TestApp::start().await;
    let user = a_user_with_statuses(&app, "alice@example.org", "5511900000013", 1).await;
    age(&app, 91).await;

    // Its next round is now.
    let owner = connect(app.database.url()).await;
    owner
        .batch_execute("UPDATE job_schedules SET next_run_at = now() - interval '1 minute' WHERE name = 'retention.sweep'")
        .await
        .unwrap();

    let gone = async {
        while owner
            .query_one("SELECT count(*) FROM statuses", &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            > 0
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), gone)
        .await
        .expect("the sweep comes round");
    let data = user
        .run(
            "{ viewer { statuses(first: 5) { edges { cursor } } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["viewer"]["statuses"]["edges"], json!([]));
    app.stop().await;
}
