use amda::event::{Content, MediaKind, Person};
use amda::hub::EventKind;
use chrono::TimeDelta;
use diesel::{QueryableByName, sql_types};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{posts, says};
use crate::support::core::noon;
use crate::support::graphql::nodes;
use crate::support::whatsapp::{alice, bob, mallory, owner, picture, revoke, revoke_of, words};
use crate::support::world::World;

async fn statuses(world: &World, account: amda::account::AccountRef) -> Vec<Value> {
    let query = "{ viewer { statuses { edges { node {
        kind text caption isOwn postedAt expiresAt deletedAt author { phoneNumber } like { state }
    } } } } }";
    let data = world.ask(account, query, json!({})).await;
    nodes(&data["viewer"]["statuses"])
}

/// The events of statuses.
async fn kinds(world: &World, account: amda::account::AccountRef) -> Vec<EventKind> {
    let kinds = world.events(account).await.into_iter().map(|row| row.event.kind);
    kinds.filter(|kind| *kind != EventKind::MessageDeleted).collect()
}

#[tokio::test]
async fn a_status_is_recorded_with_its_author_words_and_times() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "on my way"),
                says(owner(), "S2", noon(), picture("home")),
            ],
        )
        .await;

    let statuses = statuses(&world, account).await;
    assert_eq!(
        statuses[1],
        json!({
            "kind": "TEXT", "text": "on my way", "caption": null, "isOwn": false,
            "postedAt": "2026-11-23T11:00:00+00:00", "expiresAt": "2026-11-24T11:00:00+00:00", "deletedAt": null,
            "author": { "phoneNumber": "+49151001" }, "like": null,
        })
    );
    assert_eq!(statuses[0]["caption"], "home");
    assert_eq!(statuses[0]["isOwn"], true);
    assert_eq!(
        kinds(&world, account).await,
        [EventKind::StatusPosted, EventKind::StatusPosted]
    );
}

#[tokio::test]
async fn a_status_that_nobody_can_download_keeps_its_kind_and_caption() {
    let (world, account) = World::with_user("FREE").await;
    let lost = Content::LostMedia {
        kind: MediaKind::Video,
        caption: Some("the sea".to_owned()),
    };

    world.receive(account, &[says(alice(), "S1", noon(), lost)]).await;

    let status = statuses(&world, account).await[0].take();
    assert_eq!(
        (&status["kind"], &status["caption"]),
        (&json!("VIDEO"), &json!("the sea"))
    );
}

/// The authors' numbers, the newest status first.
async fn numbers(world: &World, account: amda::account::AccountRef) -> Vec<Value> {
    let statuses = statuses(world, account).await;
    let numbers = statuses
        .iter()
        .map(|status| status["author"]["phoneNumber"].clone());
    numbers.collect()
}

#[tokio::test]
async fn whoever_takes_over_a_number_is_not_the_contact_who_had_it() {
    let (world, account) = World::with_user("FREE").await;
    let successor = Person {
        phone_number: alice().phone_number,
        ..bob()
    };

    world
        .receive(
            account,
            &[posts(alice(), "S1", "old"), posts(successor, "S2", "new")],
        )
        .await;

    assert_eq!(numbers(&world, account).await, [json!("+49151001"), json!(null)]);
}

#[tokio::test]
async fn a_contact_who_changes_their_number_stays_who_they_are() {
    let (world, account) = World::with_user("FREE").await;
    let moved = Person {
        phone_number: Some("49151009".to_owned()),
        ..alice()
    };

    world
        .receive(
            account,
            &[posts(alice(), "S1", "before"), posts(moved, "S2", "after")],
        )
        .await;

    assert_eq!(
        numbers(&world, account).await,
        [json!("+49151009"), json!("+49151009")]
    );
}

#[tokio::test]
async fn a_redelivered_status_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;
    let delivery = [
        posts(alice(), "S1", "on my way"),
        says(alice(), "R1", noon(), revoke("S1")),
    ];

    world.receive(account, &delivery).await;
    world.receive(account, &delivery).await;

    assert_eq!(statuses(&world, account).await.len(), 1);
    assert_eq!(
        kinds(&world, account).await,
        [EventKind::StatusPosted, EventKind::StatusDeleted]
    );
}

#[tokio::test]
async fn a_status_that_became_readable_at_the_second_delivery_is_recorded_then() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(account, &[says(alice(), "S1", noon(), Content::Undecrypted)])
        .await;
    assert!(statuses(&world, account).await.is_empty());
    world.receive(account, &[posts(alice(), "S1", "on my way")]).await;

    assert_eq!(statuses(&world, account).await[0]["text"], "on my way");
}

#[tokio::test]
async fn only_its_author_deletes_a_status() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &[posts(alice(), "S1", "on my way")]).await;

    let forged = [
        says(mallory(), "R1", noon(), revoke("S1")),
        says(mallory(), "R2", noon(), revoke_of(alice(), "S1")),
    ];
    world.receive(account, &forged).await;
    assert_eq!(statuses(&world, account).await[0]["deletedAt"], Value::Null);

    let later = noon() + TimeDelta::minutes(5);
    world
        .receive(account, &[says(alice(), "R3", later, revoke("S1"))])
        .await;
    assert_eq!(
        statuses(&world, account).await[0]["deletedAt"],
        "2026-11-23T11:05:00+00:00"
    );
}

#[tokio::test]
async fn a_deletion_that_overtakes_its_status_is_remembered() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                says(alice(), "R1", noon(), revoke("S1")),
                says(mallory(), "R2", noon(), revoke("S2")),
            ],
        )
        .await;
    let later = noon() + TimeDelta::minutes(1);
    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "gone"),
                says(alice(), "S2", later, words("here")),
            ],
        )
        .await;

    let statuses = statuses(&world, account).await;
    let deleted: Vec<_> = statuses
        .iter()
        .map(|status| (&status["text"], status["deletedAt"].is_null()))
        .collect();
    assert_eq!(deleted, [(&json!("here"), true), (&json!("gone"), false)]);
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

#[tokio::test]
async fn what_is_on_disk_of_a_status_is_not_readable() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "on my way"),
                says(alice(), "S2", noon(), picture("on my way")),
            ],
        )
        .await;

    let mut all = world.everything().await;
    let query = "SELECT count(*) FROM statuses WHERE content IS NOT NULL AND position('on my way'::bytea IN content) = 0";
    let sealed: Count = diesel::sql_query(query).get_result(&mut all).await.unwrap();
    assert_eq!(sealed.count, 2);
}
