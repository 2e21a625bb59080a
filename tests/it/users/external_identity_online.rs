//! External tokens at a whole server: over HTTP and over sockets.

use amda::clock::{Clock, SystemClock};
use amda::config::RegistrationPolicy;
use amda::features::users::Registration;
use amda::plan::Plan;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::external_identity::{accept, changed};
use super::{LOG_OUT, PASSWORD};
use crate::support::app::TestApp;
use crate::support::issuer::{Issuer, Mood, SigningKey};
use crate::support::websocket::{SOON, Socket};

/// A server that accepts the tokens of an issuer with one key.
async fn start(policy: RegistrationPolicy) -> (TestApp, Issuer, SigningKey) {
    let (issuer, key) = (Issuer::start().await, SigningKey::rsa());
    issuer.publish("first", &key);
    let auth = accept(&issuer);
    let app = TestApp::start_with(|config| {
        config.auth = Some(auth);
        config.registration = policy;
    });
    (app.await, issuer, key)
}

/// Adds a user, as the operator does.
async fn add_user(app: &TestApp, email: &str) {
    let wanted = Registration {
        email: email.to_owned(),
        password: PASSWORD.into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    };
    let users = &app.app.services.users;
    users.ensure_user(wanted, Plan::Free).await.unwrap();
}

fn claims(issuer: &Issuer, subject: &str) -> Value {
    issuer.claims(subject, SystemClock.now())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_taken_over_http_and_over_sockets_and_its_session_is_listed() {
    let (app, issuer, key) = start(RegistrationPolicy::Open).await;
    let token = key.sign("first", &claims(&issuer, "alice"));
    let client = app.client().signed_in(&token);
    let query = "{ viewer { user { email } sessions { ipAddress isCurrent externalIdentity { subject } } } }";

    let reply = client.run(query, json!({})).await;
    let mut socket = Socket::open(app.app.address, Some(&token)).await;
    client.run(LOG_OUT, json!({ "input": {} })).await;

    assert_eq!(reply.data("/viewer/user/email"), "alice@example.org");
    let session =
        json!({ "ipAddress": "127.0.0.1", "isCurrent": true, "externalIdentity": { "subject": "alice" } });
    assert_eq!(*reply.data("/viewer/sessions"), json!([session]));
    assert_eq!(
        socket.closed(SOON).await,
        (4403, "Forbidden: the session was ended".to_owned())
    );
    let refused = client.run("{ __typename }", json!({})).await;
    assert_eq!(
        (refused.status, refused.error_code()),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_closes_when_its_token_has_expired() {
    let (app, issuer, key) = start(RegistrationPolicy::Open).await;
    // A token is good for the minute by which clocks may differ.
    let end = (SystemClock.now() - TimeDelta::seconds(58)).timestamp();
    let claims = changed(claims(&issuer, "alice"), &json!({ "exp": end }));

    let mut socket = Socket::open(app.app.address, Some(&key.sign("first", &claims))).await;

    assert_eq!(socket.closed(SOON).await, (4403, "token expired".to_owned()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_has_a_status_and_a_code_that_say_what_to_do() {
    let (app, issuer, key) = start(RegistrationPolicy::Invite).await;
    let refusal = async |change: Value| {
        let token = key.sign("first", &changed(claims(&issuer, "alice"), &change));
        let reply = app
            .client()
            .signed_in(&token)
            .run("{ __typename }", json!({}))
            .await;
        (reply.status.as_u16(), reply.error_code().to_owned())
    };

    let new = refusal(json!({})).await;
    let wrong = refusal(json!({ "aud": "billing" })).await;
    add_user(&app, "alice@example.org").await;
    let claimed = refusal(json!({ "email_verified": false })).await;
    let taken = refusal(json!({})).await;

    assert_eq!(new, (403, "REGISTRATION_REFUSED".to_owned()));
    assert_eq!(wrong, (401, "UNAUTHENTICATED".to_owned()));
    assert_eq!(
        claimed, new,
        "whether a user has an address is not told to who only claims it"
    );
    assert_eq!(taken, (403, "IDENTITY_NOT_LINKED".to_owned()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_without_its_issuer_and_says_so_to_whoever_comes_with_its_token() {
    let (app, issuer, key) = start(RegistrationPolicy::Open).await;
    issuer.behave(Mood::Away);
    let token = key.sign("first", &claims(&issuer, "alice"));

    let reply = app
        .client()
        .signed_in(&token)
        .run("{ __typename }", json!({}))
        .await;
    let mut socket = Socket::connect(app.app.address).await;
    socket
        .send(json!({ "type": "connection_init", "payload": { "token": token } }))
        .await;

    assert_eq!(
        (reply.status, reply.error_code()),
        (StatusCode::SERVICE_UNAVAILABLE, "ISSUER_UNAVAILABLE")
    );
    let (code, reason) = socket.closed(SOON).await;
    assert_eq!(code, 4403);
    assert!(reason.starts_with("ISSUER_UNAVAILABLE: "), "{reason}");
    app.stop().await;
}
