use std::time::Duration;

use amda::account::AccountRef;
use amda::db::schema::outbox;
use amda::event::{Chat, Event, Person, Receipt, ReceiptKind, SendOutcome};
use amda::features::auto_reply::AutoReplies;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{asks, away, contact, minutes, outcomes, refused, replies};
use crate::support::core::noon;
use crate::support::graphql::nodes;
use crate::support::outbox::report_last;
use crate::support::whatsapp::{alice, bob, person};
use crate::support::world::{World, expiry_of};

/// The contact's device received, or the contact read, everything that was sent.
async fn receives(world: &World, account: AccountRef, from: Person, kind: ReceiptKind) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let wa_ids: Vec<String> = outbox::table
        .select(outbox::wa_id)
        .load(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    let receipt = Receipt {
        chat: Chat::Direct(from.clone()),
        from,
        wa_ids,
        kind,
        at: world.core.clock.now(),
    };
    world.receive(account, &[Event::Receipt(receipt)]).await;
}

#[tokio::test]
async fn an_answer_that_reached_the_contact_says_so_once() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    report_last(&world, account, SendOutcome::Sent).await;
    world.clock.advance(minutes(1));
    receives(&world, account, alice(), ReceiptKind::Delivered).await;
    let told = world.events(account).await.len();
    // What comes after it, or again, is no news, but for the ack that it overtook.
    receives(&world, account, alice(), ReceiptKind::Read).await;
    assert_eq!(world.events(account).await.len(), told);
    world.clock.advance(minutes(1));
    report_last(&world, account, SendOutcome::Acked).await;
    report_last(&world, account, refused("479")).await;

    let replies = replies(&world, account).await;
    assert_eq!(replies[0]["state"], "DELIVERED");
    let steps: Vec<_> = replies[0]["timeline"].as_array().unwrap().iter().collect();
    assert_eq!(steps.len(), 4);
    assert_eq!(
        steps[2],
        &json!({ "stage": "ACKED", "occurredAt": "2026-11-23T11:02:00+00:00" })
    );
    assert_eq!(
        steps[3],
        &json!({ "stage": "DELIVERED", "occurredAt": "2026-11-23T11:01:00+00:00" })
    );
}

#[tokio::test]
async fn an_answer_that_was_given_up_and_arrived_all_the_same_says_so() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    report_last(&world, account, SendOutcome::Sent).await;
    let unanswered = SendOutcome::Failed {
        reason: "WhatsApp did not answer; it may have arrived".to_owned(),
    };
    report_last(&world, account, unanswered).await;
    assert_eq!(replies(&world, account).await[0]["state"], "FAILED");

    receives(&world, account, alice(), ReceiptKind::Delivered).await;

    assert_eq!(outcomes(&world, account).await, ["DELIVERED"]);
}

#[tokio::test]
async fn answers_are_listed_newest_first_page_by_page_and_filtered() {
    let (world, account) = away("FREE", json!({})).await;
    for number in 1..=5 {
        world
            .receive(
                account,
                &[asks(&world, person(number), &format!("M{number}"), "hello?")],
            )
            .await;
        world.clock.advance(minutes(1));
    }
    report_last(&world, account, refused("479")).await;
    let query = "query($after: Cursor, $filter: AutoReplyFilter) { viewer {
        autoReplies(first: 2, after: $after, filter: $filter) {
            edges { node { contact { phoneNumber } } } pageInfo { hasNextPage endCursor }
        }
    } }";
    let list = async |variables: Value| {
        let data = world.ask(account, query, variables).await;
        let page = data["viewer"]["autoReplies"].clone();
        let numbers: Vec<String> = nodes(&page)
            .iter()
            .map(|node| {
                node["contact"]["phoneNumber"]
                    .as_str()
                    .unwrap()
                    .replace("+4915100", "")
            })
            .collect();
        (numbers.concat(), page["pageInfo"].clone())
    };

    let (first, info) = list(json!({})).await;
    let (second, _) = list(json!({ "after": info["endCursor"] })).await;
    let (rejected, _) = list(json!({ "filter": { "states": ["REJECTED"] } })).await;
    let three = contact(&world, account, &person(3)).await;
    let (of_three, _) = list(json!({ "filter": { "contactIds": [three] } })).await;
    let (early, _) = list(json!({ "filter": { "to": "2026-11-23T11:01:00Z" } })).await;

    assert_eq!((first.as_str(), info["hasNextPage"].clone()), ("54", json!(true)));
    assert_eq!(second, "32");
    assert_eq!(
        (rejected.as_str(), of_three.as_str(), early.as_str()),
        ("5", "3", "1")
    );
}

#[tokio::test]
async fn nobody_sees_somebody_elses_answers() {
    let (world, theirs) = away("FREE", json!({})).await;
    let mine = world.user("FREE").await;
    world
        .receive(theirs, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let id = replies(&world, theirs).await[0]["id"].clone();
    let query = "query($id: ID!) { node(id: $id) { id ... on AutoReply { state } } }";

    let own = world.ask(theirs, query, json!({ "id": id })).await;
    let others = world.ask(mine, query, json!({ "id": id })).await;

    assert_eq!(own["node"]["state"], "QUEUED");
    assert_eq!(others["node"], json!(null));
    assert!(replies(&world, mine).await.is_empty());
}

#[tokio::test]
async fn the_subscription_tells_each_step_from_the_cursor_on() {
    let (world, account) = away("FREE", json!({})).await;
    let cursor = world.ask(account, "{ viewer { eventCursor } }", json!({})).await;
    let cursor = cursor["viewer"]["eventCursor"].clone();
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let query = "subscription($after: Cursor) { autoReplyChanged(after: $after) {
        sequence autoReply { text contact { phoneNumber } }
    } }";
    let mut told = world.subscribe(account, query, json!({ "after": cursor }));
    let mut next = async || {
        let reply = timeout(Duration::from_secs(10), told.next()).await;
        reply.unwrap().unwrap().data.into_json().unwrap()
    };

    let queued = next().await;
    report_last(&world, account, SendOutcome::Sent).await;
    let sent = next().await;

    assert_eq!(queued["autoReplyChanged"]["autoReply"]["text"], "away");
    let sequence = |event: &Value| event["autoReplyChanged"]["sequence"].as_i64().unwrap();
    assert_eq!(sequence(&sent), sequence(&queued) + 1);
}

#[tokio::test]
async fn the_same_reason_not_to_answer_somebody_is_noted_once_an_hour() {
    let (world, account) = away("PREMIUM", json!({ "scope": "ONLY" })).await;

    for (number, wait) in [10, 49, 1, 0].into_iter().enumerate() {
        world
            .receive(account, &[asks(&world, alice(), &format!("M{number}"), "psst")])
            .await;
        world.clock.advance(minutes(wait));
    }

    assert_eq!(outcomes(&world, account).await.len(), 2);
}

#[tokio::test]
async fn answers_are_counted_by_day_of_the_users_zone_and_by_contact() {
    let (world, account) = away("PREMIUM", json!({})).await;
    // At 12:00, 23:59 and 0:01 in Berlin.
    for (number, (who, wait)) in [(alice(), 719), (alice(), 2), (bob(), 0)].into_iter().enumerate() {
        world
            .receive(
                account,
                &[asks(&world, who, &format!("M{number}"), &format!("no. {number}"))],
            )
            .await;
        report_last(&world, account, SendOutcome::Sent).await;
        world.clock.advance(minutes(wait));
    }
    super::update(&world, account, account, json!({ "scope": "ONLY" })).await;
    world
        .receive(account, &[asks(&world, alice(), "M9", "psst")])
        .await;
    let query = "query($from: DateTime!, $to: DateTime!) { viewer { accounts { nodes { autoReplyStatistics(from: $from, to: $to) {
        sent days { date sent skipped failed } contacts { sent contact { phoneNumber } }
    } } } } }";
    let span = json!({ "from": "2026-11-22T23:00:00Z", "to": "2026-11-24T23:00:00Z" });

    let counted = world.ask(account, query, span).await;
    let backwards = json!({ "from": "2026-11-24T23:00:00Z", "to": "2026-11-22T23:00:00Z" });
    let wrong = world.respond(account, query, backwards).await;

    assert_eq!(
        counted["viewer"]["accounts"]["nodes"][0]["autoReplyStatistics"],
        json!({
            "sent": 3,
            "days": [
                { "date": "2026-11-23", "sent": 2, "skipped": 0, "failed": 0 },
                { "date": "2026-11-24", "sent": 1, "skipped": 1, "failed": 0 },
            ],
            "contacts": [
                { "sent": 2, "contact": { "phoneNumber": "+49151001" } },
                { "sent": 1, "contact": { "phoneNumber": "+49151002" } },
            ],
        })
    );
    assert!(wrong.errors[0].message.contains("366"), "{:?}", wrong.errors);
}

#[tokio::test]
async fn old_answers_go_and_newer_ones_stay() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    world.clock.advance(minutes(10));
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;

    let before = noon() + minutes(5);
    let mut work = world.core.begin(account.user).await.unwrap();
    let expiry = expiry_of(&AutoReplies);
    let counted = expiry.count(&mut work, account.user, before).await.unwrap();
    let gone = expiry.expire(&mut work, before, 10).await.unwrap();
    work.commit().await.unwrap();

    assert_eq!((counted, gone), (1, 1));
    let left = replies(&world, account).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["contact"]["phoneNumber"], "+49151002");
}
