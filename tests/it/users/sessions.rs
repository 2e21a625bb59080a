use std::sync::Arc;

use amda::features::users::{ACCESS_TOKEN_LIFE, REFRESH_TOKEN_LIFE, UsersService};
use amda::graphql::ClientInfo;
use chrono::TimeDelta;
use serde_json::json;

use super::{Bench, Client, LOG_IN, LOG_OUT, PASSWORD, REFRESH, codes, signed_in, token_service};

#[tokio::test]
async fn a_refreshed_session_goes_on_after_the_first_access_token_expired() {
    let bench = Bench::new().await;
    let (client, refresh) = bench.registered("alice@example.org").await;

    bench.clock.advance(ACCESS_TOKEN_LIFE);
    let (renewed, next) = signed_in(&bench.refresh(&refresh).await);

    assert!(bench.viewer(&client).await.is_null());
    assert_eq!(bench.viewer(&renewed).await, "alice@example.org");
    assert_ne!(refresh, next);
}

#[tokio::test]
async fn a_session_lives_seven_days_from_its_last_refresh() {
    let bench = Bench::new().await;
    let (_, mut refresh) = bench.registered("alice@example.org").await;

    for _ in 0..3 {
        bench.clock.advance(REFRESH_TOKEN_LIFE - TimeDelta::seconds(1));
        refresh = signed_in(&bench.refresh(&refresh).await).1;
    }

    bench.clock.advance(REFRESH_TOKEN_LIFE);
    assert_eq!(codes(&bench.refresh(&refresh).await), ["INVALID_REFRESH_TOKEN"]);
}

#[tokio::test]
async fn a_token_that_nobody_was_given_is_refused() {
    let bench = Bench::new().await;

    for wrong in ["", "nonsense", &"A".repeat(43)] {
        assert_eq!(codes(&bench.refresh(wrong).await), ["INVALID_REFRESH_TOKEN"]);
    }
    let none = bench
        .data(&Client::default(), REFRESH, json!({ "input": {} }))
        .await;
    assert_eq!(codes(&none["refreshSession"]), ["INVALID_REFRESH_TOKEN"]);
}

#[tokio::test]
async fn logging_out_ends_this_login_at_once_and_no_other() {
    let bench = Bench::new().await;
    let (laptop, laptop_refresh) = bench.registered("alice@example.org").await;
    let (phone, phone_refresh) = signed_in(
        &bench
            .log_in(&Client::default(), "alice@example.org", PASSWORD)
            .await,
    );

    let data = bench.data(&laptop, LOG_OUT, json!({ "input": {} })).await;

    assert_eq!(data["logOut"], json!({ "endedLogins": 1, "errors": [] }));
    assert!(bench.viewer(&laptop).await.is_null());
    assert_eq!(
        codes(&bench.refresh(&laptop_refresh).await),
        ["INVALID_REFRESH_TOKEN"]
    );
    assert_eq!(bench.viewer(&phone).await, "alice@example.org");
    signed_in(&bench.refresh(&phone_refresh).await);
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_login_of_the_user_and_of_nobody_else() {
    let bench = Bench::new().await;
    let (laptop, laptop_refresh) = bench.registered("alice@example.org").await;
    let (phone, phone_refresh) = signed_in(
        &bench
            .log_in(&Client::default(), "alice@example.org", PASSWORD)
            .await,
    );
    let (bob, bobs_refresh) = bench.registered("bob@example.org").await;

    let data = bench
        .data(&laptop, LOG_OUT, json!({ "input": { "everywhere": true } }))
        .await;

    assert_eq!(data["logOut"]["endedLogins"], 2);
    for (client, refresh) in [(laptop, laptop_refresh), (phone, phone_refresh)] {
        assert!(bench.viewer(&client).await.is_null());
        assert_eq!(codes(&bench.refresh(&refresh).await), ["INVALID_REFRESH_TOKEN"]);
    }
    assert_eq!(bench.viewer(&bob).await, "bob@example.org");
    signed_in(&bench.refresh(&bobs_refresh).await);
}

#[tokio::test]
async fn a_restarted_server_still_refuses_the_tokens_of_an_ended_login() {
    let bench = Bench::new().await;
    let (laptop, _) = bench.registered("alice@example.org").await;
    let (phone, _) = signed_in(
        &bench
            .log_in(&Client::default(), "alice@example.org", PASSWORD)
            .await,
    );
    bench.data(&laptop, LOG_OUT, json!({ "input": {} })).await;
    bench.clock.advance(ACCESS_TOKEN_LIFE - TimeDelta::seconds(1));

    let tokens = token_service(&bench.core);
    let config = amda::features::users::UsersConfig {
        default_plan: amda::plan::Plan::Free,
        password_cost: 4,
        is_https: false,
        limits: None,
    };
    let restarted = UsersService::new(bench.core.clone(), Arc::clone(&tokens), config);
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
    let bench = Bench::with(|config| config.is_https = true).await;
    bench.registered("alice@example.org").await;
    let input = json!({ "email": "alice@example.org", "password": PASSWORD, "useCookie": true });

    let response = bench
        .ask(&Client::default(), LOG_IN, json!({ "input": input }))
        .await;
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

    let response = bench.ask(&browser(token), REFRESH, json!({ "input": {} })).await;
    let next = response
        .http_headers
        .get("set-cookie")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let session = response.data.into_json().unwrap();
    assert_eq!(session["refreshSession"]["user"]["email"], "alice@example.org");
    assert!(session["refreshSession"]["refreshToken"].is_null());
    assert!(next.starts_with("amda_refresh=") && !next.contains(token));
}

#[tokio::test]
async fn a_browser_can_log_out_by_its_cookie_alone() {
    let bench = Bench::new().await;
    let (client, refresh) = bench.registered("alice@example.org").await;

    let response = bench
        .ask(&browser(&refresh), LOG_OUT, json!({ "input": {} }))
        .await;

    let cookie = response.http_headers.get("set-cookie").unwrap().to_str().unwrap();
    assert_eq!(
        cookie,
        "amda_refresh=; Max-Age=0; Path=/graphql; HttpOnly; SameSite=Strict"
    );
    assert!(bench.viewer(&client).await.is_null());
    assert_unauthenticated(
        &bench
            .ask(&Client::default(), LOG_OUT, json!({ "input": {} }))
            .await,
    );
}

#[tokio::test]
async fn a_refresh_token_that_is_not_good_any_more_logs_nobody_out() {
    let bench = Bench::new().await;
    let (_, used) = bench.registered("alice@example.org").await;
    let (client, good) = signed_in(&bench.refresh(&used).await);
    let everywhere = json!({ "input": { "everywhere": true } });

    assert_unauthenticated(&bench.ask(&browser(&used), LOG_OUT, everywhere.clone()).await);

    assert_eq!(bench.viewer(&client).await, "alice@example.org");
    bench.data(&client, LOG_OUT, json!({ "input": {} })).await;
    let (phone, other) = signed_in(
        &bench
            .log_in(&Client::default(), "alice@example.org", PASSWORD)
            .await,
    );
    assert_unauthenticated(&bench.ask(&browser(&good), LOG_OUT, everywhere.clone()).await);
    assert_eq!(bench.viewer(&phone).await, "alice@example.org");
    bench.clock.advance(REFRESH_TOKEN_LIFE);
    assert_unauthenticated(&bench.ask(&browser(&other), LOG_OUT, everywhere).await);
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
    let bench = Bench::new().await;
    let (_, refresh) = bench.registered("alice@example.org").await;

    let owner = crate::support::database::connect(bench.database.url()).await;
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

fn browser(token: &str) -> Client {
    Client {
        token: None,
        info: ClientInfo {
            refresh_cookie: Some(token.into()),
            ..ClientInfo::default()
        },
    }
}
