//! The acts of admins, and the news of them for the users concerned.

use amda::features::users::{self, set_plan, set_role};
use amda::hub::EventKind;
use amda::plan::Plan;
use amda::user::Role;
use data_encoding::BASE64URL_NOPAD;
use futures::StreamExt;
use serde_json::json;

use super::{actions, admin_id_of, audit_log, change, email_of, suspend, unsuspend, world_with_admin};

const HEARD: &str = "subscription ($after: Cursor) { auditEntryAdded(after: $after) {
    kind auditEntry { action actor plan previousPlan isLook }
} }";

#[tokio::test]
async fn a_plan_that_an_admin_sets_is_in_the_users_log_with_an_event_and_a_notice() {
    let (world, admin, user) = world_with_admin().await;
    // From the beginning of the user's stream.
    let after = json!({ "after": BASE64URL_NOPAD.encode(b"event:0") });
    let mut heard = world.subscribe(user, HEARD, after);

    let input = json!({ "userId": admin_id_of(user), "plan": "PREMIUM" });
    let payload = change(&world, admin, "setUserPlan", input.clone()).await;
    let again = change(&world, admin, "setUserPlan", input).await;

    assert_eq!(payload["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(payload, again);
    let entry = json!({ "action": "PLAN_SET", "actor": "ADMIN", "plan": "PREMIUM", "previousPlan": "FREE", "isLook": false });
    let event = heard.next().await.unwrap().data.into_json().unwrap();
    assert_eq!(
        event["auditEntryAdded"],
        json!({ "kind": "AUDIT_ENTRY_ADDED", "auditEntry": entry })
    );
    assert_eq!(actions(&world, user).await, ["PLAN_SET"]);
    let notices =
        "{ viewer { notifications { nodes { kind body subject { ... on AuditEntry { action } } } } } }";
    let notices = world.ask(user, notices, json!({})).await;
    let notice = json!({
        "kind": "ADMIN_ACTED", "body": "You were given the plan premium.", "subject": { "action": "PLAN_SET" }
    });
    assert_eq!(notices["viewer"]["notifications"]["nodes"], json!([notice]));
}

#[tokio::test]
async fn suspending_twice_is_suspending_once_and_so_is_taking_it_back() {
    let (world, admin, user) = world_with_admin().await;

    let first = suspend(&world, admin, user, " spam ").await;
    let second = suspend(&world, admin, user, "another reason").await;
    let back = unsuspend(&world, admin, user).await;
    unsuspend(&world, admin, user).await;

    assert_eq!(first, second);
    assert_eq!(first["user"]["suspensionReason"], "spam");
    assert!(first["user"]["suspendedAt"].is_string() && back["user"]["suspendedAt"].is_null());
    assert_eq!(actions(&world, user).await, ["UNSUSPENDED", "SUSPENDED"]);
    let log = audit_log(&world, user).await;
    assert_eq!(
        (&log[1]["reason"], &log[1]["endedSessions"]),
        (&json!("spam"), &json!(0))
    );
    let kinds: Vec<_> = world
        .events(user)
        .await
        .iter()
        .map(|row| row.event.kind)
        .collect();
    let of = |kind| kinds.iter().filter(|other| **other == kind).count();
    assert_eq!(
        (of(EventKind::SuspensionChanged), of(EventKind::AuditEntryAdded)),
        (2, 2)
    );
}

#[tokio::test]
async fn all_mistakes_of_an_input_are_told_at_once() {
    let (world, admin, _) = world_with_admin().await;

    let input = json!({ "userId": "nonsense", "reason": "x".repeat(501) });
    let refused = change(&world, admin, "suspendUser", input).await;

    let paths: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["path"])
        .collect();
    assert_eq!(paths, [&json!(["userId"]), &json!(["reason"])]);
}

#[tokio::test]
async fn what_the_operator_does_at_the_command_line_is_in_the_log() {
    let (world, _, user) = world_with_admin().await;
    let email = email_of(user);

    set_plan(&world.core, &email, Plan::Premium).await.unwrap();
    users::reset_password(&world.core, 4, &email, &"battery staple".into())
        .await
        .unwrap();
    users::suspend(&world.core, &email, Some("asked for it"))
        .await
        .unwrap();
    users::unsuspend(&world.core, &email).await.unwrap();
    set_role(&world.core, &email, Role::Admin).await.unwrap();
    set_role(&world.core, &email, Role::User).await.unwrap();
    users::request_deletion(&world.core, user.user).await.unwrap();

    let mut done = actions(&world, user).await;
    done.sort();
    assert_eq!(
        done,
        [
            "ADMIN_GRANTED",
            "ADMIN_REVOKED",
            "DELETION_REQUESTED",
            "PASSWORD_RESET",
            "PLAN_SET",
            "SUSPENDED",
            "UNSUSPENDED",
        ]
    );
    let log = audit_log(&world, user).await;
    assert!(log.iter().all(|entry| entry["actor"] == "OPERATOR"), "{log:?}");
}
