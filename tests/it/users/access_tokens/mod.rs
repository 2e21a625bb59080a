//! Personal access tokens: who makes them, what each may do, and what those for some accounts see.

mod creating;
mod limited;
mod revoking;
mod scopes;
mod served;
mod using;

use amda::account::AccountRef;
use amda::config::DefaultPlan;
use amda::features::users::find_by_email;
use amda::graphql::{ClientInfo, Identity};
use async_graphql::{Request, Response, Variables};
use data_encoding::BASE64URL_NOPAD;
use futures::Stream;
use serde_json::{Value, json};

use super::{Client, PASSWORD, registered, run_operation};
use crate::support::world::World;

const EMAIL: &str = "alice@example.org";

const CREATE: &str = "mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
    token accessToken { id name lastFour scopes accounts { id } createdAt expiresAt lastUsedAt lastUsedFrom }
    viewer { accessTokens { totalCount } } errors { __typename code message path ... on LimitExceeded { limit used } } } }";

const REVOKE: &str = "mutation ($input: RevokeAccessTokenInput!) { revokeAccessToken(input: $input) {
    revokedAccessTokenId viewer { accessTokens { edges { node { id } } } } errors { code path } } }";

const LIST: &str = "{ viewer { accessTokens(first: 100) { totalCount edges { node {
    id name scopes accounts { id } lastUsedAt lastUsedFrom } } } } }";

/// Alice on Premium, who signed in, and her account.
struct Alice {
    world: World,
    client: Client,
    account: AccountRef,
}

impl Alice {
    async fn register() -> Self {
        Self::in_world(World::with(|choices| choices.config.default_plan = DefaultPlan::Premium).await).await
    }

    async fn in_world(world: World) -> Self {
        let (client, _) = registered(&world, EMAIL).await;
        let user = find_by_email(&world.core.db, EMAIL).await.unwrap().unwrap();
        let account = world.account(user).await;
        Self {
            world,
            client,
            account,
        }
    }

    /// The data of an answer to her session.
    async fn ask(&self, query: &str, variables: Value) -> Value {
        run_operation(&self.world, &self.client, query, variables).await
    }

    /// The payload of making a token, with her password.
    async fn create(&self, mut input: Value) -> Value {
        input["currentPassword"] = PASSWORD.into();
        self.ask(CREATE, json!({ "input": input })).await["createAccessToken"].take()
    }

    /// A new token with these scopes, for `accounts` or for all: its text and its id.
    async fn token(&self, scopes: &[&str], accounts: Option<&[AccountRef]>) -> (String, String) {
        let ids = accounts.map(|all| all.iter().map(|one| one.id.to_global()).collect::<Vec<_>>());
        let payload = self
            .create(json!({"name": "Backup", "scopes": scopes, "accountIds": ids}))
            .await;
        assert_eq!(payload["errors"], json!([]), "{payload}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&payload["token"]), text(&payload["accessToken"]["id"]))
    }

    async fn revoke(&self, id: &str) -> Value {
        let input = json!({"input": {"accessTokenId": id}});
        self.ask(REVOKE, input).await["revokeAccessToken"].take()
    }

    /// Whoever shows `token`.
    async fn verify(&self, token: &str) -> Identity {
        let users = &self.world.services.users;
        users
            .verify_access_token(token, &ClientInfo::default())
            .await
            .unwrap()
    }

    /// True when `token` is good.
    async fn is_good(&self, token: &str) -> bool {
        let users = &self.world.services.users;
        users
            .verify_access_token(token, &ClientInfo::default())
            .await
            .is_ok()
    }

    /// The answer to whoever shows `token`, behind the check of its scopes.
    async fn respond(&self, token: &str, query: &str, variables: Value) -> Response {
        let Identity { viewer, grant } = self.verify(token).await;
        let grant = grant.expect("a token has a grant");
        let request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(grant.clone());
        let limits = grant.limits.clone();
        limits.run(self.world.execute(Some(viewer), request)).await
    }

    /// The events that whoever shows `token` hears by this subscription, from the first on.
    async fn listen(&self, token: &str, field: &str) -> impl Stream<Item = Response> + Send + Unpin + use<> {
        let Identity { viewer, grant } = self.verify(token).await;
        let grant = grant.expect("a token has a grant");
        let query = format!(
            "subscription ($after: Cursor) {{ {field}(after: $after) {{ sequence kind account {{ id }} }} }}"
        );
        let after = json!({"after": BASE64URL_NOPAD.encode(b"event:0")});
        let request = Request::new(query)
            .variables(Variables::from_json(after))
            .data(grant.clone());
        let heard = self.world.subscribe_as(viewer, request);
        Box::pin(grant.limits.clone().stream(Box::pin(heard)))
    }

    /// The data of such an answer, without any error.
    async fn ask_with(&self, token: &str, query: &str, variables: Value) -> Value {
        let response = self.respond(token, query, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }
}
