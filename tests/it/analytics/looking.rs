//! What was counted is shown by the user's clock and calendar.

use amda::counts::{self, Metric, MonthOfContact};
use amda::id::ContactId;
use data_encoding::HEXLOWER;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use super::{LOOK, add, day, int, look, reference, set_zone};
use crate::support::app::TestApp;
use crate::support::http;

const BUCKETS: &str = "/viewer/analytics/buckets";

fn received(answer: &Value) -> Vec<i64> {
    let buckets = answer.pointer(BUCKETS).and_then(Value::as_array).unwrap();
    buckets
        .iter()
        .map(|bucket| int(bucket, "/counts/messagesReceived"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_the_users_own_and_empty_ones_are_shown() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000711").await;
    let account = reference(&alice, &phone).await;
    set_zone(&app, account, "Europe/Berlin").await;
    // 23:00 UTC is the next day in Berlin in winter, 22:00 in summer.
    let rows = [
        day(
            account,
            "2026-03-27",
            Metric::MessagesReceived,
            &[(91, 1), (92, 10)],
        ),
        day(
            account,
            "2026-03-29",
            Metric::MessagesReceived,
            &[(87, 100), (88, 1_000)],
        ),
    ];
    add(&app, account, &rows).await;

    let seen = alice.run(LOOK, look("2026-03-27", "2026-03-31", "DAY")).await;

    assert_eq!(received(&seen), [1, 10, 100, 1_000, 0]);
    assert_eq!(
        seen.pointer("/viewer/analytics/buckets/2"),
        Some(&json!({
            "startsAt": "2026-03-28T23:00:00+00:00", "endsAt": "2026-03-29T22:00:00+00:00",
            "counts": {"messagesReceived": 100, "messagesSent": 0, "likes": 0, "captures": 0, "deletions": 0},
        }))
    );
    assert_eq!(int(&seen, "/viewer/analytics/totals/messagesReceived"), 1_111);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_begin_where_the_zones_do_and_weeks_on_monday() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000712").await;
    let account = reference(&alice, &phone).await;
    set_zone(&app, account, "Asia/Kolkata").await;
    // Monday the 23rd begins at 18:30 UTC on Sunday, which is the 74th quarter.
    let rows = [day(
        account,
        "2026-11-22",
        Metric::MessagesReceived,
        &[(73, 1), (74, 10), (77, 100), (78, 1_000)],
    )];
    add(&app, account, &rows).await;

    let hours = alice.run(LOOK, look("2026-11-23", "2026-11-23", "HOUR")).await;
    let weeks = alice.run(LOOK, look("2026-11-16", "2026-11-29", "WEEK")).await;

    assert_eq!(received(&hours)[..3], [110, 1_000, 0]);
    assert_eq!(received(&hours).len(), 24);
    assert_eq!(received(&weeks), [1, 1_110]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_is_compared_with_as_many_days_before() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000713").await;
    let account = reference(&alice, &phone).await;
    let rows = [
        day(account, "2026-01-30", Metric::Likes, &[(0, 1_000)]),
        day(account, "2026-01-31", Metric::Likes, &[(0, 4)]),
        day(account, "2026-03-03", Metric::Likes, &[(95, 6)]),
        day(account, "2026-03-31", Metric::Likes, &[(50, 3)]),
    ];
    add(&app, account, &rows).await;

    let seen = alice.run(LOOK, look("2026-03-01", "2026-03-29", "MONTH")).await;

    assert_eq!(int(&seen, "/viewer/analytics/totals/likes"), 6);
    assert_eq!(int(&seen, "/viewer/analytics/previousTotals/likes"), 4);
    let changes = seen
        .pointer("/viewer/analytics/changes")
        .and_then(Value::as_array)
        .unwrap();
    let likes = changes.iter().find(|change| change["metric"] == "LIKES").unwrap();
    assert_eq!(likes["change"], 0.5);
    let edits = changes.iter().find(|change| change["metric"] == "EDITS").unwrap();
    assert_eq!(edits["change"], Value::Null);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_under_two_names_is_one_and_parts_of_months_are_counted_by_day() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000714").await;
    let account = reference(&alice, &phone).await;
    let core = &app.app.services.core;
    let (bob, alias, eve): (ContactId, ContactId, ContactId) =
        (core.ids.next(), core.ids.next(), core.ids.next());
    let mut work = core.begin(account.user).await.unwrap();
    let sealed = |id: ContactId, name| {
        let sealed = work.key.seal_text("contacts", "sealed_name", id, name);
        HEXLOWER.encode(&sealed)
    };
    let insert = format!(
        "INSERT INTO contacts (id, user_id, account_id, lid, sealed_name, same_as, created_at) VALUES
            ('{bob}', '{user}', '{account}', '9001', '\\x{bobs_name}', NULL, now()),
            ('{eve}', '{user}', '{account}', '9002', '\\x{eves_name}', NULL, now()),
            ('{alias}', '{user}', '{account}', NULL, NULL, '{bob}', now())",
        bob = bob.as_uuid(),
        eve = eve.as_uuid(),
        alias = alias.as_uuid(),
        user = account.user.as_uuid(),
        account = account.id.as_uuid(),
        bobs_name = sealed(bob, "Bob"),
        eves_name = sealed(eve, "Eve"),
    );
    work.batch_execute(&insert).await.unwrap();
    let month = |month: &str, contact, per_day: i32| MonthOfContact {
        month: month.parse().unwrap(),
        account: account.id,
        contact,
        metric: Metric::MessagesReceived,
        counts: vec![per_day; 31],
    };
    let months = [
        month("2026-01-01", bob, 1),
        month("2026-03-01", bob, 1),
        month("2026-01-01", alias, 1),
        month("2026-03-01", eve, 2),
        month("2026-04-01", eve, 100),
    ];
    counts::add_months(&mut work, account.user, &months)
        .await
        .unwrap();
    work.commit().await.unwrap();

    // Two days of January, both of Bob's names, and the whole of March.
    let seen = alice.run(LOOK, look("2026-01-30", "2026-03-31", "MONTH")).await;

    let top = seen.pointer("/viewer/analytics/topContacts").unwrap();
    assert_eq!(
        top,
        &json!([
            {"count": 62, "contact": {"displayName": "Eve"}},
            {"count": 35, "contact": {"displayName": "Bob"}},
        ])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_shown_says_what_can() {
    let app = TestApp::start().await;
    let (alice, _) = app.premium_with_phone("alice@example.org", "5511900000715").await;
    let (eve, others) = app.premium_with_phone("eve@example.org", "5511900000716").await;
    let wrong = [
        (look("2026-02-01", "2026-01-01", "DAY"), "before it begins"),
        (look("2025-01-01", "2025-12-31", "HOUR"), "at most 800"),
        (look("2016-01-01", "2025-12-31", "MONTH"), "at most 1830"),
        (look("2026-02-30", "2026-03-01", "DAY"), "a day that exists"),
    ];

    for (variables, why) in wrong {
        let reply = alice.client.run(LOOK, variables).await;
        let message = reply.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    }
    let mut foreign = look("2026-01-01", "2026-01-02", "DAY");
    foreign["accounts"] = json!([others.account]);
    let theirs = alice.client.run(LOOK, foreign.clone()).await;
    foreign["accounts"] = json!([amda::id::AccountId::from(ulid::Ulid::nil()).to_global()]);
    let nobodys = alice.client.run(LOOK, foreign).await;
    assert_eq!(theirs.error_code(), "NOT_FOUND");
    assert_eq!(theirs.body["errors"], nobodys.body["errors"]);
    drop(eve);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_downloaded_by_a_signed_link_and_by_no_other() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000717").await;
    let account = reference(&alice, &phone).await;
    set_zone(&app, account, "Europe/Paris").await;
    add(
        &app,
        account,
        &[day(account, "2026-11-23", Metric::Edits, &[(40, 7)])],
    )
    .await;

    let export = "mutation ($range: DateRange!) { exportAnalytics(input: {range: $range, bucket: DAY}) {
        url urlExpiresAt errors { message }
    } }";
    let answer = alice
        .run(
            export,
            json!({"range": {"from": "2026-11-22", "to": "2026-11-23"}}),
        )
        .await;

    let url = answer
        .pointer("/exportAnalytics/url")
        .and_then(Value::as_str)
        .unwrap();
    let table = http::get(url).await;
    assert_eq!(table.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        table.headers()["content-disposition"],
        "attachment; filename=\"amda-2026-11-22-2026-11-23.csv\""
    );
    assert_eq!(
        table.text().await.unwrap(),
        "starts_at,ends_at,messages_received,messages_sent,likes,captures,deletions,edits,auto_replies,status_views\r\n\
         2026-11-22T00:00:00+01:00,2026-11-23T00:00:00+01:00,0,0,0,0,0,0,0,0\r\n\
         2026-11-23T00:00:00+01:00,2026-11-24T00:00:00+01:00,0,0,0,0,0,7,0,0\r\n"
    );
    for wrong in [
        url.replace("expires=", "expires=9"),
        url.replace("analytics.", "analytics.e"),
    ] {
        assert_eq!(http::get(&wrong).await.status(), 403);
    }
    app.stop().await;
}
