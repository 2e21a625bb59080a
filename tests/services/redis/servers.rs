//! Two whole servers.

use std::time::{Duration, Instant};

use amda::app::{App, Tuning};
use amda::features::users::Limits;
use serde_json::{Value, json};

use super::server::RedisServer;
use crate::another_server::another_server;
use crate::support::app::{PASSWORD, TestApp, TestUser, tuning};
use crate::support::graphql::GraphqlClient;
use crate::support::http;
use crate::support::websocket::{SOON, Socket};

/// Two servers of one installation.
struct Servers {
    here: TestApp,
    there: Box<App>,
}

impl Servers {
    async fn start(redis: &RedisServer, tuning: Tuning) -> Self {
        let url = redis.url();
        let here = TestApp::start_tuned(|config| config.redis = Some(url), tuning.clone()).await;
        let there = another_server(&here, |_| {}, tuning).await;
        Self { here, there }
    }

    /// The user at the other server.
    fn there(&self, user: &TestUser) -> TestUser {
        TestUser::at(self.there.address, &user.token)
    }

    async fn stop(self) {
        Box::pin(self.there.stop()).await.expect("the other server stops");
        self.here.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_one_server_hears_what_whatsapp_told_the_other_one() {
    let redis = RedisServer::start();
    let servers = Servers::start(&redis, tuning()).await;
    let (alice, phone) = servers
        .here
        .premium_with_phone("alice@example.org", "5511800000701")
        .await;
    let bob = phone.contact("5511800000702", "Bob").await;
    let mut heard = [
        alice.subscribe_from_now("statusChanged", "status { text }").await,
        servers
            .there(&alice)
            .subscribe_from_now("statusChanged", "status { text }")
            .await,
    ];

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;

    for socket in &mut heard {
        let event = socket.next_event(SOON).await;
        assert_eq!(event["statusChanged"]["status"]["text"], "sunny");
    }
    servers.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_out_on_one_server_closes_the_sockets_on_the_other_one_within_a_second_or_so() {
    let redis = RedisServer::start();
    let servers = Servers::start(&redis, tuning()).await;
    let alice = servers.here.register("alice@example.org").await;
    let token = access_token_of(&alice).await;
    let mut session = servers.there(&alice).socket().await;
    let mut program = Socket::open(servers.there.address, Some(&token)).await;

    alice
        .run("mutation { logOut(input: {}) { endedSessions } }", json!({}))
        .await;
    let ended = Instant::now();
    let (code, _) = session.closed(SOON).await;
    eprintln!(
        "a session's socket on another server is closed after {:?}",
        ended.elapsed()
    );

    assert_eq!(code, 4403);
    let bob = servers.here.log_in("alice@example.org").await;
    let listed = bob
        .run("{ viewer { accessTokens { edges { node { id } } } } }", json!({}))
        .await;
    let id = &listed["viewer"]["accessTokens"]["edges"][0]["node"]["id"];
    let revoke = "mutation ($input: RevokeAccessTokenInput!) { revokeAccessToken(input: $input) { errors { message } } }";
    bob.run(revoke, json!({"input": {"accessTokenId": id}})).await;
    let (code, _) = program.closed(SOON).await;
    assert_eq!(code, 4403);
    servers.stop().await;
}

/// A personal access token of `user`.
async fn access_token_of(user: &TestUser) -> String {
    let create = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { token errors { message } } }";
    let input = json!({"name": "A program", "scopes": ["READ"], "currentPassword": PASSWORD});
    let made = user.run(create, json!({ "input": input })).await;
    made["createAccessToken"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_count_on_both_servers_together() {
    let redis = RedisServer::start();
    let limited = Tuning {
        limits: Some(Limits::in_service()),
        ..tuning()
    };
    let servers = Servers::start(&redis, limited).await;
    servers.here.register("alice@example.org").await;
    let clients = [servers.here.client(), GraphqlClient::new(servers.there.address)];

    let mut codes = Vec::new();
    for attempt in 0..6 {
        codes.push(wrong_password(&clients[attempt % 2]).await);
    }

    assert_eq!(codes[..5], ["WRONG_CREDENTIALS"; 5], "{codes:?}");
    assert_eq!(codes[5], "LIMIT_EXCEEDED");
    servers.stop().await;
}

/// The code of the error for a wrong password.
async fn wrong_password(client: &GraphqlClient) -> String {
    let query = "mutation ($input: LogInInput!) { logIn(input: $input) { errors { code } } }";
    let input = json!({"email": "alice@example.org", "password": "a wrong guess"});
    let reply = client.run(query, json!({ "input": input })).await;
    let code: &Value = reply.data("/logIn/errors/0/code");
    code.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_its_redis_is_degraded_and_stays_ready() {
    let mut redis = RedisServer::start();
    let servers = Servers::start(&redis, tuning()).await;
    let url = format!("http://{}/readyz", servers.here.app.address);
    let whole: Value = http::get(&url).await.json().await.unwrap();

    redis.kill();
    let degraded = http::get(&url).await;

    assert_eq!(whole["status"], "ready", "{whole}");
    assert_eq!(degraded.status(), 200);
    let degraded: Value = degraded.json().await.unwrap();
    assert_eq!(degraded["status"], "degraded", "{degraded}");
    let alice = servers.here.register("alice@example.org").await;
    let asked = Instant::now();
    alice.run("{ viewer { user { email } } }", json!({})).await;
    assert!(asked.elapsed() < Duration::from_secs(5));
    redis.start_again();
    servers.stop().await;
}
