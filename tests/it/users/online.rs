//! What only a whole server shows: HTTP's cookies, sockets, and fields of several features.

use amda::graphql::REFRESH_COOKIE;
use reqwest::Method;
use serde_json::json;

use super::{LOG_IN, LOG_OUT, PASSWORD, REFRESH};
use crate::support::app::TestApp;
use crate::support::graphql::{GraphqlClient, Reply};
use crate::support::websocket::SOON;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_out_closes_the_sockets_of_that_session_and_of_no_other() {
    let app = TestApp::start().await;
    let laptop = app.register("alice@example.org").await;
    let phone = app.log_in("alice@example.org").await;
    let (mut ended, mut other) = (laptop.socket().await, phone.socket().await);

    laptop.run(LOG_OUT, json!({ "input": {} })).await;

    assert_eq!(
        ended.closed(SOON).await,
        (4403, "Forbidden: the session was ended".to_owned())
    );
    other.subscribe("{ viewer { user { email } } }", json!({})).await;
    assert_eq!(
        other.next_event(SOON).await["viewer"]["user"]["email"],
        "alice@example.org"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_refuses_the_token_of_a_session_that_ended() {
    let app = TestApp::start().await;
    let alice = app.register("alice@example.org").await;
    alice.run(LOG_OUT, json!({ "input": {} })).await;

    let app = app.restart().await;

    let reply = app
        .client()
        .signed_in(&alice.token)
        .run("{ viewer { user { email } } }", json!({}))
        .await;
    assert_eq!(reply.error_code(), "UNAUTHENTICATED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_stays_signed_in_by_its_cookie() {
    let app = TestApp::start().await;
    app.register("alice@example.org").await;
    let input = json!({ "email": "alice@example.org", "password": PASSWORD, "usesCookie": true });
    let first = app.client().run(LOG_IN, json!({ "input": input })).await;
    let cookie = cookie_of(&first);

    let next = with_cookie(&app.client(), &cookie).await;

    assert_eq!(
        next.data("/refreshSession/viewer/user/email"),
        "alice@example.org"
    );
    assert!(next.data("/refreshSession/refreshToken").is_null());
    let other_tab = with_cookie(&app.client(), &cookie).await;
    assert_eq!(other_tab.data("/refreshSession/errors"), &json!([]));
    let stolen = with_cookie_from(&app.client(), &cookie, "another program").await;
    assert_eq!(
        stolen.data("/refreshSession/errors/0/code"),
        "INVALID_REFRESH_TOKEN"
    );
    let ended = with_cookie(&app.client(), &cookie_of(&next)).await;
    assert_eq!(
        ended.data("/refreshSession/errors/0/code"),
        "INVALID_REFRESH_TOKEN"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_logs_in_is_told_to_ask_for_the_rest_with_their_token() {
    let app = TestApp::start().await;
    let (alice, phone) = app.premium_with_phone("alice@example.org", "5511900000090").await;
    let bob = phone.contact("5511800000090", "Bob").await;
    phone
        .happen(json!({ "kind": "status", "from": bob, "text": "at the beach" }))
        .await;
    let statuses = "{ viewer { statuses { nodes { text author { displayName } } } } }";
    let is_there =
        |answer: &serde_json::Value| answer["viewer"]["statuses"]["nodes"][0]["text"] == "at the beach";
    alice.until(statuses, json!({}), is_there).await;

    let log_in = "mutation ($input: LogInInput!) { logIn(input: $input) {
        accessToken viewer { user { email plan { code } } statuses { nodes { author { displayName } } } } } }";
    let input = json!({ "email": "alice@example.org", "password": PASSWORD });
    let reply = app.client().run(log_in, json!({ "input": input })).await;

    assert_eq!(reply.error_code(), "UNAUTHENTICATED");
    app.stop().await;
}

/// The refresh token that the answer sets as a cookie.
fn cookie_of(reply: &Reply) -> String {
    let set = reply.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(set.contains("; HttpOnly; SameSite=Strict"), "{set}");
    let (pair, _) = set.split_once(';').unwrap();
    pair.strip_prefix(&format!("{REFRESH_COOKIE}="))
        .unwrap()
        .to_owned()
}

async fn with_cookie(client: &GraphqlClient, token: &str) -> Reply {
    with_cookie_from(client, token, "the browser").await
}

async fn with_cookie_from(client: &GraphqlClient, token: &str, agent: &str) -> Reply {
    let request = client
        .request(Method::POST, "/graphql")
        .header("user-agent", agent)
        .header("cookie", format!("theme=dark; {REFRESH_COOKIE}={token}"));
    Reply::read(request.json(&json!({ "query": REFRESH, "variables": { "input": {} } }))).await
}
