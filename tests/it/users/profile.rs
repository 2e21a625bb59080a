use amda::graphql::ClientInfo;
use serde_json::{Value, json};

use super::{Client, PASSWORD, codes, log_in, registered, run_operation, signed_in, viewer_email};
use crate::support::world::World;

const SESSIONS: &str = "{ viewer { sessions { id userAgent ipAddress lastUsedAt expiresAt isCurrent } } }";

const REVOKE: &str = "mutation ($id: ID!) { revokeSession(input: { sessionId: $id }) {
    session { id } viewer { sessions { id } } errors { code message path } } }";

const CHANGE_PASSWORD: &str = "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
    viewer { user { email } } errors { code message path } } }";

const UPDATE: &str = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
    viewer { user { displayName locale timeZone } } errors { code path } } }";

async fn sessions(world: &World, client: &Client) -> Vec<Value> {
    let mut data = run_operation(world, client, SESSIONS, json!({})).await;
    serde_json::from_value(data["viewer"]["sessions"].take()).unwrap()
}

#[tokio::test]
async fn the_viewer_sees_where_they_are_logged_in_and_can_end_it() {
    let world = World::build().await;
    let (laptop, _) = registered(&world, "alice@example.org").await;
    let info = ClientInfo {
        ip: Some("192.0.2.7".parse().unwrap()),
        user_agent: Some("Firefox".repeat(100)),
        ..ClientInfo::default()
    };
    world.clock.advance(chrono::TimeDelta::seconds(1));
    let phone = Client { token: None, info };
    let (phone, _) = signed_in(&log_in(&world, &phone, "alice@example.org", PASSWORD).await);

    let seen = sessions(&world, &laptop).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (&seen[0]["isCurrent"], &seen[1]["isCurrent"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(seen[0]["ipAddress"], "192.0.2.7");
    assert_eq!(seen[0]["userAgent"].as_str().unwrap().len(), 300);

    let ended = run_operation(&world, &laptop, REVOKE, json!({ "id": seen[0]["id"] })).await;

    assert_eq!(ended["revokeSession"]["session"]["id"], seen[0]["id"]);
    assert_eq!(
        ended["revokeSession"]["viewer"]["sessions"],
        json!([{ "id": seen[1]["id"] }])
    );
    assert!(viewer_email(&world, &phone).await.is_null());
}

#[tokio::test]
async fn somebody_elses_session_looks_exactly_like_one_that_does_not_exist() {
    let world = World::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    let bobs = sessions(&world, &bob).await[0]["id"].clone();
    let nobodys = world.core.ids.next::<amda::id::SessionId>().to_global();

    let theirs = run_operation(&world, &alice, REVOKE, json!({ "id": bobs })).await;
    let unknown = run_operation(&world, &alice, REVOKE, json!({ "id": nobodys })).await;

    assert_eq!(codes(&theirs["revokeSession"]), ["NOT_FOUND"]);
    assert_eq!(theirs, unknown);
    assert_eq!(viewer_email(&world, &bob).await, "bob@example.org");
    let malformed = run_operation(&world, &alice, REVOKE, json!({ "id": "nonsense" })).await;
    assert_eq!(codes(&malformed["revokeSession"]), ["NOT_FOUND"]);
}

#[tokio::test]
async fn a_session_is_a_node_of_its_user_until_it_ends() {
    let world = World::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    let (phone, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    let seen = sessions(&world, &phone).await;
    let current = seen.iter().find(|one| one["isCurrent"] == true).unwrap();
    let id = current["id"].clone();
    let document = "query ($id: ID!) { node(id: $id) { id ... on Session { isCurrent } } }";
    let node = async |client: &Client| {
        run_operation(&world, client, document, json!({ "id": id })).await["node"].take()
    };

    assert_eq!(node(&alice).await, json!({ "id": id, "isCurrent": false }));
    assert!(node(&bob).await.is_null());
    run_operation(&world, &alice, REVOKE, json!({ "id": id })).await;

    assert!(node(&alice).await.is_null());
}

#[tokio::test]
async fn a_user_is_a_node_to_themselves_and_nothing_to_others() {
    let world = World::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    let id =
        run_operation(&world, &alice, "{ viewer { user { id } } }", json!({})).await["viewer"]["user"]["id"]
            .take();
    let document = "query ($id: ID!) { node(id: $id) { id ... on User { email } } }";

    let own = run_operation(&world, &alice, document, json!({ "id": id })).await;
    let theirs = run_operation(&world, &bob, document, json!({ "id": id })).await;

    assert_eq!(own["node"], json!({ "id": id, "email": "alice@example.org" }));
    assert!(theirs["node"].is_null());
}

#[tokio::test]
async fn a_profile_changes_where_it_is_told_to_and_stays_elsewhere() {
    let world = World::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let update = async |input: Value| {
        run_operation(&world, &alice, UPDATE, json!({ "input": input })).await["updateProfile"].take()
    };

    let named = update(json!({ "displayName": " Alice ", "timeZone": "Asia/Tokyo" })).await;
    assert_eq!(
        named["viewer"]["user"],
        json!({ "displayName": "Alice", "locale": "en", "timeZone": "Asia/Tokyo" })
    );
    let unchanged = update(json!({})).await;
    assert_eq!(unchanged["viewer"]["user"], named["viewer"]["user"]);
    let unnamed = update(json!({ "displayName": null, "locale": "ja" })).await;
    assert_eq!(
        unnamed["viewer"]["user"],
        json!({ "displayName": null, "locale": "ja", "timeZone": "Asia/Tokyo" })
    );

    let wrong = update(json!({ "locale": "english!", "timeZone": "Tokyo", "displayName": "Al" })).await;
    assert_eq!(codes(&wrong), ["INVALID_INPUT"; 2]);
    assert_eq!(
        (&wrong["errors"][0]["path"], &wrong["errors"][1]["path"]),
        (&json!(["locale"]), &json!(["timeZone"]))
    );
    assert_eq!(update(json!({})).await["viewer"], unnamed["viewer"]);
}

#[tokio::test]
async fn a_new_password_replaces_the_old_and_ends_every_other_session() {
    let world = World::build().await;
    let (laptop, _) = registered(&world, "alice@example.org").await;
    let (phone, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    let change = async |current: &str, new: &str| {
        let input = json!({ "currentPassword": current, "newPassword": new });
        run_operation(&world, &laptop, CHANGE_PASSWORD, json!({ "input": input })).await["changePassword"]
            .take()
    };

    let guessed = change("a wrong guess", "battery staple").await;
    assert_eq!(codes(&guessed), ["WRONG_CREDENTIALS"]);
    assert_eq!(guessed["errors"][0]["path"], json!(["currentPassword"]));
    assert_eq!(codes(&change(PASSWORD, "short").await), ["INVALID_INPUT"]);
    let both = change(&"x".repeat(72), "short").await;
    assert_eq!(
        (&both["errors"][0]["path"], &both["errors"][1]["path"]),
        (&json!(["currentPassword"]), &json!(["newPassword"]))
    );
    assert_eq!(viewer_email(&world, &phone).await, "alice@example.org");
    assert!(codes(&change(PASSWORD, "battery staple").await).is_empty());

    assert_eq!(viewer_email(&world, &laptop).await, "alice@example.org");
    assert!(viewer_email(&world, &phone).await.is_null());
    let old = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(codes(&old), ["WRONG_CREDENTIALS"]);
    signed_in(&log_in(&world, &Client::default(), "alice@example.org", "battery staple").await);
}
