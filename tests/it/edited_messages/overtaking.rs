//! Edits that arrive before their message.

use amda::account::AccountRef;
use amda::db::schema::messages;
use amda::event::{Chat, Content};
use amda::features::deleted_messages::DeletedMessagesService;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{alice_edits, edited, edits, wordings};
use crate::support::whatsapp::{alice, alice_writes, group, mallory, picture, revoke, says, words};
use crate::support::world::World;

async fn deleted(world: &World, account: AccountRef) -> Value {
    let query = "{ viewer { deletedMessages { nodes { text lossReason versions { text } } } } }";
    let mut data = world.ask(account, query, json!({})).await;
    data["viewer"]["deletedMessages"]["nodes"].take()
}

#[tokio::test]
async fn edits_that_overtake_their_message_are_taken_up_when_it_comes() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_edits("E2", 2, "M1", "at ten"),
                alice_edits("E1", 1, "M1", "at nine"),
            ],
        )
        .await;
    assert!(edited(&world, account, json!({})).await.is_empty());
    world.receive(account, &[alice_writes("M1", "at eight")]).await;

    let found = edited(&world, account, json!({ "search": "nine" })).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine", "at ten"]);
    assert_eq!(found[0]["text"], "at ten");
    assert_eq!(found[0]["firstEditedAt"], "2026-11-23T11:01:00+00:00");
}

#[tokio::test]
async fn an_edit_of_a_message_that_did_not_decrypt_waits_until_it_does() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());

    world
        .receive(
            account,
            &[
                says(chat(), alice(), "M1", 0, Content::Undecrypted),
                alice_edits("E1", 1, "M1", "the beach"),
            ],
        )
        .await;
    assert!(edited(&world, account, json!({})).await.is_empty());
    world
        .receive(account, &[says(chat(), alice(), "M1", 0, picture("the beech"))])
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["the beech", "the beach"]);
    assert_eq!(found[0]["kind"], "IMAGE");
}

#[tokio::test]
async fn what_is_deleted_later_says_what_an_overtaking_edit_said() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_edits("E1", 1, "M1", "at nine"),
                alice_writes("M1", "at eight"),
                says(Chat::Direct(alice()), alice(), "R1", 2, revoke("M1")),
            ],
        )
        .await;

    assert_eq!(
        deleted(&world, account).await,
        json!([{ "text": "at nine", "lossReason": null, "versions": [{ "text": "at eight" }, { "text": "at nine" }] }])
    );
}

#[tokio::test]
async fn a_message_that_both_its_edit_and_its_deletion_overtook_is_complete_in_both_lists() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_edits("E1", 1, "M1", "at nine"),
                says(Chat::Direct(alice()), alice(), "R1", 2, revoke("M1")),
                alice_writes("M1", "at eight"),
            ],
        )
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine"]);
    assert_eq!(
        deleted(&world, account).await,
        json!([{ "text": "at nine", "lossReason": null, "versions": [{ "text": "at eight" }, { "text": "at nine" }] }])
    );
}

#[tokio::test]
async fn an_overtaking_edit_counts_for_its_own_author_only() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                edits(group(), mallory(), "E1", 1, "M1", "forged"),
                says(group(), alice(), "M1", 0, words("hello")),
            ],
        )
        .await;

    assert!(edited(&world, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn an_edit_whose_message_never_comes_is_let_go_with_the_window() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_edits("E1", 1, "M1", "at nine")])
        .await;

    world.clock.advance(TimeDelta::days(4));
    let service = DeletedMessagesService::new(world.core.clone());
    assert_eq!(service.release_due().await.unwrap(), 1);
    world.receive(account, &[alice_writes("M1", "at eight")]).await;

    assert!(edited(&world, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn of_many_overtaking_edits_the_newest_are_taken_up_and_none_waits_any_longer() {
    let (world, account) = World::with_user("FREE").await;
    let many: Vec<_> = (0..60)
        .map(|n| alice_edits(&format!("E{n}"), n + 1, "M1", &format!("wording {n}")))
        .collect();

    world.receive(account, &many).await;
    world.receive(account, &[alice_writes("M1", "the first")]).await;

    let found = edited(&world, account, json!({})).await;
    let said = wordings(&found[0]);
    assert_eq!((said.len(), said[0], said[1]), (50, "the first", "wording 10"));
    assert_eq!(found[0]["text"], "wording 59");
    let mut work = world.core.begin(account.user).await.unwrap();
    let waiting: i64 = messages::table
        .filter(messages::edits_wa_id.is_not_null())
        .filter(messages::content.is_not_null())
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    assert_eq!(waiting, 0);
}
