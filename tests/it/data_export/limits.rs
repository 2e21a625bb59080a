//! Requests: the password, one at a time, three a day.

use amda::account::AccountRef;
use amda::features::users::Registration;
use amda::plan::Plan;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{exports, request, until};
use crate::support::world::World;

const PASSWORD: &str = "correct horse battery";

const REQUEST: &str = "mutation ($input: RequestDataExportInput!) { requestDataExport(input: $input) {
    dataExport { id state url } viewer { dataExports { totalCount } }
    errors { __typename code path message ... on LimitExceeded { limit used resetsAt } } } }";

const CANCEL: &str = "mutation ($input: CancelDataExportInput!) { cancelDataExport(input: $input) {
    dataExport { id state } errors { code path } } }";

/// A user with a password.
async fn with_password() -> (World, AccountRef) {
    let world = World::build().await;
    let registration = Registration {
        email: "alice@example.org".to_owned(),
        password: PASSWORD.into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    };
    let user = world
        .services
        .users
        .ensure_user(registration, Plan::Free)
        .await
        .unwrap();
    let account = world.account(user).await;
    (world, account)
}

async fn ask(world: &World, account: AccountRef, password: &str) -> Value {
    let input = json!({"input": {"currentPassword": password}});
    world.ask(account, REQUEST, input).await["requestDataExport"].take()
}

async fn cancel(world: &World, account: AccountRef, id: &Value) -> Value {
    let input = json!({"input": {"dataExportId": id}});
    world.ask(account, CANCEL, input).await["cancelDataExport"].take()
}

#[tokio::test]
async fn an_export_is_requested_with_the_password_and_waits() {
    let (world, account) = with_password().await;

    let refused = ask(&world, account, "another password").await;
    let asked = ask(&world, account, PASSWORD).await;

    assert_eq!(refused["errors"][0]["code"], "WRONG_CREDENTIALS");
    assert_eq!(refused["errors"][0]["path"], json!(["currentPassword"]));
    assert_eq!(refused["dataExport"], json!(null));
    assert_eq!(asked["errors"], json!([]));
    assert_eq!(asked["dataExport"]["state"], "QUEUED");
    assert_eq!(asked["dataExport"]["url"], json!(null));
    assert_eq!(asked["viewer"]["dataExports"]["totalCount"], 1);
}

#[tokio::test]
async fn a_second_export_waits_for_the_end_of_the_first() {
    let (world, account) = with_password().await;
    let first = ask(&world, account, PASSWORD).await;

    let second = ask(&world, account, PASSWORD).await;
    let cancelled = cancel(&world, account, &first["dataExport"]["id"]).await;
    let third = ask(&world, account, PASSWORD).await;

    assert_eq!(second["errors"][0]["code"], "CONFLICT");
    assert_eq!(cancelled["dataExport"]["state"], "CANCELLED");
    assert_eq!(third["dataExport"]["state"], "QUEUED");
    assert_eq!(exports(&world, account).await.len(), 2);
}

#[tokio::test]
async fn the_fourth_export_in_a_day_is_told_when_it_is_possible() {
    let (world, account) = with_password().await;
    for _ in 0..3 {
        let asked = ask(&world, account, PASSWORD).await;
        cancel(&world, account, &asked["dataExport"]["id"]).await;
        world.clock.advance(TimeDelta::hours(1));
    }

    let fourth = ask(&world, account, PASSWORD).await;
    world.clock.advance(TimeDelta::hours(21));
    let next_day = ask(&world, account, PASSWORD).await;

    let error = &fourth["errors"][0];
    assert_eq!(error["__typename"], "LimitExceeded", "{fourth}");
    assert_eq!((&error["limit"], &error["used"]), (&json!(3), &json!(3)));
    let resets_at: chrono::DateTime<chrono::Utc> = error["resetsAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        resets_at,
        "2026-11-24T11:00:00Z"
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    );
    assert_eq!(next_day["errors"], json!([]), "{next_day}");
}

#[tokio::test]
async fn an_export_that_is_finished_cannot_be_cancelled() {
    let (world, account) = World::with_user("FREE").await;
    let id = request(&world, account).await;
    let running = world.run("data_export.");
    until(&world, account, "READY").await;
    running.stop().await;

    let refused = cancel(&world, account, &json!(id.to_global())).await;

    assert_eq!(refused["errors"][0]["code"], "CONFLICT");
    assert_eq!(exports(&world, account).await[0]["state"], "READY");
}

#[tokio::test]
async fn nobody_sees_or_cancels_the_export_of_another() {
    let (world, account) = World::with_user("FREE").await;
    let id = json!(request(&world, account).await.to_global());
    let other = world.user("FREE").await;

    let refused = cancel(&world, other, &id).await;
    let query = "query ($id: ID!) { node(id: $id) { id } }";
    let node = world.respond(other, query, json!({"id": id})).await;

    assert_eq!(refused["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(exports(&world, other).await, Vec::<Value>::new());
    assert!(!node.errors.is_empty() || node.data.into_json().unwrap()["node"].is_null());
    assert_eq!(exports(&world, account).await[0]["state"], "QUEUED");
}
