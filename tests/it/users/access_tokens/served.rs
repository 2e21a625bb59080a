//! Tokens over HTTP and sockets.

use std::sync::Arc;
use std::time::Duration;

use amda::clock::ManualClock;
use amda::id::UserId;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{CREATE, REVOKE};
use crate::support::app::{PASSWORD, TestApp, TestUser};
use crate::support::core::{insert_account, noon};
use crate::support::websocket::{SOON, Socket};

/// A new token of `user` with these scopes, for these accounts or for all: its text and its id.
pub(super) async fn token_of(
    user: &TestUser,
    scopes: &[&str],
    accounts: Option<&[&str]>,
) -> (String, String) {
    let input =
        json!({"name": "A program", "scopes": scopes, "accountIds": accounts, "currentPassword": PASSWORD});
    let made = user.run(CREATE, json!({ "input": input })).await;
    let payload = &made["createAccessToken"];
    assert_eq!(payload["errors"], json!([]), "{payload}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&payload["token"]), text(&payload["accessToken"]["id"]))
}

/// The names of the fields of a type of the running schema.
pub(super) async fn fields_of(user: &TestUser, parent: &str) -> Vec<String> {
    let query = "query ($name: String!) { __type(name: $name) { fields { name } } }";
    let answer = user.run(query, json!({ "name": parent })).await;
    let fields = answer["__type"]["fields"].as_array().unwrap();
    fields
        .iter()
        .map(|field| field["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Another account of the user, as linked.
async fn another_account(app: &TestApp, user: &TestUser) -> String {
    let viewer = user.run("{ viewer { user { id } } }", json!({})).await;
    let id = viewer.pointer("/viewer/user/id").and_then(Value::as_str).unwrap();
    let core = &app.app.services.core;
    insert_account(core, UserId::from_global(id).unwrap())
        .await
        .id
        .to_global()
}

async fn rename(user: &TestUser, account: &str, label: &str) {
    let query =
        "mutation ($input: RenameAccountInput!) { renameAccount(input: $input) { errors { message } } }";
    let input = json!({"accountId": account, "label": label});
    let renamed = user.run(query, json!({ "input": input })).await;
    assert_eq!(renamed["renameAccount"]["errors"], json!([]), "{renamed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_taken_where_the_token_of_a_session_is() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let (token, _) = token_of(&alice, &["READ"], None).await;
    let email = "{ viewer { user { email } } }";

    let reply = app.client().signed_in(&token).run(email, json!({})).await;
    let mut socket = Socket::open(app.app.address, Some(&format!("Bearer {token}"))).await;
    socket.subscribe(email, json!({})).await;
    let event = socket.next_event(SOON).await;
    let mistyped = app
        .client()
        .signed_in(&token.to_uppercase().replace("AMDA_", "amda_"));
    let refused = mistyped.run(email, json!({})).await;

    assert_eq!(reply.data("/viewer/user/email"), "alice@example.org");
    assert_eq!(event["viewer"]["user"]["email"], "alice@example.org");
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.error_code(), "UNAUTHENTICATED");
    let listed = alice.run(super::LIST, json!({})).await;
    let used = &listed["viewer"]["accessTokens"]["edges"][0]["node"]["lastUsedFrom"];
    assert_eq!(used, "127.0.0.1");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_are_held_to_the_scopes_of_their_token() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let (token, _) = token_of(&alice, &["READ"], None).await;
    let mut socket = Socket::open(app.app.address, Some(&token)).await;

    for query in [
        "subscription { accessTokenChanged { kind } }",
        "subscription { webhookEndpointChanged { kind } }",
        "subscription { ...S } fragment S on Subscription { linkProgress(accountId: \"x\") { id } }",
        "mutation { markNotificationsRead(input: {}) { errors { code } } }",
        "{ viewer { sessions { id } } }",
    ] {
        let id = socket.subscribe(query, json!({})).await;
        let message = socket.next_message(SOON).await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)));
        assert_eq!(
            message["payload"][0]["extensions"]["code"], "FORBIDDEN",
            "{query}"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sockets_of_a_revoked_token_close_at_once_and_no_other() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let (token, id) = token_of(&alice, &["READ"], None).await;
    let (other, _) = token_of(&alice, &["READ"], None).await;
    let mut ended = Socket::open(app.app.address, Some(&token)).await;
    let mut spared = Socket::open(app.app.address, Some(&other)).await;
    ended
        .subscribe("subscription { events { sequence } }", json!({}))
        .await;

    alice.run(REVOKE, json!({"input": {"accessTokenId": id}})).await;

    assert_eq!(
        ended.closed(SOON).await,
        (4403, "Forbidden: the access token was revoked".to_owned())
    );
    spared.subscribe("{ viewer { id } }", json!({})).await;
    assert!(spared.next_event(SOON).await["viewer"]["id"].is_string());
    let program = app.client().signed_in(&token);
    let refused = program.run("{ viewer { id } }", json!({})).await;
    assert_eq!(refused.error_code(), "UNAUTHENTICATED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sockets_of_a_token_close_at_its_end() {
    let clock = Arc::new(ManualClock::new(noon()));
    let app = TestApp::start_by(Arc::<ManualClock>::clone(&clock)).await;
    let alice = app.register("alice@example.org").await;
    let (token, _) = token_of(&alice, &["READ"], None).await;
    let mut socket = Socket::open(app.app.address, Some(&token)).await;
    clock.advance(TimeDelta::days(89));
    socket.subscribe("{ viewer { id } }", json!({})).await;
    socket.next_event(SOON).await;

    clock.advance(TimeDelta::days(1));

    assert_eq!(socket.closed(SOON).await, (4403, "token expired".to_owned()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_subscriptions_of_different_tokens_each_hear_what_theirs_may_see() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    let mut accounts = Vec::new();
    for _ in 0..3 {
        accounts.push(another_account(&app, &alice).await);
    }
    let [mine, bell, other] = accounts.as_slice() else {
        unreachable!("three were made");
    };
    let (limited, _) = token_of(&alice, &["READ"], Some(&[mine, bell])).await;
    let (everything, _) = token_of(&alice, &["READ"], None).await;
    let query = "subscription { accountChanged { account { id label } } }";
    let mut sockets = Vec::new();
    for token in [&everything, &limited, &everything] {
        let mut socket = Socket::open(app.app.address, Some(token)).await;
        socket.subscribe(query, json!({})).await;
        listening(&alice, bell, &mut socket).await;
        sockets.push(socket);
    }

    rename(&alice, other, "Other").await;
    rename(&alice, mine, "Mine").await;

    for (socket, expected) in [
        (0, ["Other", "Mine"].as_slice()),
        (1, &["Mine"]),
        (2, &["Other", "Mine"]),
    ] {
        for label in expected {
            assert_eq!(next_label(&mut sockets[socket]).await, *label, "socket {socket}");
        }
    }
    app.stop().await;
}

/// Returns when the server hears of the changes of `account` for this socket: it is renamed until one is told.
async fn listening(alice: &TestUser, account: &str, socket: &mut Socket) {
    loop {
        rename(alice, account, "hello").await;
        let told = timeout(Duration::from_millis(50), socket.next_event(SOON)).await;
        if told.is_ok() {
            return;
        }
    }
}

/// The label of the next account that is told, but for those of [`listening`].
async fn next_label(socket: &mut Socket) -> String {
    loop {
        let event = socket.next_event(SOON).await;
        let label = event["accountChanged"]["account"]["label"].as_str().unwrap();
        if label != "hello" {
            return label.to_owned();
        }
    }
}
