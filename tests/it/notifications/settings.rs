use amda::account::AccountRef;
use amda::db::schema::notification_switches;
use amda::notices::NoticeKind;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::{heard, kinds, listed, next, post, switch};
use crate::support::linked::House;

async fn switches(house: &House, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { notificationSettings { switches { kind channel isEnabled isDefault } } } }";
    let data = house.ask(account, query, json!({})).await;
    let switches = data["viewer"]["notificationSettings"]["switches"].as_array();
    switches.unwrap().clone()
}

async fn chosen(house: &House, account: AccountRef) -> i64 {
    notification_switches::table
        .filter(notification_switches::user_id.eq(account.user))
        .count()
        .get_result(&mut house.everything().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn only_a_choice_that_differs_is_kept() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let other = house.user("FREE").await;
    let deleted_by_mail =
        |is_enabled: bool| json!([{"kind": "MESSAGE_DELETED", "channel": "EMAIL", "isEnabled": is_enabled}]);
    assert!(
        switches(&house, account)
            .await
            .iter()
            .all(|one| one["isDefault"] == true)
    );

    let changed = switch(&house, account, deleted_by_mail(true)).await;

    assert_eq!(changed["errors"], json!([]));
    let expected =
        json!({"kind": "MESSAGE_DELETED", "channel": "EMAIL", "isEnabled": true, "isDefault": false});
    let told = changed["notificationSettings"]["switches"].as_array().unwrap();
    assert!(told.contains(&expected), "{told:?}");
    assert_eq!(switches(&house, account).await, *told);
    assert_eq!(chosen(&house, account).await, 1);
    assert!(
        switches(&house, other)
            .await
            .iter()
            .all(|one| one["isDefault"] == true)
    );
    switch(&house, account, deleted_by_mail(false)).await;
    assert_eq!(chosen(&house, account).await, 0);
}

#[tokio::test]
async fn a_switch_that_is_named_twice_is_refused_with_all_others() {
    let house = House::build().await;
    let account = house.user("FREE").await;

    let refused = switch(
        &house,
        account,
        json!([
            {"kind": "STORAGE_FULL", "channel": "PUSH", "isEnabled": false},
            {"kind": "STORAGE_FULL", "channel": "PUSH", "isEnabled": true},
        ]),
    )
    .await;

    assert_eq!(refused["errors"][0]["path"], json!(["changes", "1"]));
    assert_eq!(refused["notificationSettings"], json!(null));
    assert_eq!(chosen(&house, account).await, 0);
}

#[tokio::test]
async fn what_is_turned_off_for_the_app_is_neither_listed_nor_counted_nor_heard() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let off = json!([{"kind": "STATUS_PUBLISHED", "channel": "IN_APP", "isEnabled": false}]);
    switch(&house, account, off).await;

    post(&house, account, NoticeKind::StatusPublished, 0).await;
    post(&house, account, NoticeKind::StatusMissed, 1).await;

    let page = listed(&house, account, json!({})).await;
    assert_eq!(kinds(&page), ["STATUS_MISSED"]);
    assert_eq!(page["unreadCount"], 1);
    assert_eq!(next(heard(&house, account).await).await["kind"], "STATUS_MISSED");
    // Nothing was lost by turning it off.
    let on = json!([{"kind": "STATUS_PUBLISHED", "channel": "IN_APP", "isEnabled": true}]);
    switch(&house, account, on).await;
    let page = listed(&house, account, json!({})).await;
    assert_eq!(kinds(&page), ["STATUS_MISSED", "STATUS_PUBLISHED"]);
}
