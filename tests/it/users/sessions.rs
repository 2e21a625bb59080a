use std::sync::Arc;

use amda::features::users::{ACCESS_TOKEN_LIFE, REFRESH_TOKEN_LIFE, TokenService, UsersService};
use amda::graphql::ClientInfo;
use chrono::TimeDelta;
use serde_json::json;

use super::{
    Client, LOG_IN, LOG_OUT, PASSWORD, REFRESH, codes, log_in, refresh_session, registered, respond_to,
    run_operation, signed_in, viewer_email,
};
use crate::support::choices::{Choices, JWT_SECRET};
use crate::support::world::World;

#[tokio::test]
async fn a_refreshed_session_goes_on_after_the_first_access_token_expired() {
    let world = World::build().await;
    let (client, refresh) = registered(&world, "alice@example.org").await;

    world.clock.advance(ACCESS_TOKEN_LIFE);
    let (renewed, next) = signed_in(&refresh_session(&world, &refresh).await);

    assert!(viewer_email(&world, &client).await.is_null());
    assert_eq!(viewer_email(&world, &renewed).await, "alice@example.org");
    assert_ne!(refresh, next);
}

#[tokio::test]
async fn a_session_lives_seven_days_from_its_last_refresh() {
    let world = World::build().await;
    let (_, mut refresh) = registered(&world, "alice@example.org").await;

    for _ in 0..3 {
        world.clock.advance(REFRESH_TOKEN_LIFE - TimeDelta::seconds(1));
        refresh = signed_in(&refresh_session(&world, &refresh).await).1;
    }

    world.clock.advance(REFRESH_TOKEN_LIFE);
    assert_eq!(
        codes(&refresh_session(&world, &refresh).await),
        ["INVALID_REFRESH_TOKEN"]
    );
}

#[tokio::test]
async fn a_token_that_nobody_was_given_is_refused() {
    let world = World::build().await;

    for wrong in ["", "nonsense", &"A".repeat(43)] {
        assert_eq!(
            codes(&refresh_session(&world, wrong).await),
            ["INVALID_REFRESH_TOKEN"]
        );
    }
    let none = run_operation(&world, &Client::default(), REFRESH, json!({ "input": {} })).await;
    assert_eq!(codes(&none["refreshSession"]), ["INVALID_REFRESH_TOKEN"]);
}

#[tokio::test]
async fn logging_out_ends_this_session_at_once_and_no_other() {
    let world = World::build().await;
    let (laptop, laptop_refresh) = registered(&world, "alice@example.org").await;
    let (phone, phone_refresh) =
        signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);

    let data = run_operation(&world, &laptop, LOG_OUT, json!({ "input": {} })).await;

    assert_eq!(data["logOut"], json!({ "endedSessions": 1, "errors": [] }));
    assert!(viewer_email(&world, &laptop).await.is_null());
    assert_eq!(
        codes(&refresh_session(&world, &laptop_refresh).await),
        ["INVALID_REFRESH_TOKEN"]
    );
    assert_eq!(viewer_email(&world, &phone).await, "alice@example.org");
    signed_in(&refresh_session(&world, &phone_refresh).await);
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session_of_the_user_and_of_nobody_else() {
    let world = World::build().await;
    let (laptop, laptop_refresh) = registered(&world, "alice@example.org").await;
    let (phone, phone_refresh) =
        signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    let (bob, bobs_refresh) = registered(&world, "bob@example.org").await;

    let data = run_operation(
        &world,
        &laptop,
        LOG_OUT,
        json!({ "input": { "endsAllSessions": true } }),
    )
    .await;

    assert_eq!(data["logOut"]["endedSessions"], 2);
    for (client, refresh) in [(laptop, laptop_refresh), (phone, phone_refresh)] {
        assert!(viewer_email(&world, &client).await.is_null());
        assert_eq!(
            codes(&refresh_session(&world, &refresh).await),
            ["INVALID_REFRESH_TOKEN"]
        );
    }
    assert_eq!(viewer_email(&world, &bob).await, "bob@example.org");
    signed_in(&refresh_session(&world, &bobs_refresh).await);
}

#[tokio::test]
async fn a_restarted_server_still_refuses_the_tokens_of_an_ended_session() {
    let world = World::build().await;
    let (laptop, _) = registered(&world, "alice@example.org").await;
    let (phone, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    run_operation(&world, &laptop, LOG_OUT, json!({ "input": {} })).await;
    world.clock.advance(ACCESS_TOKEN_LIFE - TimeDelta::seconds(1));

    let secret = JWT_SECRET.to_vec().into();
    let tokens = TokenService::new(
        Arc::clone(&world.core.clock),
        Arc::clone(&world.core.ids),
        &secret,
    );
    let tokens = Arc::new(tokens);
    let config = amda::features::users::UsersConfig {
        has_mail_server: true,
        registration: amda::features::users::RegistrationMode::Open,
        default_plan: amda::plan::Plan::Free,
        password_cost: 4,
        is_https: false,
        limits: None,
    };
    let restarted = UsersService::new(world.core.clone(), Arc::clone(&tokens), config);
    assert!(
        tokens.verify(laptop.token.as_deref().unwrap()).is_ok(),
        "a fresh process knows nothing yet"
    );
    restarted.recall_revocations().await.unwrap();

    assert!(tokens.verify(laptop.token.as_deref().unwrap()).is_err());
    assert!(tokens.verify(phone.token.as_deref().unwrap()).is_ok());
}

#[tokio::test]
async fn a_browser_keeps_its_refresh_token_in_a_cookie_that_scripts_cannot_read() {
    let world = World::with(served_by_https).await;
    registered(&world, "alice@example.org").await;
    let input = json!({ "email": "alice@example.org", "password": PASSWORD, "usesCookie": true });

    let response = respond_to(&world, &Client::default(), LOG_IN, json!({ "input": input })).await;
    let cookie = response
        .http_headers
        .get("set-cookie")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let session = response.data.into_json().unwrap();

    assert!(session["logIn"]["refreshToken"].is_null());
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let token = pair.strip_prefix("amda_refresh=").unwrap();
    assert_eq!(
        attributes,
        "Max-Age=604800; Path=/graphql; HttpOnly; SameSite=Strict; Secure"
    );

    let response = respond_to(&world, &browser(token), REFRESH, json!({ "input": {} })).await;
    let next = response
        .http_headers
        .get("set-cookie")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let session = response.data.into_json().unwrap();
    assert_eq!(
        session["refreshSession"]["viewer"]["user"]["email"],
        "alice@example.org"
    );
    assert!(session["refreshSession"]["refreshToken"].is_null());
    assert!(next.starts_with("amda_refresh=") && !next.contains(token));
}

#[tokio::test]
async fn a_browser_can_log_out_by_its_cookie_alone() {
    let world = World::build().await;
    let (client, refresh) = registered(&world, "alice@example.org").await;

    let response = respond_to(&world, &browser(&refresh), LOG_OUT, json!({ "input": {} })).await;

    let cookie = response.http_headers.get("set-cookie").unwrap().to_str().unwrap();
    assert_eq!(
        cookie,
        "amda_refresh=; Max-Age=0; Path=/graphql; HttpOnly; SameSite=Strict"
    );
    assert!(viewer_email(&world, &client).await.is_null());
    assert_unauthenticated(&respond_to(&world, &Client::default(), LOG_OUT, json!({ "input": {} })).await);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_good_any_more_logs_nobody_out() {
    let world = World::build().await;
    let (_, used) = registered(&world, "alice@example.org").await;
    let (client, good) = signed_in(&refresh_session(&world, &used).await);
    let everywhere = json!({ "input": { "endsAllSessions": true } });

    assert_unauthenticated(&respond_to(&world, &browser(&used), LOG_OUT, everywhere.clone()).await);

    assert_eq!(viewer_email(&world, &client).await, "alice@example.org");
    run_operation(&world, &client, LOG_OUT, json!({ "input": {} })).await;
    let (phone, other) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    assert_unauthenticated(&respond_to(&world, &browser(&good), LOG_OUT, everywhere.clone()).await);
    assert_eq!(viewer_email(&world, &phone).await, "alice@example.org");
    world.clock.advance(REFRESH_TOKEN_LIFE);
    assert_unauthenticated(&respond_to(&world, &browser(&other), LOG_OUT, everywhere).await);
}

fn assert_unauthenticated(response: &async_graphql::Response) {
    let code = response.errors[0]
        .extensions
        .as_ref()
        .unwrap()
        .get("code")
        .unwrap();
    assert_eq!(*code, async_graphql::Value::from("UNAUTHENTICATED"));
}

#[tokio::test]
async fn neither_passwords_nor_refresh_tokens_are_kept_as_they_are() {
    let world = World::build().await;
    let (_, refresh) = registered(&world, "alice@example.org").await;

    let owner = crate::support::database::connect(world.database.url()).await;
    let query =
        "SELECT password_hash FROM users UNION ALL SELECT encode(token_hash, 'escape') FROM refresh_tokens";
    let kept: Vec<String> = owner
        .query(query, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();

    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|value| !value.contains(PASSWORD) && !value.contains(&refresh))
    );
    assert!(kept[0].starts_with("$2b$04$"));
}

fn served_by_https(choices: &mut Choices) {
    choices.config.public_url = "https://amda.example/".parse().unwrap();
}

fn browser(token: &str) -> Client {
    Client {
        token: None,
        info: ClientInfo {
            refresh_cookie: Some(token.into()),
            ..ClientInfo::default()
        },
    }
}
