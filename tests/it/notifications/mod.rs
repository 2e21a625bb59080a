//! What users are told of, and how.

mod journeys;
mod lists;
mod mailing;
mod pushing;
mod settings;
mod telling;

use std::pin::pin;

use amda::account::AccountRef;
use amda::db::schema::users;
use amda::notices::{self, NewNotice, NoticeKind};
use async_graphql::Response;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::{Stream, StreamExt};
use serde_json::{Value, json};

use crate::support::websocket::SOON;
use crate::support::world::World;

/// Tells the user of something of this kind, `seconds` after the beginning.
async fn post(world: &World, account: AccountRef, kind: NoticeKind, seconds: i64) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let notice = NewNotice {
        kind,
        account: Some(account.id),
        subject: None,
        details: json!({}),
        at: crate::support::core::noon() + TimeDelta::seconds(seconds),
    };
    notices::post(&mut work, &notice).await.unwrap();
    work.commit().await.unwrap();
}

/// Has the user read in another language.
async fn reads_in(world: &World, account: AccountRef, locale: &str) {
    let mut conn = world.everything().await;
    diesel::update(users::table.find(account.user))
        .set(users::locale.eq(locale))
        .execute(&mut conn)
        .await
        .unwrap();
}

/// Hears each notification of the user from now on, and what came before.
async fn heard(world: &World, account: AccountRef) -> impl Stream<Item = Response> + Send + Unpin + use<> {
    let query = "subscription($after: Cursor) { notificationChanged(after: $after) {
        sequence notification { kind title body subject { id } account { id } readAt }
    } }";
    world.subscribe(account, query, json!({ "after": beginning() }))
}

/// The cursor before the first event.
fn beginning() -> String {
    data_encoding::BASE64URL_NOPAD.encode(b"event:0")
}

/// The next notification that is heard.
async fn next(heard: impl Stream<Item = Response>) -> Value {
    let mut heard = pin!(heard);
    let next = tokio::time::timeout(SOON, heard.next()).await;
    let response = next.expect("something is heard in time").unwrap();
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()["notificationChanged"]["notification"].take()
}

/// Nothing more is to be heard of what was written so far: what is posted now is the next.
async fn nothing_else(world: &World, account: AccountRef, heard: impl Stream<Item = Response>) {
    post(world, account, NoticeKind::StorageFull, 86_400).await;
    assert_eq!(next(heard).await["kind"], "STORAGE_FULL");
}

/// A page of the user's notifications: the connection, with the number of unread ones as `unread`.
async fn listed(world: &World, account: AccountRef, arguments: Value) -> Value {
    let query =
        "query($first: Int, $after: Cursor, $filter: NotificationFilter) { viewer { unreadNotificationCount
        notifications(first: $first, after: $after, filter: $filter) {
            pageInfo { hasNextPage endCursor } edges { cursor node { id kind title body readAt createdAt } }
        }
    } }";
    let mut data = world.ask(account, query, arguments).await;
    let mut page = data["viewer"]["notifications"].take();
    page["unread"] = data["viewer"]["unreadNotificationCount"].take();
    page
}

/// The kinds on a page.
fn kinds(page: &Value) -> Vec<&str> {
    let edges = page["edges"].as_array().unwrap().iter();
    edges.map(|edge| edge["node"]["kind"].as_str().unwrap()).collect()
}

/// Sets switches; answers with the payload.
async fn switch(world: &World, account: AccountRef, switches: Value) -> Value {
    let mutation =
        "mutation($input: UpdateNotificationSettingsInput!) { updateNotificationSettings(input: $input) {
        notificationSettings { switches { kind channel isEnabled isDefault } } errors { code path message }
    } }";
    let input = json!({ "input": { "switches": switches } });
    let mut data = world.ask(account, mutation, input).await;
    data["updateNotificationSettings"].take()
}
