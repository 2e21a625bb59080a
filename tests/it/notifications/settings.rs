use std::collections::HashSet;

use amda::account::AccountRef;
use amda::db::schema::notification_switches;
use amda::hub::EventKind;
use amda::notices::NoticeKind;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{beginning, heard, kinds, listed, next, post, switch};
use crate::support::world::World;

async fn switches(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { notificationSettings { switches { kind channel isEnabled isDefault } } } }";
    let data = world.ask(account, query, json!({})).await;
    let switches = data["viewer"]["notificationSettings"]["switches"].as_array();
    switches.unwrap().clone()
}

async fn chosen(world: &World, account: AccountRef) -> i64 {
    notification_switches::table
        .filter(notification_switches::user_id.eq(account.user))
        .count()
        .get_result(&mut world.everything().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn only_a_choice_that_differs_is_kept() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.user("FREE").await;
    let deleted_by_mail =
        |is_enabled: bool| json!([{"kind": "MESSAGE_DELETED", "channel": "EMAIL", "isEnabled": is_enabled}]);
    assert!(
        switches(&world, account)
            .await
            .iter()
            .all(|one| one["isDefault"] == true)
    );

    let changed = switch(&world, account, deleted_by_mail(true)).await;

    assert_eq!(changed["errors"], json!([]));
    let expected =
        json!({"kind": "MESSAGE_DELETED", "channel": "EMAIL", "isEnabled": true, "isDefault": false});
    let told = changed["notificationSettings"]["switches"].as_array().unwrap();
    assert!(told.contains(&expected), "{told:?}");
    assert_eq!(switches(&world, account).await, *told);
    assert_eq!(chosen(&world, account).await, 1);
    assert!(
        switches(&world, other)
            .await
            .iter()
            .all(|one| one["isDefault"] == true)
    );
    switch(&world, account, deleted_by_mail(false)).await;
    assert_eq!(chosen(&world, account).await, 0);
}

#[tokio::test]
async fn a_switch_that_is_named_twice_is_refused_with_all_others() {
    let (world, account) = World::with_user("FREE").await;

    let refused = switch(
        &world,
        account,
        json!([
            {"kind": "STORAGE_FULL", "channel": "PUSH", "isEnabled": false},
            {"kind": "STORAGE_FULL", "channel": "PUSH", "isEnabled": true},
        ]),
    )
    .await;

    assert_eq!(refused["errors"][0]["path"], json!(["switches", "1"]));
    assert_eq!(refused["notificationSettings"], json!(null));
    assert_eq!(chosen(&world, account).await, 0);
}

#[tokio::test]
async fn a_change_of_the_settings_is_an_event() {
    let (world, account) = World::with_user("FREE").await;

    switch(
        &world,
        account,
        json!([{"kind": "STORAGE_FULL", "channel": "PUSH", "isEnabled": false}]),
    )
    .await;
    switch(&world, account, json!([])).await;

    let kinds: Vec<_> = world
        .events(account)
        .await
        .iter()
        .map(|row| row.event.kind)
        .collect();
    assert_eq!(kinds, [EventKind::NotificationSettingsChanged]);
}

#[tokio::test]
async fn the_settings_and_each_switch_are_nodes_of_their_user_alone() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.user("FREE").await;
    let query = "{ viewer { notificationSettings { id switches { id kind channel } } } }";
    let mut data = world.ask(account, query, json!({})).await;
    let settings = data["viewer"]["notificationSettings"].take();
    let switch = &settings["switches"][4];
    let ids: HashSet<String> = settings["switches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
        ... on NotificationSwitch { kind channel } } }";
    let asked = json!({ "ids": [settings["id"], switch["id"]] });

    let own = world.ask(account, document, asked.clone()).await;
    let theirs = world.ask(other, document, asked).await;

    assert_eq!(ids.len(), NoticeKind::ALL.len() * 3, "each kind on each channel");
    assert_eq!(
        own["nodes"],
        json!([
            { "__typename": "NotificationSettings", "id": settings["id"] },
            { "__typename": "NotificationSwitch", "id": switch["id"], "kind": switch["kind"],
              "channel": switch["channel"] },
        ])
    );
    assert_eq!(theirs["nodes"], json!([null, null]));
}

#[tokio::test]
async fn what_is_turned_off_for_the_app_has_no_event_and_no_number() {
    let (world, account) = World::with_user("FREE").await;
    let off = json!([{"kind": "SCHEDULED_STATUS_PUBLISHED", "channel": "IN_APP", "isEnabled": false}]);
    switch(&world, account, off).await;

    post(&world, account, NoticeKind::ScheduledStatusPublished, 0).await;
    post(&world, account, NoticeKind::ScheduledStatusMissed, 1).await;

    let events = world.events(account).await;
    let told: Vec<_> = events.iter().map(|row| (row.sequence, row.event.kind)).collect();
    assert_eq!(
        told,
        [
            (1, EventKind::NotificationSettingsChanged),
            (2, EventKind::NotificationReceived)
        ]
    );
}

#[tokio::test]
async fn what_is_turned_off_for_the_app_is_neither_listed_nor_counted_nor_heard() {
    let (world, account) = World::with_user("FREE").await;
    let off = json!([{"kind": "SCHEDULED_STATUS_PUBLISHED", "channel": "IN_APP", "isEnabled": false}]);
    switch(&world, account, off).await;

    post(&world, account, NoticeKind::ScheduledStatusPublished, 0).await;
    post(&world, account, NoticeKind::ScheduledStatusMissed, 1).await;

    let page = listed(&world, account, json!({})).await;
    assert_eq!(kinds(&page), ["SCHEDULED_STATUS_MISSED"]);
    assert_eq!(page["unread"], 1);
    assert_eq!(
        next(heard(&world, account).await).await["kind"],
        "SCHEDULED_STATUS_MISSED"
    );
    let query = "subscription($after: Cursor) { events(after: $after, kinds: [NOTIFICATION_RECEIVED]) {
        ... on NotificationEvent { notification { kind } }
    } }";
    let mut events = world.subscribe(account, query, json!({ "after": beginning() }));
    let first = events.next().await.unwrap().data.into_json().unwrap();
    assert_eq!(first["events"]["notification"]["kind"], "SCHEDULED_STATUS_MISSED");
    // Nothing was lost by turning it off.
    let on = json!([{"kind": "SCHEDULED_STATUS_PUBLISHED", "channel": "IN_APP", "isEnabled": true}]);
    switch(&world, account, on).await;
    let page = listed(&world, account, json!({})).await;
    assert_eq!(
        kinds(&page),
        ["SCHEDULED_STATUS_MISSED", "SCHEDULED_STATUS_PUBLISHED"]
    );
}
