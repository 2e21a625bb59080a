//! The log of looks, for the user who was looked at.

use amda::account::AccountRef;
use amda::features::admin::AdminFeature;
use amda::hub::EventKind;
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use serde_json::json;

use super::{
    actions, admin_id_of, administration, an_admin, audit_log, refusals, settle_looks, suspend, unsuspend,
    world_with_admin,
};
use crate::support::world::{World, expiry_of};

/// Opens the details of the account's user.
async fn look(world: &World, admin: AccountRef, user: AccountRef) {
    let selection = format!("user(id: {}) {{ email }}", json!(admin_id_of(user)));
    administration(world, admin, &selection).await;
}

#[tokio::test]
async fn a_look_is_in_the_log_once_in_a_quarter_of_an_hour() {
    let (world, admin, user) = world_with_admin().await;

    look(&world, admin, user).await;
    settle_looks(&world, user, 1).await;
    world.clock.advance(TimeDelta::minutes(14));
    look(&world, admin, user).await;
    world.clock.advance(TimeDelta::minutes(1));
    look(&world, admin, user).await;
    settle_looks(&world, user, 2).await;

    let log = audit_log(&world, user).await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(
        log.iter()
            .all(|entry| entry["action"] == "USER_VIEWED" && entry["isLook"] == true)
    );
}

#[tokio::test]
async fn looks_of_two_admins_are_two_and_a_list_is_a_look_at_each_who_is_in_it() {
    let (world, admin, user) = world_with_admin().await;
    let other = an_admin(&world).await;

    for looking in [admin, other, admin] {
        administration(&world, looking, "users { nodes { email } }").await;
    }
    settle_looks(&world, user, 2).await;

    assert_eq!(actions(&world, user).await, ["USER_LISTED", "USER_LISTED"]);
    settle_looks(&world, admin, 2).await;
    assert_eq!(
        actions(&world, admin).await,
        ["USER_LISTED", "ADMIN_GRANTED"],
        "what admins see of themselves is no look"
    );
}

#[tokio::test]
async fn an_act_that_changes_nothing_is_still_a_look_at_the_user_whom_it_shows() {
    let (world, admin, user) = world_with_admin().await;

    unsuspend(&world, admin, user).await;
    settle_looks(&world, user, 1).await;

    assert_eq!(actions(&world, user).await, ["USER_VIEWED"]);
}

#[tokio::test]
async fn a_search_is_not_counted_because_the_number_would_tell_of_users_who_were_not_listed() {
    let (world, admin, _) = world_with_admin().await;
    let count = async |arguments: &str| {
        let selection = format!("users({arguments}) {{ totalCount }}");
        administration(&world, admin, &selection).await["users"]["totalCount"].take()
    };

    assert_eq!(count("first: 1").await, json!(2));
    assert_eq!(count("first: 1, filter: { search: \"a\" }").await, json!(null));
}

#[tokio::test]
async fn a_look_has_an_event_and_no_notice() {
    let (world, admin, user) = world_with_admin().await;

    look(&world, admin, user).await;
    settle_looks(&world, user, 1).await;

    let events = world.events(user).await;
    let kinds: Vec<_> = events.iter().map(|row| row.event.kind).collect();
    assert_eq!(kinds, [EventKind::AuditEntryAdded]);
    let notices = "{ viewer { notifications { nodes { kind } } } }";
    let notices = world.ask(user, notices, json!({})).await;
    assert_eq!(notices["viewer"]["notifications"]["nodes"], json!([]));
}

#[tokio::test]
async fn a_look_that_cannot_be_noted_is_refused() {
    let (world, admin, user) = world_with_admin().await;
    let fault = "CREATE FUNCTION refuse_look() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN RAISE EXCEPTION ''no room''; END';
        CREATE TRIGGER refuse_look BEFORE INSERT ON jobs FOR EACH ROW WHEN (NEW.kind = 'audit.record_looks')
            EXECUTE FUNCTION refuse_look()";
    world.everything().await.batch_execute(fault).await.unwrap();

    let id = json!(admin_id_of(user));
    let selections = [
        "users { nodes { email } }".to_owned(),
        "accounts { nodes { state } }".to_owned(),
        format!("user(id: {id}) {{ email }}"),
    ];
    for selection in selections {
        let response = world
            .respond(admin, &format!("{{ admin {{ {selection} }} }}"), json!({}))
            .await;

        assert_eq!(refusals(&response), ["admin INTERNAL"], "{selection}");
        assert!(!response.data.to_string().contains("@example.org"), "{selection}");
    }
}

#[tokio::test]
async fn the_log_is_its_users_alone_and_kept_for_two_years() {
    let (world, admin, user) = world_with_admin().await;
    suspend(&world, admin, user, "spam").await;
    let entry = audit_log(&world, user).await.remove(0);
    let node = "query ($id: ID!) { node(id: $id) { ... on AuditEntry { action } } }";
    let of = async |viewer| world.ask(viewer, node, json!({ "id": entry["id"] })).await["node"].take();

    assert_eq!(of(user).await, json!({ "action": "SUSPENDED" }));
    assert_eq!(of(admin).await, json!(null));
    let remove = async || {
        let mut work = world.core.begin(user.user).await.unwrap();
        let before = work.now - TimeDelta::days(730);
        let removed = expiry_of(&AdminFeature)
            .expire(&mut work, before, 10)
            .await
            .unwrap();
        work.commit().await.unwrap();
        removed
    };
    world.clock.advance(TimeDelta::days(730));
    assert_eq!(remove().await, 0);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(remove().await, 1);
}
