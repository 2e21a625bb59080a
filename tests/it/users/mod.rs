//! Users, asked as clients ask: through GraphQL, on a real database.

mod access_tokens;
mod crowding;
mod deletion;
mod email_change;
mod events;
mod external_identity;
mod external_identity_attacks;
mod external_identity_keys;
mod external_identity_linking;
mod external_identity_online;
mod external_identity_takeover;
mod guessing;
mod invitations;
mod limits;
mod mail_pages;
mod mailbox;
mod online;
mod password_reset;
mod planned_deletion;
mod profile;
mod registration;
mod replay;
mod sessions;
mod two_factor;
mod two_factor_acts;
mod two_factor_log_in;
mod two_factor_recovery;
mod two_factor_steps;
mod verification;

use std::net::IpAddr;

use amda::features::users::Limits;
use amda::graphql::ClientInfo;
use async_graphql::{Request, Response, Variables};
use serde_json::{Value, json};

use crate::support::choices::Choices;
use crate::support::world::World;

const PASSWORD: &str = "correct horse battery";

/// The answer to an operation of `client`. A token that is refused makes the request one of nobody's.
async fn respond_to(world: &World, client: &Client, document: &str, variables: Value) -> Response {
    let request = Request::new(document)
        .variables(Variables::from_json(variables))
        .data(client.info.clone());
    let users = &world.services.users;
    let viewer = match client.token.as_deref() {
        Some(token) if users.is_external(token) => users.sign_in_externally(token, &client.info).await.ok(),
        Some(token) => world.tokens.verify(token).ok(),
        None => None,
    };
    world.execute(viewer, request).await
}

/// The data of an answer without errors at its top.
async fn run_operation(world: &World, client: &Client, document: &str, variables: Value) -> Value {
    let response = respond_to(world, client, document, variables).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()
}

async fn register_user(world: &World, client: &Client, email: &str) -> Value {
    let input = json!({ "email": email, "password": PASSWORD });
    run_operation(world, client, REGISTER, json!({ "input": input })).await["register"].take()
}

/// A client on which `email` has just registered, and its refresh token.
async fn registered(world: &World, email: &str) -> (Client, String) {
    signed_in(&register_user(world, &Client::default(), email).await)
}

async fn log_in(world: &World, client: &Client, email: &str, password: &str) -> Value {
    let input = json!({ "email": email, "password": password });
    run_operation(world, client, LOG_IN, json!({ "input": input })).await["logIn"].take()
}

async fn refresh_session(world: &World, token: &str) -> Value {
    let variables = json!({ "input": { "refreshToken": token } });
    run_operation(world, &Client::default(), REFRESH, variables).await["refreshSession"].take()
}

/// The viewer's e-mail address, or null.
async fn viewer_email(world: &World, client: &Client) -> Value {
    run_operation(world, client, "{ viewer { user { email } } }", json!({})).await["viewer"]["user"]["email"]
        .take()
}

/// Who asks, and from where.
#[derive(Clone, Default)]
struct Client {
    token: Option<String>,
    info: ClientInfo,
}

impl Client {
    fn at(ip: &str) -> Self {
        let ip: IpAddr = ip.parse().unwrap();
        let mut client = Self::default();
        client.info.ip = Some(ip);
        client.info.is_local = ip.to_canonical().is_loopback();
        client
    }
}

/// The client and the refresh token of a session that began.
fn signed_in(session: &Value) -> (Client, String) {
    assert_eq!(session["errors"], json!([]), "{session}");
    let text = |field: &str| session[field].as_str().unwrap().to_owned();
    let client = Client {
        token: Some(text("accessToken")),
        info: ClientInfo::default(),
    };
    (client, text("refreshToken"))
}

/// The codes of the errors in a payload.
fn codes(payload: &Value) -> Vec<&str> {
    let errors = payload["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect()
}

/// Limits that hold in service.
fn limited(choices: &mut Choices) {
    choices.tuning.limits = Some(Limits::in_service());
}

const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    viewer { user { id email displayName locale timeZone isEmailVerified createdAt plan { code } } }
    accessToken accessTokenExpiresAt refreshToken errors { code message path ... on LimitExceeded { limit used resetsAt } } } }";

const LOG_IN: &str = "mutation ($input: LogInInput!) { logIn(input: $input) {
    viewer { user { email } } accessToken accessTokenExpiresAt refreshToken errors { code message path ... on LimitExceeded { limit used resetsAt } } } }";

const REFRESH: &str = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
    viewer { user { email } } accessToken accessTokenExpiresAt refreshToken errors { code message path } } }";

const LOG_OUT: &str =
    "mutation ($input: LogOutInput!) { logOut(input: $input) { endedSessions errors { code } } }";
