//! What people cost a server: log-ins with the password hash of service, checks of their tokens, refreshes, and the webhooks
//! by which Stripe tells of what they pay.
//!
//! The server is a whole one, over HTTP, with a PostgreSQL that waits for the disk; the clients run in the same process.
//! Prints figures and judges nothing: `cargo bench --bench people`.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod figures;
mod stripe_webhooks;
#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use amda::app::Tuning;
use amda::clock::{Clock as _, ManualClock};
use amda::config::{Config, DatabaseConfig, EmbeddedConfig};
use amda::graphql::{ClientInfo, Viewer};
use async_graphql::{Request, Variables};
use chrono::TimeDelta;
use parking_lot::Mutex;
use serde_json::{Value, json};
use totp_rs::Totp;

use figures::{FOR, Timed, rate};
use support::app::{PASSWORD, TestApp, TestUser, tuning};
use support::core::noon;
use support::world::World;

/// The numbers of clients at once.
const CLIENTS: [usize; 3] = [1, 2, 8];
const MOST_CLIENTS: usize = 8;
/// The cost of the password hash in service.
const COST: u32 = 12;
/// The time for which an authenticator app shows one code.
const STEP: TimeDelta = TimeDelta::seconds(30);

const LOG_IN: &str = "mutation ($input: LogInInput!) { logIn(input: $input) {
    accessToken refreshToken errors { message } } }";
const REFRESH: &str = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
    accessToken refreshToken errors { message } } }";
const START: &str = "mutation ($input: StartTwoFactorSetupInput!) { startTwoFactorSetup(input: $input) {
    setup { otpauthUri } errors { message } } }";
const CONFIRM: &str =
    "mutation ($input: ConfirmTwoFactorSetupInput!) { confirmTwoFactorSetup(input: $input) {
    recoveryCodes errors { message } } }";
const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    accessToken errors { message } } }";
const CREATE_TOKEN: &str = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
    token errors { message } } }";

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    Box::pin(sessions()).await;
    Box::pin(verifications()).await;
    Box::pin(stripe_webhooks::measure()).await;
}

/// A PostgreSQL of its own that waits for the disk, as in service.
fn durable(config: &mut Config) {
    config.database = DatabaseConfig::Embedded(EmbeddedConfig {
        folder: config.data_dir.join("postgres"),
        binaries: None,
        durable: true,
    });
}

/// Log-ins with a password, with a password and a code, and refreshes.
async fn sessions() {
    let clock = Arc::new(ManualClock::new(noon()));
    let tuning = Tuning {
        password_cost: COST,
        clock: clock.clone(),
        ..tuning()
    };
    let app = TestApp::start_tuned(durable, tuning).await;
    let mut users = Vec::new();
    for number in 0..MOST_CLIENTS {
        users.push(app.register(&email(number)).await);
    }
    for clients in CLIENTS {
        let timed = Timed::clients(clients, async |client| {
            log_in(&app, client, None).await;
        })
        .await;
        timed.print(&format!("log-ins by {clients} at once"));
    }
    refreshes(&app).await;
    let mut phones = Vec::new();
    for user in &users {
        phones.push(second_factor(user, &clock).await);
    }
    for clients in CLIENTS {
        // A code is good once, and each round has the next.
        let next_code = || clock.advance(STEP);
        let timed = Timed::rounds(clients, next_code, async |client| {
            log_in(&app, client, Some(code(&phones[client], &clock))).await;
        })
        .await;
        timed.print(&format!("log-ins with a second factor by {clients} at once"));
    }
    app.stop().await;
}

fn email(number: usize) -> String {
    format!("person{number}@example.org")
}

/// Logs somebody in; returns their refresh token.
async fn log_in(app: &TestApp, number: usize, code: Option<String>) -> String {
    let input = json!({ "email": email(number), "password": PASSWORD, "code": code });
    let reply = app.client().run(LOG_IN, json!({ "input": input })).await;
    text(reply.data("/logIn/refreshToken"))
}

async fn refreshes(app: &TestApp) {
    let mut tokens = Vec::new();
    for number in 0..MOST_CLIENTS {
        tokens.push(Mutex::new(log_in(app, number, None).await));
    }
    let client = app.client();
    let timed = Timed::clients(MOST_CLIENTS, async |number| {
        let token = tokens[number].lock().clone();
        let input = json!({ "refreshToken": token });
        let reply = client.run(REFRESH, json!({ "input": input })).await;
        *tokens[number].lock() = text(reply.data("/refreshSession/refreshToken"));
    })
    .await;
    timed.print(&format!("refreshes by {MOST_CLIENTS} at once"));
}

/// Turns the second factor of somebody on; returns the app on their phone.
async fn second_factor(user: &TestUser, clock: &ManualClock) -> Totp {
    let input = json!({ "input": { "currentPassword": PASSWORD } });
    let started = user.run(START, input).await;
    let phone = Totp::from_url(text(&started["startTwoFactorSetup"]["setup"]["otpauthUri"])).unwrap();
    let input = json!({ "input": { "code": code(&phone, clock) } });
    let confirmed = user.run(CONFIRM, input).await;
    assert_eq!(confirmed["confirmTwoFactorSetup"]["errors"], json!([]));
    phone
}

/// The code that a phone shows now.
fn code(phone: &Totp, clock: &ManualClock) -> String {
    let now = u64::try_from(clock.now().timestamp()).unwrap();
    phone.generate(now).to_string()
}

/// Checks of access tokens, one after the other on one core.
async fn verifications() {
    let world = World::build().await;
    let input = json!({ "email": email(0), "password": PASSWORD });
    let registered = run(&world, None, REGISTER, input).await;
    let session = text(&registered["register"]["accessToken"]);
    let viewer = world.tokens.verify(&session).unwrap();
    let input = json!({ "name": "Bench", "scopes": ["READ"], "currentPassword": PASSWORD });
    let created = run(&world, Some(viewer), CREATE_TOKEN, input).await;
    let token = text(&created["createAccessToken"]["token"]);

    let (started, mut checks) = (Instant::now(), 0);
    while started.elapsed() < FOR {
        black_box(world.tokens.verify(black_box(&session)).unwrap());
        checks += 1;
    }
    let of_sessions = rate(checks, started.elapsed());

    let (users, client) = (&world.services.users, ClientInfo::default());
    let (started, mut checks) = (Instant::now(), 0);
    while started.elapsed() < FOR {
        let verified = users.verify_access_token(black_box(&token), &client).await;
        black_box(verified.unwrap());
        checks += 1;
    }
    let of_programs = rate(checks, started.elapsed());
    println!(
        "checks of tokens on one core: {of_sessions:.0}/s of sessions, {of_programs:.0}/s of personal ones"
    );
}

/// The data of an operation of `viewer`, or of nobody.
async fn run(world: &World, viewer: Option<Viewer>, document: &str, input: Value) -> Value {
    let variables = Variables::from_json(json!({ "input": input }));
    let request = Request::new(document)
        .variables(variables)
        .data(ClientInfo::default());
    let response = world.execute(viewer, request).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
