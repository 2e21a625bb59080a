use amda::account::AccountRef;
use amda::db::schema::{media, view_once_messages};
use amda::event::{Chat, Content, Event, Message};
use amda::features::view_once::ViewOnceId;
use amda::hub::EventKind;
use amda::id::MediaId;
use amda::media::{lock_all, require_space};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use tokio::time::timeout;

use super::{delete, list};
use crate::support::core::noon;
use crate::support::database::until_waiting;
use crate::support::fetcher::{Served, content, picture as file};
use crate::support::whatsapp::{alice, picture, revoke, says};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

async fn files(world: &World, account: AccountRef) -> i64 {
    let mut work = world.core.begin(account.user).await.unwrap();
    let count = media::table.count().get_result(&mut *work).await.unwrap();
    work.rollback().await.unwrap();
    count
}

#[tokio::test]
async fn a_picture_goes_with_the_last_item_that_shows_it() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
                says(Chat::Status, alice(), "R1", 1, revoke("S1")),
            ],
        )
        .await;
    let status = list(&world, account, "statuses").await[0]["id"].clone();
    let deleted = list(&world, account, "deletedMessages").await[0]["id"].clone();

    let before = files(&world, account).await;
    delete(&world, account, json!([status])).await;
    let between = files(&world, account).await;
    let shown = world
        .ask(
            account,
            "{ viewer { deletedMessages { nodes { text media { kind } } } } }",
            json!({}),
        )
        .await;
    delete(&world, account, json!([deleted])).await;

    assert_eq!((before, between), (1, 1));
    assert_eq!(
        shown["viewer"]["deletedMessages"]["nodes"],
        json!([{ "text": "beach", "media": { "kind": "IMAGE" } }])
    );
    assert_eq!(files(&world, account).await, 0);
}

#[tokio::test]
async fn both_go_at_once() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
                says(Chat::Status, alice(), "R1", 1, revoke("S1")),
            ],
        )
        .await;
    let status = list(&world, account, "statuses").await[0]["id"].clone();
    let deleted = list(&world, account, "deletedMessages").await[0]["id"].clone();

    let done = delete(&world, account, json!([deleted, status])).await;

    assert_eq!(done["deletedIds"].as_array().map(Vec::len), Some(2));
    assert_eq!(files(&world, account).await, 0);
}

/// Alice sends a picture that may be viewed once and lies at `path`.
fn view_once_picture(path: &str, content: &[u8]) -> Event {
    Event::Message(Box::new(Message {
        chat: Chat::Direct(alice()),
        sender: alice(),
        wa_id: path.to_owned(),
        is_from_me: false,
        push_name: None,
        verified_name: None,
        sent_at: noon(),
        content: Content::ViewOnce(Some(Box::new(file(path, content)))),
        mentions: Vec::new(),
        timer: None,
        quoted_view_once: None,
    }))
}

/// A user whose account captured a picture at each of `paths`: the items in the order of their ids, and their files.
async fn capturer(world: &World, paths: &[&str]) -> (AccountRef, Vec<(ViewOnceId, MediaId)>) {
    let account = world.user("PREMIUM").await;
    let turn_on = "mutation($input: UpdateViewOnceSettingsInput!) {
        updateViewOnceSettings(input: $input) { errors { message } }
    }";
    let input = json!({
        "accountId": account.id.to_global(),
        "settings": { "isEnabled": true },
        "acknowledgesPrivacyNotice": true,
    });
    world.ask(account, turn_on, json!({ "input": input })).await;
    let plain = content(100);
    for path in paths {
        world.fetcher.serve(path, Served::Content(plain.clone()));
        world.receive(account, &[view_once_picture(path, &plain)]).await;
    }
    world.settle_media(paths.len()).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let items = view_once_messages::table
        .order(view_once_messages::id)
        .select((
            view_once_messages::id,
            view_once_messages::media_id.assume_not_null(),
        ))
        .load(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    (account, items)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleting_waits_for_a_fetch_and_does_not_keep_it_from_storing() {
    let world = World::build().await;
    let (account, items) = capturer(&world, &["/one", "/two"]).await;
    let ids: Vec<String> = items.iter().map(|(item, _)| item.to_global()).collect();
    let mut fetching = world.core.begin(account.user).await.unwrap();
    lock_all(&mut fetching, &[items[1].1]).await.unwrap();

    let deleting = world.services.kept_items.delete(account.user, &ids);
    let storing = async {
        until_waiting(&world.database, 1).await;
        require_space(&mut fetching, 1).await.unwrap();
        fetching.rollback().await.unwrap();
    };
    let both = async { tokio::join!(deleting, storing) };
    let (done, ()) = timeout(DEADLINE, both).await.expect("both come to their end");

    assert_eq!(done.unwrap().deleted, ids);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_picture_is_removed_from_the_store() {
    let world = World::build().await;
    let (account, items) = capturer(&world, &["/once"]).await;
    let item = items[0].0;
    let mut work = world.core.begin(account.user).await.unwrap();
    let object: Option<String> = media::table
        .select(media::object_key)
        .first(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    let object = world.folder.path().join(object.unwrap());
    assert!(object.exists());

    let done = world
        .services
        .kept_items
        .delete(account.user, &[item.to_global()])
        .await
        .unwrap();
    // Something else that is due is done behind it.
    world.fetch_later(account, &file("/nothing", b"x")).await;
    world.settle_media(1).await;

    assert_eq!(done.deleted, [item.to_global()]);
    assert!(!object.exists());
    let last = world.events(account).await.pop().unwrap();
    assert_eq!(last.event.kind, EventKind::KeptItemRemoved);
}
