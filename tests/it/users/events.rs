use amda::features::users::set_plan;
use amda::hub::EventKind;
use amda::plan::Plan;
use futures::StreamExt;
use serde_json::json;

use super::{registered, run_operation};
use crate::support::app::TestApp;
use crate::support::websocket::SOON;
use crate::support::world::World;

const HEARD: &str = "subscription ($after: Cursor) { events(after: $after) {
    __typename ... on ViewerEvent { viewer { user { plan { code } displayName timeZone } } }
} }";

/// The cursor before the first event.
fn beginning() -> String {
    data_encoding::BASE64URL_NOPAD.encode(b"event:0")
}

#[tokio::test]
async fn a_change_of_the_plan_is_an_event_and_the_same_plan_again_is_none() {
    let (world, account) = World::with_user("FREE").await;
    let email = format!("{}@example.org", account.user);

    for plan in [Plan::Premium, Plan::Premium] {
        set_plan(&world.core, &email, plan).await.unwrap();
    }

    let kinds: Vec<_> = world
        .events(account)
        .await
        .iter()
        .map(|row| row.event.kind)
        .collect();
    let changed = |kind: &&EventKind| **kind == EventKind::PlanChanged;
    assert_eq!(kinds.iter().filter(changed).count(), 1, "{kinds:?}");
    let mut heard = world.subscribe(account, HEARD, json!({ "after": beginning() }));
    let event = heard.next().await.unwrap().data.into_json().unwrap();
    assert_eq!(event["events"]["__typename"], "ViewerEvent");
    assert_eq!(event["events"]["viewer"]["user"]["plan"]["code"], "PREMIUM");
}

#[tokio::test]
async fn a_change_of_the_profile_is_an_event() {
    let world = World::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let update =
        "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { errors { code } } }";
    let viewer = world.tokens.verify(alice.token.as_deref().unwrap()).unwrap();

    for input in [json!({ "displayName": "Alice" }), json!({})] {
        run_operation(&world, &alice, update, json!({ "input": input })).await;
    }

    let mut tx = world.core.db.begin(viewer.user).await.unwrap();
    let events = amda::hub::load_after(&mut tx, viewer.user, 0, 10).await.unwrap();
    tx.commit().await.unwrap();
    let kinds: Vec<_> = events.iter().map(|row| row.event.kind).collect();
    assert_eq!(kinds, [EventKind::ProfileChanged]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_the_operator_sets_from_another_process_is_heard_at_once() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let mut heard = user
        .subscribe_from_now(
            "events",
            "__typename ... on ViewerEvent { viewer { user { plan { code } } } }",
        )
        .await;

    // Another handle on the database and another hub, as another process has.
    let other = amda::app::core_for_command(&app.config, app.database.urls())
        .await
        .unwrap();
    set_plan(&other, "alice@example.org", Plan::Premium)
        .await
        .unwrap();

    let event = heard.next_event(SOON).await;
    assert_eq!(event["events"]["viewer"]["user"]["plan"]["code"], "PREMIUM");
    app.stop().await;
}
