//! A suspended user: kept out, and everything of theirs kept.

use amda::account::AccountRef;
use amda::features::users::{Registration, TokenError, UsersError};
use amda::graphql::ClientInfo;
use amda::plan::Plan;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{admin_id_of, an_admin, change, suspend, unsuspend, world_with_admin};
use crate::support::database::connect;
use crate::support::worker::DEADLINE;
use crate::support::world::World;

const PASSWORD: &str = "correct horse battery";
const ALICE: &str = "alice@example.org";

/// A world with an admin and Alice, who has a password and an account.
async fn world_with_alice() -> (World, AccountRef, AccountRef) {
    let world = World::build().await;
    let admin = an_admin(&world).await;
    let wanted = Registration {
        email: ALICE.to_owned(),
        password: PASSWORD.into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    };
    let alice = world
        .services
        .users
        .ensure_user(wanted, Plan::Free)
        .await
        .unwrap();
    let account = world.account(alice).await;
    (world, admin, account)
}

/// The answer to a log-in of Alice.
async fn log_in(world: &World, password: &str) -> Result<(), UsersError> {
    let client = ClientInfo::default();
    let users = &world.services.users;
    users
        .log_in(ALICE, &password.into(), None, &client)
        .await
        .map(drop)
}

#[tokio::test]
async fn only_the_right_password_is_told_of_the_suspension() {
    let (world, admin, alice) = world_with_alice().await;
    suspend(&world, admin, alice, "spam").await;

    let right = log_in(&world, PASSWORD).await;
    let wrong = log_in(&world, "battery staple").await;
    unsuspend(&world, admin, alice).await;

    assert!(
        matches!(&right, Err(UsersError::Suspended(Some(reason))) if reason == "spam"),
        "{right:?}"
    );
    assert!(matches!(wrong, Err(UsersError::WrongCredentials)), "{wrong:?}");
    log_in(&world, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_log_in_of_a_suspended_user_is_a_typed_error_with_the_reason() {
    let (world, admin, alice) = world_with_alice().await;
    suspend(&world, admin, alice, "spam").await;

    let document = format!(
        "mutation {{ logIn(input: {{ email: {}, password: {} }}) {{
            accessToken viewer {{ id }} errors {{ __typename code path message }} }} }}",
        json!(ALICE),
        json!(PASSWORD)
    );
    let response = world.execute(None, async_graphql::Request::new(document)).await;

    let payload = response.data.into_json().unwrap()["logIn"].take();
    assert_eq!(
        payload,
        json!({ "accessToken": null, "viewer": null, "errors": [{
            "__typename": "AuthenticationFailed", "code": "USER_SUSPENDED", "path": [],
            "message": "this user is suspended (spam); write to the server's operator"
        }] })
    );
}

#[tokio::test]
async fn the_sessions_end_at_once_and_their_refresh_tokens_are_told_why() {
    let (world, admin, alice) = world_with_alice().await;
    let (users, client) = (&world.services.users, ClientInfo::default());
    let session = users
        .log_in(ALICE, &PASSWORD.into(), None, &client)
        .await
        .unwrap();
    let before = users
        .log_in(ALICE, &PASSWORD.into(), None, &client)
        .await
        .unwrap();
    let ended = world.tokens.verify(before.access.token.expose_secret()).unwrap();
    users
        .log_out(ended.user, ended.session().unwrap(), false)
        .await
        .unwrap();

    world.clock.advance(TimeDelta::seconds(1));

    suspend(&world, admin, alice, "").await;

    let access = world.tokens.verify(session.access.token.expose_secret());
    assert!(matches!(access, Err(TokenError::Revoked)), "{access:?}");
    for _ in 0..2 {
        let refreshed = users.refresh(&session.refresh, &client).await.map(drop);
        assert!(
            matches!(refreshed, Err(UsersError::Suspended(None))),
            "{refreshed:?}"
        );
    }
    let logged_out = users.refresh(&before.refresh, &client).await.map(drop);
    assert!(
        matches!(logged_out, Err(UsersError::InvalidRefreshToken)),
        "{logged_out:?}"
    );
    unsuspend(&world, admin, alice).await;
    let later = users.refresh(&session.refresh, &client).await.map(drop);
    assert!(matches!(later, Err(UsersError::InvalidRefreshToken)), "{later:?}");
}

#[tokio::test]
async fn the_access_tokens_are_revoked_by_a_suspension_and_by_an_end_of_all_sessions() {
    let (world, admin, user) = world_with_admin().await;
    let client = connect(world.database.url()).await;
    let owner = user.user.as_uuid();
    let create = format!(
        "INSERT INTO access_tokens (id, user_id, token_hash, last_four, name, scopes, created_at, expires_at)
         VALUES (gen_random_uuid(), '{owner}', sha256('x'), 'abcd', 'backup', '{{READ}}', now(), '2100-01-01')"
    );
    let count = async || {
        let query = "SELECT count(*) FROM access_tokens";
        client.query_one(query, &[]).await.unwrap().get::<_, i64>(0)
    };

    client.batch_execute(&create).await.unwrap();
    let input = json!({ "userId": admin_id_of(user) });
    change(&world, admin, "endUserSessions", input).await;
    let after_end = count().await;
    client.batch_execute(&create).await.unwrap();
    suspend(&world, admin, user, "").await;

    assert_eq!((after_end, count().await), (0, 0));
}

/// The account's state and its reason, as its owner reads them.
async fn state_of(world: &World, account: AccountRef) -> Value {
    let query = "query ($id: ID!) { node(id: $id) { ... on Account { state stateReason } } }";
    let id = json!({ "id": account.id.to_global() });
    world.ask(account, query, id).await["node"].take()
}

/// Waits until the account's state is right.
async fn settle_state(world: &World, account: AccountRef, is_right: impl Fn(&Value) -> bool) {
    let mut news = world.core.hub.subscribe(account.user);
    let settling = async {
        while !is_right(&state_of(world, account).await) {
            news.recv().await.unwrap();
        }
    };
    timeout(DEADLINE, settling)
        .await
        .expect("the account comes into the state in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_accounts_are_paused_and_connect_again_when_it_is_taken_back() {
    let (world, admin, user) = world_with_admin().await;
    let (_consuming, worker) = (world.consume_events(), world.run("accounts."));

    suspend(&world, admin, user, "").await;
    let paused = json!({ "state": "PAUSED", "stateReason": "USER_SUSPENDED" });
    settle_state(&world, user, |state| *state == paused).await;
    unsuspend(&world, admin, user).await;
    settle_state(&world, user, |state| state["state"] != "PAUSED").await;

    let notices = "{ viewer { notifications { nodes { kind } } } }";
    let notices = world.ask(user, notices, json!({})).await;
    let told = notices["viewer"]["notifications"]["nodes"].as_array().unwrap();
    assert!(
        told.iter().all(|notice| notice["kind"] == "ADMIN_ACTED"),
        "an account that is paused for it calls for nobody: {told:?}"
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_server_that_starts_leaves_the_accounts_of_a_suspended_user_alone() {
    let (world, admin, user) = world_with_admin().await;
    let runs = async || {
        let client = connect(world.database.url()).await;
        let owner = user.user.as_uuid();
        let query = format!("SELECT count(*) FROM amda_accounts_to_run() WHERE user_id = '{owner}'");
        client.query_one(&query, &[]).await.unwrap().get::<_, i64>(0)
    };
    assert_eq!(runs().await, 1);

    suspend(&world, admin, user, "").await;

    assert_eq!(runs().await, 0);
}
