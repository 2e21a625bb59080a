//! Users, asked as clients ask: through GraphQL, on a real database.

mod limits;
mod online;
mod profile;
mod registration;
mod replay;
mod sessions;

use std::net::IpAddr;
use std::sync::Arc;

use amda::clock::ManualClock;
use amda::features::plans;
use amda::features::schema::NodeQuery;
use amda::features::users::{self, Limits, TokenService, UsersConfig, UsersService};
use amda::graphql::ClientInfo;
use amda::plan::Plan;
use amda::work::Core;
use async_graphql::{EmptySubscription, MergedObject, Request, Response, Schema, Variables};
use serde_json::{Value, json};

use crate::support::core::{clock_at, core};
use crate::support::database::TestDatabase;

const PASSWORD: &str = "correct horse battery";

#[derive(MergedObject, Default)]
struct Query(users::Query, plans::Query, NodeQuery);

/// A server's worth of users, without the server.
struct Bench {
    database: TestDatabase,
    clock: Arc<ManualClock>,
    core: Core,
    tokens: Arc<TokenService>,
    users: UsersService,
    schema: Schema<Query, users::Mutation, EmptySubscription>,
}

impl Bench {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(configure: impl FnOnce(&mut UsersConfig)) -> Self {
        let mut config = UsersConfig {
            default_plan: Plan::Free,
            password_cost: 4,
            is_https: false,
            limits: None,
        };
        configure(&mut config);
        let (database, clock) = (TestDatabase::create().await, clock_at("2026-11-23T10:00:00Z"));
        let core = core(&database, &clock);
        let tokens = token_service(&core);
        let users = UsersService::new(core.clone(), Arc::clone(&tokens), config);
        let schema = Schema::build(Query::default(), users::Mutation, EmptySubscription)
            .data(core.db.clone())
            .data(core.clone())
            .data(users.clone())
            .finish();
        Self {
            database,
            clock,
            core,
            tokens,
            users,
            schema,
        }
    }

    /// Asks as `client`. A token that is refused makes the request one of nobody's.
    async fn ask(&self, client: &Client, document: &str, variables: Value) -> Response {
        let mut request = Request::new(document).variables(Variables::from_json(variables));
        request = request.data(client.info.clone());
        if let Some(viewer) = client
            .token
            .as_deref()
            .and_then(|token| self.tokens.verify(token).ok())
        {
            request = request.data(viewer);
        }
        self.schema.execute(request).await
    }

    /// The data of an answer without errors at its top.
    async fn data(&self, client: &Client, document: &str, variables: Value) -> Value {
        let response = self.ask(client, document, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    async fn register(&self, client: &Client, email: &str) -> Value {
        let input = json!({ "email": email, "password": PASSWORD });
        self.data(client, REGISTER, json!({ "input": input })).await["register"].take()
    }

    /// A client on which `email` has just registered, and its refresh token.
    async fn registered(&self, email: &str) -> (Client, String) {
        signed_in(&self.register(&Client::default(), email).await)
    }

    async fn log_in(&self, client: &Client, email: &str, password: &str) -> Value {
        let input = json!({ "email": email, "password": password });
        self.data(client, LOG_IN, json!({ "input": input })).await["logIn"].take()
    }

    async fn refresh(&self, token: &str) -> Value {
        let input = json!({ "refreshToken": token });
        self.data(&Client::default(), REFRESH, json!({ "input": input }))
            .await["refreshSession"]
            .take()
    }

    /// The viewer's e-mail address, or null.
    async fn viewer(&self, client: &Client) -> Value {
        self.data(client, "{ viewer { email } }", json!({})).await["viewer"]["email"].take()
    }
}

fn token_service(core: &Core) -> Arc<TokenService> {
    let secret = b"a secret of thirty-two bytes ...".to_vec();
    Arc::new(TokenService::new(
        Arc::clone(&core.clock),
        Arc::clone(&core.ids),
        &secret.into(),
    ))
}

/// Who asks, and from where.
#[derive(Clone, Default)]
struct Client {
    token: Option<String>,
    info: ClientInfo,
}

impl Client {
    fn at(ip: &str) -> Self {
        let mut client = Self::default();
        client.info.ip = Some(ip.parse::<IpAddr>().unwrap());
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
fn limited(config: &mut UsersConfig) {
    config.limits = Some(Limits::in_service());
}

const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    user { id email displayName locale timeZone isEmailVerified createdAt plan }
    accessToken accessTokenExpiresAt refreshToken errors { code message path } } }";

const LOG_IN: &str = "mutation ($input: LogInInput!) { logIn(input: $input) {
    user { email } accessToken accessTokenExpiresAt refreshToken errors { code message path } } }";

const REFRESH: &str = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
    user { email } accessToken accessTokenExpiresAt refreshToken errors { code message path } } }";

const LOG_OUT: &str =
    "mutation ($input: LogOutInput!) { logOut(input: $input) { endedLogins errors { code } } }";
