//! Administration is for admins, and asks again each time.

use amda::features::users::{self, set_role};
use amda::user::Role;
use async_graphql::{Request, Variables};
use serde_json::{Value, json};

use super::{
    actions, admin_id_of, an_admin, change, document_of, email_of, refusals, suspend, world_with_admin,
};

const MUTATIONS: [&str; 4] = ["setUserPlan", "suspendUser", "unsuspendUser", "endUserSessions"];

/// An input of a mutation, about the user with this id.
fn input_of(mutation: &str, user: &str) -> Value {
    match mutation {
        "setUserPlan" => json!({ "userId": user, "plan": "PREMIUM" }),
        _ => json!({ "userId": user }),
    }
}

#[tokio::test]
async fn a_user_who_is_no_admin_is_refused_and_sees_nothing() {
    let (world, admin, user) = world_with_admin().await;

    let query = "{ admin { users { nodes { email } } } }";
    let response = world.respond(user, query, json!({})).await;
    let node = "query ($id: ID!) { node(id: $id) { id } }";
    let named = world.ask(user, node, json!({ "id": admin_id_of(admin) })).await;

    assert_eq!(refusals(&response), ["admin FORBIDDEN"]);
    assert_eq!(response.data.into_json().unwrap().pointer("/admin/users"), None);
    assert_eq!(named, json!({ "node": null }));
    for mutation in MUTATIONS {
        let variables = json!({ "input": input_of(mutation, &admin_id_of(admin)) });
        let refused = world.respond(user, &document_of(mutation), variables).await;
        assert_eq!(refusals(&refused), [format!("{mutation} FORBIDDEN")]);
    }
    assert_eq!(actions(&world, admin).await, ["ADMIN_GRANTED"]);
}

#[tokio::test]
async fn nobody_who_is_not_signed_in_is_told_more() {
    let (world, admin, _) = world_with_admin().await;

    let query = world
        .execute(None, Request::new("{ admin { jobCounts { kind } } }"))
        .await;
    let variables = json!({ "input": input_of("suspendUser", &admin_id_of(admin)) });
    let request = Request::new(document_of("suspendUser")).variables(Variables::from_json(variables));
    let mutation = world.execute(None, request).await;

    assert_eq!(refusals(&query), ["admin UNAUTHENTICATED"]);
    assert_eq!(refusals(&mutation), ["suspendUser UNAUTHENTICATED"]);
}

#[tokio::test]
async fn a_revoked_admin_is_refused_by_the_next_request() {
    let (world, admin, _) = world_with_admin().await;
    let query = "{ admin { jobCounts { kind } } viewer { user { role } } }";
    let before = world.ask(admin, query, json!({})).await;

    set_role(&world.core, &email_of(admin), Role::User).await.unwrap();
    let after = world.respond(admin, query, json!({})).await;

    assert_eq!(before["viewer"]["user"]["role"], "ADMIN");
    assert_eq!(refusals(&after), ["admin FORBIDDEN"]);
    assert_eq!(after.data.into_json().unwrap()["viewer"]["user"]["role"], "USER");
}

#[tokio::test]
async fn a_suspended_admin_is_an_admin_no_more() {
    let (world, admin, _) = world_with_admin().await;
    let other = an_admin(&world).await;

    suspend(&world, admin, other, "").await;

    let query = "{ admin { jobCounts { kind } } }";
    let response = world.respond(other, query, json!({})).await;
    assert_eq!(refusals(&response), ["admin FORBIDDEN"]);
}

#[tokio::test]
async fn an_admin_suspends_neither_themselves_nor_somebody_who_is_not_there() {
    let (world, admin, _) = world_with_admin().await;

    let own = suspend(&world, admin, admin, "").await;
    let nobodys = amda::id::to_global("AdminUser", ulid::Ulid::from_parts(1, 1));
    let unknown = change(&world, admin, "endUserSessions", json!({ "userId": nobodys })).await;
    let other_type = json!({ "userId": admin.user.to_global() });
    let other_type = change(&world, admin, "unsuspendUser", other_type).await;

    let error = |payload: &Value| payload["errors"][0].clone();
    assert_eq!(error(&own)["code"], "CONFLICT");
    assert_eq!(error(&own)["path"], json!(["userId"]));
    assert_eq!(error(&unknown)["code"], "NOT_FOUND");
    assert!(
        error(&other_type)["message"]
            .as_str()
            .unwrap()
            .contains("of the type User"),
        "{other_type}"
    );
}

#[tokio::test]
async fn the_last_admin_is_suspended_by_nobody() {
    let (world, admin, _) = world_with_admin().await;

    let refused = users::suspend(&world.core, &email_of(admin), None).await;
    let other = an_admin(&world).await;
    let done = users::suspend(&world.core, &email_of(other), None).await;
    let again = users::suspend(&world.core, &email_of(admin), None).await;

    assert!(
        matches!(refused, Err(users::UsersError::LastAdmin)),
        "{refused:?}"
    );
    assert!(done.is_ok());
    assert!(matches!(again, Err(users::UsersError::LastAdmin)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_who_suspend_one_another_at_once_leave_one() {
    let (world, admin, _) = world_with_admin().await;
    let other = an_admin(&world).await;

    let (one, two) = (email_of(admin), email_of(other));
    let (first, second) = tokio::join!(
        users::suspend(&world.core, &one, None),
        users::suspend(&world.core, &two, None),
    );

    assert_eq!(
        [&first, &second].iter().filter(|done| done.is_ok()).count(),
        1,
        "{first:?} {second:?}"
    );
}
