//! What WhatsApp brings is counted once.

use amda::counts::Metric;
use amda::features::users;
use amda::plan::Plan;
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use super::{LOOK, int, reference, these_days, total};
use crate::support::app::TestApp;
use crate::support::world::World;

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
            total(answer, "LIKES") == 1 && total(answer, "MESSAGES_RECEIVED") == 2
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
            let settled = ["LIKES", "CAPTURES", "DELETIONS", "MESSAGES_SENT"];
            settled.iter().all(|metric| total(answer, metric) == 1) && total(answer, "MESSAGES_RECEIVED") >= 3
        })
        .await;

    assert_eq!(total(&seen, "MESSAGES_RECEIVED"), 3, "{seen:#}");
    assert_eq!(total(&seen, "MESSAGES_SENT"), 1);
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

    let nothing = alice.run(LOOK, these_days()).await;
    let export = alice
        .run(
            "mutation ($range: AnalyticsRangeInput!) { exportAnalytics(input: {range: $range, bucket: DAY}) {
                url errors { code message }
            } }",
            these_days(),
        )
        .await;
    assert_eq!(nothing["viewer"], json!({ "analytics": null }));
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
            total(answer, "MESSAGES_RECEIVED") == 1
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
    done.count(Metric::Edits, account.id, None, now - TimeDelta::days(4_000));
    done.commit().await.unwrap();

    let seen = alice.run(LOOK, these_days()).await;
    // The one that claims to be years old counts where WhatsApp's store could have had it from.
    assert_eq!(total(&seen, "EDITS"), 1);
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
    assert_eq!(total(&seen, "LIKES"), 80);
    assert_eq!(total(&seen, "EDITS"), 80);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_plan_sees_what_was_counted_today_by_the_users_clock() {
    let (world, account) = World::with_user("FREE").await;
    let mut work = world.core.begin(account.user).await.unwrap();
    work.batch_execute("UPDATE users SET time_zone = 'America/New_York'")
        .await
        .unwrap();
    let now = work.now;
    for hours in [1, 2, 13] {
        work.count(Metric::Likes, account.id, None, now - TimeDelta::hours(hours));
    }
    work.commit().await.unwrap();
    let query = "query ($of: [ID!]) { viewer { today(accountIds: $of) {
        date startsAt endsAt counts(metrics: [EDITS, LIKES]) { metric count }
    } } }";

    let all = world.ask(account, query, json!({})).await;
    let none = world.ask(account, query, json!({ "of": [] })).await;

    // It is noon in Berlin, 06:00 in New York; thirteen hours ago was yesterday there.
    assert_eq!(
        all["viewer"]["today"],
        json!({
            "date": "2026-11-23",
            "startsAt": "2026-11-23T05:00:00+00:00", "endsAt": "2026-11-24T05:00:00+00:00",
            "counts": [{ "metric": "LIKES", "count": 2 }, { "metric": "EDITS", "count": 0 }],
        })
    );
    assert_eq!(none["viewer"]["today"]["counts"][0]["count"], 0);
}
