//! Quota of captures.

use std::collections::HashSet;

use amda::db::schema::view_once_messages;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{capturer, filtered, messages, only, retry, served, spent, turn, view_once};
use crate::support::fetcher::{Served, content, picture};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// Three captures: the month's quota of the free plan.
async fn use_up(world: &World, account: amda::account::AccountRef) {
    let batch = ["U1", "U2", "U3"].map(|id| view_once(id, Some(served(world, &format!("/{id}")))));
    world.receive(account, &batch).await;
    world.settle_media(3).await;
    assert_eq!(spent(world, account).await, 3);
}

async fn exhausted(world: &World, account: amda::account::AccountRef) -> Value {
    let mut found = filtered(world, account, json!({ "outcomes": "QUOTA_EXHAUSTED" })).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_captures_at_once_spend_the_quota_to_the_unit() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let batch: Vec<_> = (0..10)
        .map(|n| view_once(&format!("A{n}"), Some(served(&world, &format!("/{n}")))))
        .collect();
    world.fetcher.gather(10);

    world.receive(account, &batch).await;
    world.settle_media(10).await;

    let messages = messages(&world, account).await;
    let count = |outcome: &str| {
        messages
            .iter()
            .filter(|message| message["outcome"] == outcome)
            .count()
    };
    assert_eq!(
        (count("CAPTURED"), count("QUOTA_EXHAUSTED")),
        (3, 7),
        "{messages:#?}"
    );
    assert_eq!(spent(&world, account).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_captures_at_once_leave_three_entries_in_the_ledger() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let batch: Vec<_> = (0..100)
        .map(|n| view_once(&format!("A{n}"), Some(served(&world, &format!("/{n}")))))
        .collect();
    // As many as the workers take at once.
    world.fetcher.gather(10);

    world.receive(account, &batch).await;
    world.settle_media(100).await;

    let of = |outcome| filtered(&world, account, json!({ "outcomes": outcome }));
    let captured: HashSet<Value> = of("CAPTURED").await.iter().map(|it| it["id"].clone()).collect();
    let query = "{ viewer { viewOnceMessages(filter: { outcomes: QUOTA_EXHAUSTED }) { totalCount }
        quotaUses { totalCount nodes { quota periodStart reason spentAt givenBackAt
            subject { ... on ViewOnceMessage { id } } } } } }";
    let seen = world.ask(account, query, json!({})).await;
    let ledger = &seen["viewer"]["quotaUses"];
    assert_eq!(seen["viewer"]["viewOnceMessages"]["totalCount"], 97);
    assert_eq!((captured.len(), &ledger["totalCount"]), (3, &json!(3)));
    let entries = ledger["nodes"].as_array().unwrap();
    let paid: HashSet<Value> = entries.iter().map(|it| it["subject"]["id"].clone()).collect();
    assert_eq!(paid, captured);
    assert!(entries.iter().all(|it| {
        it["quota"] == "VIEW_ONCE_CAPTURES"
            && it["periodStart"] == "2026-11-01"
            && it["givenBackAt"].is_null()
    }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_quota_refuses_is_thrown_away_and_says_when_to_come_back() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    use_up(&world, account).await;

    world
        .receive(account, &[view_once("A4", Some(served(&world, "/a4")))])
        .await;
    world.settle_media(1).await;

    let message = exhausted(&world, account).await;
    assert_eq!(message["failureReason"], "QUOTA_EXHAUSTED");
    let reason = message["failureMessage"].as_str().unwrap();
    assert!(reason.contains("2026-11-30 23:00:00 UTC"), "{reason}");
    assert_eq!(
        (&message["media"], &message["text"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(spent(&world, account).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_is_refused_until_the_month_is_over_and_then_captures() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    use_up(&world, account).await;
    world
        .receive(account, &[view_once("A4", Some(served(&world, "/a4")))])
        .await;
    world.settle_media(1).await;
    let id = exhausted(&world, account).await["id"].clone();

    let refused = retry(&world, account, &id).await;
    let error = &refused["errors"][0];
    assert_eq!(
        (&error["code"], &error["limit"], &error["used"]),
        (&json!("LIMIT_EXCEEDED"), &json!(3), &json!(3))
    );
    assert_eq!(error["resetsAt"], "2026-11-30T23:00:00+00:00");

    world.clock.advance(TimeDelta::days(8));
    let taken = retry(&world, account, &id).await;
    assert_eq!(
        taken,
        json!({ "errors": [], "viewOnceMessage": { "outcome": "QUOTA_EXHAUSTED", "isCapturing": true } })
    );
    world.settle_media(1).await;
    assert!(
        filtered(&world, account, json!({ "outcomes": "QUOTA_EXHAUSTED" }))
            .await
            .is_empty()
    );
    assert_eq!(spent(&world, account).await, 1, "of the new month");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_lets_a_retry_capture() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    use_up(&world, account).await;
    world
        .receive(account, &[view_once("A4", Some(served(&world, "/a4")))])
        .await;
    world.settle_media(1).await;
    let id = exhausted(&world, account).await["id"].clone();

    upgrade(&world, account).await;
    retry(&world, account, &id).await;
    world.settle_media(1).await;

    assert_eq!(
        filtered(&world, account, json!({ "outcomes": ["CAPTURED"] }))
            .await
            .len(),
        4
    );
}

async fn upgrade(world: &World, account: amda::account::AccountRef) {
    let mut work = world.core.begin(account.user).await.unwrap();
    amda::plan::set(&mut work, amda::plan::Plan::Premium)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_offers_what_the_quota_kept_out() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    use_up(&world, account).await;
    let batch = ["A4", "A5"].map(|id| view_once(id, Some(served(&world, &format!("/{id}")))));
    world.receive(account, &batch).await;
    world.settle_media(2).await;
    let _consumers = world.consume_events();
    let now = world.ask(account, "{ viewer { eventCursor } }", json!({})).await;
    let query =
        "subscription ($after: Cursor) { notificationChanged(after: $after) { notification { kind body } } }";
    let after = json!({ "after": now["viewer"]["eventCursor"] });
    let mut heard = world.subscribe(account, query, after);

    upgrade(&world, account).await;

    let offered = async {
        loop {
            let event = heard.next().await.unwrap().data.into_json().unwrap();
            let notification = event["notificationChanged"]["notification"].clone();
            if notification["kind"] == "VIEW_ONCE_CAPTURES_WAITING" {
                return notification["body"].as_str().unwrap().to_owned();
            }
        }
    };
    let body = timeout(DEADLINE, offered).await.expect("it is told in time");
    assert!(body.contains("captures 2 view-once messages"), "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_that_comes_too_late_failed_and_costs_nothing() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    use_up(&world, account).await;
    world
        .receive(account, &[view_once("A4", Some(served(&world, "/a4")))])
        .await;
    world.settle_media(1).await;
    let id = exhausted(&world, account).await["id"].clone();
    world.clock.advance(TimeDelta::days(8));
    world.fetcher.serve("/a4", Served::Expired);

    retry(&world, account, &id).await;
    world.settle_media(1).await;

    let failed = filtered(&world, account, json!({ "outcomes": ["FAILED"] })).await;
    assert_eq!(failed[0]["failureMessage"], "WhatsApp no longer serves the file");
    assert_eq!(spent(&world, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_that_somebody_else_refuses_is_paid_back() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.refuse_media();

    world
        .receive(account, &[view_once("A1", Some(served(&world, "/a")))])
        .await;
    world.settle_media(1).await;

    assert_eq!(only(&world, account).await["media"], json!(null));
    assert_eq!(spent(&world, account).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_says_what_is_in_its_way() {
    let world = World::build().await;
    let account = capturer(&world, "PREMIUM").await;
    let stranger = capturer(&world, "PREMIUM").await;
    world.fetcher.serve("/gone", Served::Expired);
    world
        .receive(
            account,
            &[
                view_once("A1", None),
                view_once("A2", Some(served(&world, "/a"))),
                view_once("A3", Some(picture("/gone", &content(1)))),
            ],
        )
        .await;
    world.settle_media(2).await;
    let id = async |outcome: &str| {
        filtered(&world, account, json!({ "outcomes": outcome })).await[0]["id"].clone()
    };
    let code = async |id: Value| retry(&world, account, &id).await["errors"][0]["code"].clone();

    assert_eq!(code(id("NOT_DELIVERED").await).await, "CONFLICT");
    assert_eq!(code(id("CAPTURED").await).await, "CONFLICT");
    assert_eq!(code(json!("nonsense")).await, "NOT_FOUND");
    assert_eq!(
        retry(&world, stranger, &id("FAILED").await).await["errors"][0]["code"],
        "NOT_FOUND"
    );
    turn(&world, account, account, false).await;
    assert_eq!(code(id("FAILED").await).await, "CONFLICT", "capturing is off");
    turn(&world, account, account, true).await;
    assert_eq!(
        retry(&world, account, &id("FAILED").await).await["errors"],
        json!([])
    );
    assert_eq!(code(id("FAILED").await).await, "CONFLICT", "it is being captured");
    forget_media(&world, account).await;
    assert_eq!(code(id("FAILED").await).await, "CONFLICT", "its media is gone");
}

async fn forget_media(world: &World, account: amda::account::AccountRef) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let media: Option<amda::id::MediaId> = diesel::update(view_once_messages::table)
        .filter(view_once_messages::outcome.eq("FAILED"))
        .set(view_once_messages::is_capturing.eq(false))
        .returning(view_once_messages::media_id)
        .get_result(&mut *work)
        .await
        .unwrap();
    amda::media::forget(&mut work, &[media.unwrap()]).await.unwrap();
    work.commit().await.unwrap();
}
