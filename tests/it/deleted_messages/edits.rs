use amda::event::{Chat, Content, Event};
use serde_json::{Value, json};

use super::deleted;
use crate::support::whatsapp::{alice, alice_deletes, alice_writes, group, mallory, says, words};
use crate::support::world::World;

fn edits(chat: Chat, editor: amda::event::Person, wa_id: &str, minutes: i64, text: &str) -> Event {
    let edit = Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: text.to_owned(),
    };
    says(chat, editor, wa_id, minutes, edit)
}

fn wordings(message: &Value) -> Vec<&str> {
    let versions = message["versions"].as_array().unwrap();
    versions
        .iter()
        .map(|version| version["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_wording_of_an_edited_message_is_kept_and_found() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());
    let first = edits(chat(), alice(), "E1", 1, "at nine");

    world
        .receive(account, &[alice_writes("M1", "at eight"), first.clone()])
        .await;
    world
        .receive(
            account,
            &[
                first,
                edits(chat(), alice(), "E2", 2, "at ten"),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({ "search": "eight" })).await;
    assert_eq!(found[0]["text"], "at ten");
    assert_eq!(wordings(&found[0]), ["at eight", "at nine", "at ten"]);
    assert_eq!(found[0]["versions"][1]["writtenAt"], "2026-11-23T11:01:00+00:00");
}

#[tokio::test]
async fn an_edit_by_somebody_else_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                says(group(), alice(), "M1", 0, words("hello")),
                edits(group(), mallory(), "E1", 1, "goodbye"),
                says(group(), alice(), "R1", 2, crate::support::whatsapp::revoke("M1")),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(
        (&found[0]["text"], wordings(&found[0])),
        (&json!("hello"), vec!["hello"])
    );
}
