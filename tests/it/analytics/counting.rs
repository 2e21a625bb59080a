//! What WhatsApp brings is counted once.

use amda::counts::Metric;
use amda::features::users;
use amda::plan::Plan;
use serde_json::{Value, json};

use super::{LOOK, int, reference, these_days};
use crate::support::app::TestApp;

const TOTALS: &str = "/viewer/analytics/totals";

fn total(answer: &Value, metric: &str) -> i64 {
    int(answer, &format!("{TOTALS}/{metric}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_on_whatsapp_is_counted_once_though_it_is_delivered_twice() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000701").await;
    let bob = phone.contact("5511800000701", "Bob").await;
    phone.fail(json!({"kind": "duplicateNext"})).await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "are you there?"}))
        .await;
    phone
        .happen(json!({"kind": "message", "from": bob, "text": "hello?"}))
        .await;
    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    // The owner answers what has come.
    alice
        .until(LOOK, these_days(), |answer| {
            total(answer, "likes") == 1 && total(answer, "messagesReceived") == 2
        })
        .await;
    phone
        .happen(json!({"kind": "message", "from": phone.number, "chat": bob, "text": "yes"}))
        .await;
    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;
    phone
        .happen(json!({"kind": "viewOnce", "from": bob, "media": "image", "delivered": true}))
        .await;

    let seen = alice
        .until(LOOK, these_days(), |answer| {
            let settled = ["likes", "captures", "deletions", "messagesSent"];
            settled.iter().all(|metric| total(answer, metric) == 1) && total(answer, "messagesReceived") >= 3
        })
        .await;

    assert_eq!(total(&seen, "messagesReceived"), 3, "{seen:#}");
    assert_eq!(total(&seen, "messagesSent"), 1);
    assert_eq!(int(&seen, "/viewer/analytics/topContacts/0/count"), 3);
    assert_eq!(
        seen.pointer("/viewer/analytics/topContacts/0/contact/displayName"),
        Some(&json!("Bob"))
    );
    assert_eq!(int(&seen, "/viewer/analytics/responseTimes/overall/answers"), 1);
    let hours = seen
        .pointer("/viewer/analytics/busiestHours")
        .and_then(Value::as_array)
        .unwrap();
    let messages: i64 = hours.iter().map(|hour| int(hour, "/messages")).sum();
    assert_eq!((hours.len(), messages), (7 * 24, 4));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_free_user_sees_nothing_until_the_upgrade_shows_what_was_counted_before() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let phone = app.link_phone(&alice, "5511900000702").await;
    let bob = phone.contact("5511800000702", "Bob").await;
    phone
        .happen(json!({"kind": "message", "from": bob, "text": "hi"}))
        .await;

    let refused = alice.client.run(LOOK, these_days()).await;
    let export = alice
        .run(
            "mutation ($range: DateRange!) { exportAnalytics(input: {range: $range, bucket: DAY}) {
                url errors { code message }
            } }",
            these_days(),
        )
        .await;
    assert_eq!(refused.error_code(), "ENTITLEMENT_REQUIRED");
    assert_eq!(
        export.pointer("/exportAnalytics/errors/0/code"),
        Some(&json!("ENTITLEMENT_REQUIRED"))
    );

    let core = &app.app.services.core;
    users::set_plan(core, "alice@example.org", Plan::Premium)
        .await
        .unwrap();
    alice
        .until(LOOK, these_days(), |answer| {
            total(answer, "messagesReceived") == 1
        })
        .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_undone_was_not_counted() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000703").await;
    let account = reference(&alice, &phone).await;
    let core = &app.app.services.core;

    let mut undone = core.begin(account.user).await.unwrap();
    let now = undone.now;
    undone.count(Metric::Edits, account.id, None, now);
    undone.rollback().await.unwrap();
    let mut done = core.begin(account.user).await.unwrap();
    done.count(Metric::Edits, account.id, None, now);
    done.count(
        Metric::Edits,
        account.id,
        None,
        now - chrono::TimeDelta::days(4_000),
    );
    done.commit().await.unwrap();

    let seen = alice.run(LOOK, these_days()).await;
    // The one that claims to be years old counts where WhatsApp's store could have had it from.
    assert_eq!(total(&seen, "edits"), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_of_work_that_count_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000704").await;
    let account = reference(&alice, &phone).await;
    let core = app.app.services.core.clone();

    let counting = (0..16).map(|_| {
        let core = core.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let mut work = core.begin(account.user).await.unwrap();
                let now = work.now;
                for metric in [Metric::Likes, Metric::Edits, Metric::Captures] {
                    work.count(metric, account.id, None, now);
                }
                work.commit().await.unwrap();
            }
        })
    });
    futures::future::try_join_all(counting).await.unwrap();

    let seen = alice.run(LOOK, these_days()).await;
    assert_eq!(total(&seen, "likes"), 80);
    assert_eq!(total(&seen, "edits"), 80);
    app.stop().await;
}
