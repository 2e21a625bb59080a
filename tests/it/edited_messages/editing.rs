use std::time::Duration;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Person};
use amda::features::deleted_messages::DeletedMessagesService;
use amda::hub::EventKind;
use chrono::TimeDelta;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::json;

use super::{alice_edits, edited, edits, wordings};
use crate::support::whatsapp::{alice, alice_writes, group, mallory, owner, picture, revoke, says, words};
use crate::support::world::World;

/// Number of edit events.
async fn told(world: &World, account: AccountRef) -> usize {
    let events = world.events(account).await;
    let edits = events
        .iter()
        .filter(|row| row.event.kind == EventKind::EditedMessageChanged);
    edits.count()
}

#[tokio::test]
async fn every_wording_of_an_edited_message_is_kept_in_one_item() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", 1, "M1", "at nine"),
            ],
        )
        .await;
    world
        .receive(account, &[alice_edits("E2", 2, "M1", "at ten")])
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(found.len(), 1);
    let message = &found[0];
    assert_eq!(
        (&message["kind"], &message["text"]),
        (&json!("TEXT"), &json!("at ten"))
    );
    assert_eq!(
        message["versions"],
        json!([
            { "text": "at eight", "writtenAt": "2026-11-23T11:00:00+00:00" },
            { "text": "at nine", "writtenAt": "2026-11-23T11:01:00+00:00" },
            { "text": "at ten", "writtenAt": "2026-11-23T11:02:00+00:00" },
        ])
    );
    assert_eq!(message["sentAt"], "2026-11-23T11:00:00+00:00");
    assert_eq!(message["firstEditedAt"], "2026-11-23T11:01:00+00:00");
    assert_eq!(message["lastEditedAt"], "2026-11-23T11:02:00+00:00");
    assert_eq!(message["sender"]["phoneNumber"], "+49151001");
    assert_eq!(message["chat"]["kind"], "DIRECT");
    assert_eq!(told(&world, account).await, 2);
}

#[tokio::test]
async fn edits_that_come_together_are_an_event_each() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", 1, "M1", "at nine"),
                alice_edits("E2", 2, "M1", "at ten"),
            ],
        )
        .await;

    assert_eq!(told(&world, account).await, 2);
    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine", "at ten"]);
}

#[tokio::test]
async fn an_edit_to_the_same_words_is_neither_a_version_nor_an_event() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", 1, "M1", "at eight"),
            ],
        )
        .await;
    assert!(edited(&world, account, json!({})).await.is_empty());
    world
        .receive(
            account,
            &[
                alice_edits("E2", 2, "M1", "at nine"),
                alice_edits("E3", 3, "M1", "at nine"),
                alice_edits("E4", 4, "M1", "at eight"),
            ],
        )
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine", "at eight"]);
    assert_eq!(told(&world, account).await, 2);
}

#[tokio::test]
async fn a_redelivered_edit_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;
    let delivery = [
        alice_writes("M1", "at eight"),
        alice_edits("E1", 1, "M1", "at nine"),
    ];

    world.receive(account, &delivery).await;
    world.receive(account, &delivery).await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine"]);
    assert_eq!(told(&world, account).await, 1);
}

#[tokio::test]
async fn an_edit_by_somebody_else_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                says(group(), alice(), "M1", 0, words("hello")),
                edits(group(), mallory(), "E1", 1, "M1", "goodbye"),
                says(group(), mallory(), "M2", 2, words("mine")),
                // Not a message of anybody's: the id of an edit.
                edits(group(), mallory(), "E2", 3, "E1", "what?"),
            ],
        )
        .await;

    assert!(edited(&world, account, json!({})).await.is_empty());
    assert_eq!(told(&world, account).await, 0);
}

#[tokio::test]
async fn the_caption_of_a_picture_can_be_edited_and_so_can_the_lack_of_one() {
    let (world, account) = World::with_user("FREE").await;
    let Content::Media(mut bare) = picture("") else {
        unreachable!("a picture is media")
    };
    bare.caption = None;

    world
        .receive(
            account,
            &[
                says(group(), alice(), "M1", 0, picture("the beech")),
                says(group(), alice(), "M2", 0, Content::Media(bare)),
                edits(group(), alice(), "E1", 1, "M1", "the beach"),
                edits(group(), alice(), "E2", 2, "M2", "a caption"),
            ],
        )
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["", "a caption"]);
    assert_eq!(wordings(&found[1]), ["the beech", "the beach"]);
    assert_eq!(found[1]["kind"], "IMAGE");
}

#[tokio::test]
async fn an_author_is_known_by_either_name() {
    let (world, account) = World::with_user("FREE").await;
    let by_phone = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };

    world
        .receive(
            account,
            &[
                says(group(), by_phone, "M1", 0, words("by number")),
                // Only this tells that the two names are one person's.
                says(group(), alice(), "M2", 1, words("by both")),
                edits(group(), by_lid, "E1", 2, "M1", "by lid"),
            ],
        )
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["by number", "by lid"]);
}

#[tokio::test]
async fn what_the_owner_edits_is_not_kept() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                says(group(), owner(), "M1", 0, words("mine")),
                edits(group(), owner(), "E1", 1, "M1", "still mine"),
                edits(group(), owner(), "E2", 1, "M7", "of another device"),
            ],
        )
        .await;

    assert!(edited(&world, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn nothing_is_kept_of_edits_while_holding_is_off() {
    let (world, account) = World::with_user("FREE").await;
    let off = "mutation($input: UpdateDeletedMessageSettingsInput!) {
        updateDeletedMessageSettings(input: $input) { errors { message } }
    }";

    world.receive(account, &[alice_writes("M1", "before")]).await;
    let input = json!({ "accountId": account.id.to_global(), "settings": { "isEnabled": false } });
    world.ask(account, off, json!({ "input": input })).await;
    world
        .receive(
            account,
            &[
                alice_edits("E1", 1, "M1", "after"),
                alice_edits("E2", 2, "M2", "of one to come"),
            ],
        )
        .await;

    assert!(edited(&world, account, json!({})).await.is_empty());
}

#[tokio::test]
async fn wordings_outlive_what_is_held_of_the_message() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", 1, "M1", "at nine"),
            ],
        )
        .await;

    world.clock.advance(TimeDelta::days(4));
    let service = DeletedMessagesService::new(world.core.clone());
    assert_eq!(service.release_due().await.unwrap(), 1);

    let found = edited(&world, account, json!({ "search": "eight" })).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine"]);
}

#[tokio::test]
async fn a_message_that_is_edited_and_then_deleted_is_in_both_lists_with_all_its_wordings() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer { deletedMessages { nodes { text versions { text } } } } }";

    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", 1, "M1", "at nine"),
                says(Chat::Direct(alice()), alice(), "R1", 2, revoke("M1")),
                // Too late: it is deleted.
                alice_edits("E2", 3, "M1", "at ten"),
            ],
        )
        .await;

    let found = edited(&world, account, json!({})).await;
    assert_eq!(wordings(&found[0]), ["at eight", "at nine"]);
    let deleted = world.ask(account, query, json!({})).await;
    assert_eq!(
        deleted["viewer"]["deletedMessages"]["nodes"],
        json!([{ "text": "at nine", "versions": [{ "text": "at eight" }, { "text": "at nine" }] }])
    );
}

#[tokio::test]
async fn of_a_message_that_is_edited_without_end_the_first_wordings_and_the_last_are_kept() {
    let (world, account) = World::with_user("FREE").await;
    world.receive(account, &[alice_writes("M1", "wording 0")]).await;

    for number in 1..=60 {
        let wa_id = format!("E{number}");
        let edit = alice_edits(&wa_id, number, "M1", &format!("wording {number}"));
        world.receive(account, &[edit]).await;
    }

    let found = edited(&world, account, json!({})).await;
    let kept = wordings(&found[0]);
    assert_eq!(kept.len(), 50);
    assert_eq!(
        (kept[0], kept[48], kept[49]),
        ("wording 0", "wording 48", "wording 60")
    );
    assert_eq!(found[0]["text"], "wording 60");
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[tokio::test]
async fn wordings_lie_sealed() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_writes("M1", "abracadabra"),
                alice_edits("E1", 1, "M1", "sesame"),
            ],
        )
        .await;

    let mut all = world.everything().await;
    let count: Count = sql_query(
        "SELECT count(*) AS count FROM edited_messages
         WHERE position('abracadabra'::bytea IN wordings) > 0 OR position('sesame'::bytea IN wordings) > 0",
    )
    .get_result(&mut all)
    .await
    .unwrap();
    assert_eq!(count.count, 0);
    assert_eq!(edited(&world, account, json!({})).await[0]["text"], "sesame");
}

#[tokio::test]
async fn a_subscriber_hears_of_each_edit_from_its_cursor_on() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[alice_writes("M1", "one"), alice_edits("E1", 1, "M1", "two")],
        )
        .await;
    let query = "subscription($after: Cursor) { editedMessageChanged(after: $after) { sequence editedMessage { text versions { text } } } }";
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0));
    let mut heard = world.subscribe(account, query, json!({ "after": start }));
    let mut next = async || {
        let reply = tokio::time::timeout(Duration::from_secs(10), heard.next())
            .await
            .unwrap()
            .unwrap();
        assert!(reply.errors.is_empty(), "{:?}", reply.errors);
        reply.data.into_json().unwrap()["editedMessageChanged"].take()
    };

    let replayed = next().await;
    world
        .receive(account, &[alice_edits("E2", 2, "M1", "three")])
        .await;
    let live = next().await;

    assert_eq!(replayed["editedMessage"]["text"], "two");
    assert_eq!(live["editedMessage"]["text"], "three");
    assert_eq!(live["editedMessage"]["versions"].as_array().unwrap().len(), 3);
}
