//! What was counted is shown by the user's clock and calendar.

use amda::counts::{self, Metric, MonthOfContact};
use amda::id::{AccountId, ContactId};
use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use super::{LOOK, add, day, look, reference, series, set_zone, total};
use crate::support::app::TestApp;
use crate::support::graphql::field_errors;
use crate::support::http;
use crate::support::world::World;

fn received(answer: &Value) -> Vec<i64> {
    let counts = series(answer, "MESSAGES_RECEIVED")["counts"].as_array().unwrap();
    counts.iter().map(|count| count.as_i64().unwrap()).collect()
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
        }))
    );
    assert_eq!(total(&seen, "MESSAGES_RECEIVED"), 1_111);
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

    assert_eq!(
        series(&seen, "LIKES"),
        &json!({"metric": "LIKES", "total": 6, "previousTotal": 4, "change": 0.5, "counts": [6]})
    );
    assert_eq!(series(&seen, "EDITS")["change"], Value::Null);
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
    let wrong = [
        (look("2026-02-01", "2026-01-01", "DAY"), "before it begins"),
        (look("2025-01-01", "2025-12-31", "HOUR"), "at most 800"),
        (look("2016-01-01", "2025-12-31", "MONTH"), "at most 1830"),
        (look("2026-02-30", "2026-03-01", "DAY"), "a day that exists"),
        (
            json!({"range": {"lastDays": 0}, "bucket": "DAY"}),
            "lastDays is 0; pass 1 to 1830",
        ),
    ];

    for (variables, why) in wrong {
        let reply = alice.client.run(LOOK, variables).await;
        let message = reply.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_account_of_somebody_else_counts_nothing_and_a_malformed_id_is_named_with_its_place() {
    let (world, account) = World::with_user("PREMIUM").await;
    let eve = world.user("PREMIUM").await;
    for counted in [account, eve] {
        let mut work = world.core.begin(counted.user).await.unwrap();
        let now = work.now;
        work.count(Metric::Likes, counted.id, None, now);
        work.commit().await.unwrap();
    }
    let query = "query ($of: [ID!]) { viewer { id
        today(accountIds: $of) { counts(metrics: [LIKES]) { count } }
        analytics(range: { lastDays: 1 }, bucket: DAY, accountIds: $of) {
            series(metrics: [LIKES]) { total } topContacts(by: LIKES, first: 0) { count }
        }
    } }";
    let nobody = AccountId::from(ulid::Ulid::nil()).to_global();
    let asked = async |of: Value| {
        let answer = world.respond(account, query, json!({ "of": of })).await;
        serde_json::to_value(answer).unwrap()
    };

    let foreign = asked(json!([eve.id.to_global(), nobody])).await;
    let own = asked(json!([account.id.to_global(), nobody])).await;
    let wrong = asked(json!([account.id.to_global(), "nonsense"])).await;

    for (answer, count) in [(foreign, 0), (own, 1)] {
        let viewer = &answer["data"]["viewer"];
        assert_eq!(viewer["today"]["counts"][0]["count"], count, "{answer:#}");
        assert_eq!(viewer["analytics"]["series"][0]["total"], count, "{answer:#}");
        assert_eq!(viewer["analytics"]["topContacts"], json!(null));
    }
    assert_eq!(wrong["data"]["viewer"]["today"], json!(null));
    assert!(wrong["data"]["viewer"]["id"].is_string(), "{wrong:#}");
    assert_eq!(
        field_errors(&wrong["errors"][0]),
        json!([["INVALID_INPUT", ["accountIds", "1"], null]])
    );
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

    let export =
        "mutation ($range: AnalyticsRangeInput!) { exportAnalytics(input: {range: $range, bucket: DAY}) {
        url urlExpiresAt errors { message }
    } }";
    let answer = alice
        .run(
            export,
            json!({"range": {"days": {"from": "2026-11-22", "to": "2026-11-23"}}}),
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_days_end_with_today() {
    let (world, account) = World::with_user("PREMIUM").await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let now = work.now;
    for days in [0, 6, 7] {
        work.count(Metric::Likes, account.id, None, now - TimeDelta::days(days));
    }
    work.commit().await.unwrap();

    let week = json!({"range": {"lastDays": 7}, "bucket": "DAY"});
    let seen = world.ask(account, LOOK, week).await;

    let analytics = &seen["viewer"]["analytics"];
    assert_eq!(
        (&analytics["from"], &analytics["to"]),
        (&json!("2026-11-17"), &json!("2026-11-23"))
    );
    assert_eq!(
        series(&seen, "LIKES"),
        &json!({"metric": "LIKES", "total": 2, "previousTotal": 1, "change": 1.0, "counts": [1, 0, 0, 0, 0, 0, 1]})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_with_an_export_is_told_at_once_with_its_place() {
    let (world, account) = World::with_user("PREMIUM").await;
    let export = "mutation ($input: ExportAnalyticsInput!) { exportAnalytics(input: $input) { url errors { code path } } }";
    let own = account.id.to_global();
    let nobodys = AccountId::from(ulid::Ulid::nil()).to_global();
    let errors = async |range: Value, accounts: Value| {
        let input = json!({"range": range, "bucket": "DAY", "accountIds": accounts});
        let answer = world.ask(account, export, json!({ "input": input })).await;
        assert_eq!(answer["exportAnalytics"]["url"], Value::Null);
        answer["exportAnalytics"]["errors"].clone()
    };

    let malformed = errors(json!({"lastDays": 0}), json!([own, "nonsense"])).await;
    let unknown = errors(json!({"lastDays": 1}), json!([nobodys, own, nobodys])).await;

    assert_eq!(
        malformed,
        json!([
            {"code": "INVALID_INPUT", "path": ["range", "lastDays"]},
            {"code": "NOT_FOUND", "path": ["accountIds", "1"]},
        ])
    );
    assert_eq!(
        unknown,
        json!([
            {"code": "NOT_FOUND", "path": ["accountIds", "0"]},
            {"code": "NOT_FOUND", "path": ["accountIds", "2"]},
        ])
    );
}
