use std::sync::Arc;

use amda::contacts::AccountRef;
use amda::db::schema::{media, view_once_messages};
use amda::features::kept_items::KeptItemsService;
use amda::features::view_once;
use amda::hub::EventKind;
use amda::id::ViewOnceId;
use amda::whatsapp::event::{Chat, Content, Event, Message};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::{delete, list, says};
use crate::support::darkroom::{Darkroom, Served, content, noon, picture as file};
use crate::support::linked::House;
use crate::support::whatsapp::{alice, picture, revoke};

async fn files(house: &House, account: AccountRef) -> i64 {
    let mut work = house.core.begin(account.user).await.unwrap();
    let count = media::table.count().get_result(&mut *work).await.unwrap();
    work.rollback().await.unwrap();
    count
}

#[tokio::test]
async fn a_picture_goes_with_the_last_item_that_shows_it() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    house
        .tell(
            account,
            &[
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
                says(Chat::Status, alice(), "R1", 1, revoke("S1")),
            ],
        )
        .await;
    let status = list(&house, account, "statuses").await[0]["id"].clone();
    let deleted = list(&house, account, "deletedMessages").await[0]["id"].clone();

    let before = files(&house, account).await;
    delete(&house, account, json!([status])).await;
    let between = files(&house, account).await;
    let shown = house
        .ask(
            account,
            "{ viewer { deletedMessages { nodes { text media { kind } } } } }",
            json!({}),
        )
        .await;
    delete(&house, account, json!([deleted])).await;

    assert_eq!((before, between), (1, 1));
    assert_eq!(
        shown["viewer"]["deletedMessages"]["nodes"],
        json!([{ "text": "beach", "media": { "kind": "IMAGE" } }])
    );
    assert_eq!(files(&house, account).await, 0);
}

#[tokio::test]
async fn both_go_at_once() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    house
        .tell(
            account,
            &[
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
                says(Chat::Status, alice(), "R1", 1, revoke("S1")),
            ],
        )
        .await;
    let status = list(&house, account, "statuses").await[0]["id"].clone();
    let deleted = list(&house, account, "deletedMessages").await[0]["id"].clone();

    let done = delete(&house, account, json!([deleted, status])).await;

    assert_eq!(done["deletedIds"].as_array().map(Vec::len), Some(2));
    assert_eq!(files(&house, account).await, 0);
}

/// Alice sends a picture that may be viewed once.
fn view_once_picture(content: &[u8]) -> Event {
    Event::Message(Box::new(Message {
        chat: Chat::Direct(alice()),
        sender: alice(),
        wa_id: "V1".to_owned(),
        is_from_me: false,
        push_name: None,
        sent_at: noon(),
        is_offline: false,
        content: Content::ViewOnce(Some(Box::new(file("/once", content)))),
        quoted_view_once: None,
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_picture_is_removed_from_the_store() {
    let room = Darkroom::build().await;
    let account = room.user("PREMIUM").await;
    let turn_on =
        "mutation($input: UpdateViewOnceInput!) { updateViewOnce(input: $input) { errors { message } } }";
    let input = json!({ "accountId": account.id.to_global(), "isEnabled": true });
    room.ask(account, turn_on, json!({ "input": input })).await;
    let plain = content(100);
    room.fetcher.serve("/once", Served::Content(plain.clone()));
    room.tell(account, &[view_once_picture(&plain)]).await;
    room.settle(1).await;
    let mut work = room.core.begin(account.user).await.unwrap();
    let item: ViewOnceId = view_once_messages::table
        .select(view_once_messages::id)
        .first(&mut *work)
        .await
        .unwrap();
    let object: Option<String> = media::table
        .select(media::object_key)
        .first(&mut *work)
        .await
        .unwrap();
    work.rollback().await.unwrap();
    let object = room.folder.path().join(object.unwrap());
    assert!(object.exists());

    let service = KeptItemsService::new(room.core.clone(), vec![Arc::new(view_once::Removal)]);
    let done = service.delete(account.user, &[item.to_global()]).await.unwrap();
    // Something else that is due is done behind it.
    room.want(account, &file("/nothing", b"x")).await;
    room.settle(1).await;

    assert_eq!(done.deleted, [item.to_global()]);
    assert!(!object.exists());
    let last = room.events(account).await.pop().unwrap();
    assert_eq!(last.event.kind, EventKind::ItemDeleted);
}
