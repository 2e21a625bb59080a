use std::time::Duration;

use amda::account::AccountRef;
use amda::db::schema::{message_versions, messages, outbox};
use amda::event::Chat;
use amda::hub::EventKind;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{DELETE, alice_edits, delete, list};
use crate::support::database::{allow_commits, fail_commits};
use crate::support::whatsapp::{alice, alice_deletes, alice_writes, picture, says, words};
use crate::support::world::World;

/// Number of stored versions of edited messages.
async fn versions(world: &World, account: AccountRef) -> i64 {
    let mut work = world.core.begin(account.user).await.unwrap();
    let count = message_versions::table
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    count
}

/// The items in all lists of the user.
async fn kept(world: &World, account: AccountRef) -> Vec<Value> {
    let mut kept = Vec::new();
    for name in ["statuses", "deletedMessages", "editedMessages"] {
        kept.extend(list(world, account, name).await);
    }
    kept
}

async fn node(world: &World, account: AccountRef, id: &Value) -> Value {
    let query = "query($id: ID!) { node(id: $id) { id } }";
    world.ask(account, query, json!({ "id": id })).await["node"].take()
}

#[tokio::test]
async fn a_deleted_message_goes_with_everything_that_it_said() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", "M1", "at nine"),
                alice_deletes("R1", "M1"),
                alice_writes("M2", "stay"),
                alice_deletes("R2", "M2"),
            ],
        )
        .await;
    let all = list(&world, account, "deletedMessages").await;
    let edited = all.iter().find(|item| item["text"] == "at nine").unwrap();
    let item = edited["id"].clone();

    let done = delete(&world, account, json!([item])).await;

    assert_eq!(done, json!({ "deletedIds": [item], "errors": [] }));
    let left = list(&world, account, "deletedMessages").await;
    assert_eq!((left.len(), &left[0]["text"]), (1, &json!("stay")));
    assert_eq!(node(&world, account, &item).await, Value::Null);
    assert_eq!(versions(&world, account).await, 0);
    // The item of its edit is another one, with its own copy.
    assert_eq!(list(&world, account, "editedMessages").await.len(), 1);
}

#[tokio::test]
async fn an_edited_message_goes_with_its_earlier_wordings_and_a_later_deletion_knows_the_last_one() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[alice_writes("M1", "at eight"), alice_edits("E1", "M1", "at nine")],
        )
        .await;
    let item = list(&world, account, "editedMessages").await[0]["id"].clone();

    let done = delete(&world, account, json!([item])).await;
    let emptied = list(&world, account, "editedMessages").await;
    let left = versions(&world, account).await;
    world.receive(account, &[alice_deletes("R1", "M1")]).await;

    assert_eq!(done["deletedIds"], json!([item]));
    assert!(emptied.is_empty());
    assert_eq!(left, 0);
    assert_eq!(
        list(&world, account, "deletedMessages").await[0]["text"],
        "at nine"
    );
}

#[tokio::test]
async fn deleting_an_edited_message_takes_nothing_from_the_deleted_one() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer { deletedMessages { nodes { versions { text } } } } }";
    world
        .receive(
            account,
            &[
                alice_writes("M1", "at eight"),
                alice_edits("E1", "M1", "at nine"),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;
    let item = list(&world, account, "editedMessages").await[0]["id"].clone();

    delete(&world, account, json!([item])).await;

    let kept = world.ask(account, query, json!({})).await;
    assert_eq!(
        kept["viewer"]["deletedMessages"]["nodes"][0]["versions"],
        json!([{ "text": "at eight" }, { "text": "at nine" }])
    );
}

#[tokio::test]
async fn a_status_goes_with_what_is_held_of_it_and_its_like_is_not_sent() {
    let (world, account) = World::with_user("FREE").await;
    let like = "mutation($input: UpdateAutoLikeSettingsInput!) {
        updateAutoLikeSettings(input: $input) { errors { message } }
    }";
    let input = json!({ "accountId": account.id.to_global(), "settings": { "isEnabled": true } });
    world.ask(account, like, json!({ "input": input })).await;
    world
        .receive(account, &[says(Chat::Status, alice(), "S1", 0, words("beach"))])
        .await;
    let item = list(&world, account, "statuses").await[0]["id"].clone();

    delete(&world, account, json!([item])).await;

    assert!(list(&world, account, "statuses").await.is_empty());
    let mut work = world.core.begin(account.user).await.unwrap();
    let held: i64 = messages::table
        .filter(
            messages::held_until
                .is_not_null()
                .or(messages::content.is_not_null()),
        )
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    let queued: i64 = outbox::table
        .filter(outbox::state.eq("QUEUED"))
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    assert_eq!((held, queued), (0, 0));
}

#[tokio::test]
async fn every_client_hears_which_items_are_gone_and_of_earlier_news_that_they_are() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_writes("M1", "hello"), alice_deletes("R1", "M1")])
        .await;
    let item = list(&world, account, "deletedMessages").await[0]["id"].clone();
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0));
    let of = json!({ "after": start });
    let gone = "subscription($after: Cursor) { keptItemRemoved(after: $after) { sequence removedItem { id typeName } } }";
    let news = "subscription($after: Cursor) { deletedMessageChanged(after: $after) { sequence deletedMessage { text } } }";

    delete(&world, account, json!([item])).await;

    let next = async |query: &str| {
        let mut heard = world.subscribe(account, query, of.clone());
        let reply = tokio::time::timeout(Duration::from_secs(10), heard.next())
            .await
            .unwrap()
            .unwrap();
        assert!(reply.errors.is_empty(), "{:?}", reply.errors);
        reply.data.into_json().unwrap()
    };
    assert_eq!(
        next(gone).await["keptItemRemoved"],
        json!({ "sequence": 2, "removedItem": { "id": item, "typeName": "DeletedMessage" } })
    );
    assert_eq!(
        next(news).await["deletedMessageChanged"],
        json!({ "sequence": 1, "deletedMessage": null })
    );
}

#[tokio::test]
async fn a_deletion_that_is_redelivered_does_not_bring_the_item_back() {
    let (world, account) = World::with_user("FREE").await;
    let delivery = [alice_writes("M1", "hello"), alice_deletes("R1", "M1")];
    world.receive(account, &delivery).await;
    let item = list(&world, account, "deletedMessages").await[0]["id"].clone();

    delete(&world, account, json!([item])).await;
    world.receive(account, &delivery).await;

    assert!(list(&world, account, "deletedMessages").await.is_empty());
    let events = world.events(account).await;
    let kinds: Vec<_> = events.iter().map(|row| row.event.kind).collect();
    assert_eq!(kinds, [EventKind::MessageDeleted, EventKind::KeptItemRemoved]);
}

#[tokio::test]
async fn when_the_commit_fails_nothing_is_deleted_and_nobody_is_told() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
                alice_writes("M1", "at eight"),
                alice_edits("E1", "M1", "at nine"),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;
    let items = kept(&world, account).await;
    let ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
    let (wordings, before) = (versions(&world, account).await, world.events(account).await);
    let news = world.core.hub.subscribe(account.user);
    fail_commits(&world.database).await;

    let input = json!({ "input": { "ids": ids } });
    let failed = world.respond(account, DELETE, input).await;

    allow_commits(&world.database).await;
    assert!(failed.is_err());
    assert!(news.is_empty());
    assert_eq!(world.events(account).await, before);
    assert_eq!(kept(&world, account).await, items);
    assert_eq!(versions(&world, account).await, wordings);
    let again = delete(&world, account, json!(ids)).await;
    assert_eq!(again["deletedIds"].as_array().map(Vec::len), Some(3));
    assert!(kept(&world, account).await.is_empty());
}
