use amda::clock::Clock as _;
use async_graphql::{Response, Value as Constant};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    Client, LOG_IN, PASSWORD, REGISTER, codes, limited, log_in, register_user, registered, respond_to,
    signed_in,
};
use crate::support::world::World;

async fn try_to_log_in(world: &World, client: &Client, email: &str, password: &str) -> Response {
    let input = json!({ "email": email, "password": password });
    respond_to(world, client, LOG_IN, json!({ "input": input })).await
}

async fn try_to_register(world: &World, client: &Client, email: &str) -> Response {
    let input = json!({ "email": email, "password": PASSWORD });
    respond_to(world, client, REGISTER, json!({ "input": input })).await
}

/// When the refusal says to try again, in milliseconds; none when it is no refusal for frequency.
fn retry_after_ms(response: &Response) -> Option<u64> {
    let extensions = response.errors.first()?.extensions.as_ref()?;
    assert_eq!(extensions.get("code"), Some(&Constant::from("RATE_LIMITED")));
    match extensions.get("retryAfterMs")? {
        Constant::Number(number) => number.as_u64(),
        other => panic!("{other} is not a number"),
    }
}

/// The time from now until the limit in the payload allows another try, in seconds; none when there is no such error.
fn resets_in(world: &World, response: &Response) -> Option<i64> {
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let data = response.data.clone().into_json().unwrap();
    let payload = data.as_object().unwrap().values().next().unwrap();
    let error = payload["errors"]
        .get(0)
        .filter(|error| error["code"] == "LIMIT_EXCEEDED")?;
    assert_eq!(error["used"], error["limit"]);
    let resets_at: DateTime<Utc> = error["resetsAt"].as_str().unwrap().parse().unwrap();
    Some((resets_at - world.clock.now()).num_seconds())
}

#[tokio::test]
async fn the_sixth_wrong_password_in_a_minute_is_not_even_looked_at() {
    let world = World::with(limited).await;
    registered(&world, "alice@example.org").await;
    let mallory = Client::at("192.0.2.66");
    for _ in 0..5 {
        let answer = try_to_log_in(&world, &mallory, "alice@example.org", "a wrong guess").await;
        assert_eq!(resets_in(&world, &answer), None);
    }
    let computed = world.services.users.password_computations();

    let refused = try_to_log_in(&world, &mallory, "Alice@example.org", PASSWORD).await;

    assert_eq!(resets_in(&world, &refused), Some(12));
    assert_eq!(world.services.users.password_computations(), computed);
    signed_in(&log_in(&world, &Client::at("192.0.2.7"), "alice@example.org", PASSWORD).await);
    world.clock.advance(TimeDelta::seconds(12));
    signed_in(&log_in(&world, &mallory, "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn right_passwords_are_not_counted_as_guesses() {
    let world = World::with(limited).await;
    registered(&world, "alice@example.org").await;

    for _ in 0..12 {
        signed_in(&log_in(&world, &Client::at("127.0.0.1"), "alice@example.org", PASSWORD).await);
    }
}

#[tokio::test]
async fn one_address_cannot_try_many_users() {
    let world = World::with(limited).await;
    let mallory = Client::at("192.0.2.66");
    for number in 0..30 {
        let answer = try_to_log_in(&world, &mallory, &format!("user{number}@example.org"), PASSWORD).await;
        assert_eq!(retry_after_ms(&answer), None);
    }

    let refused = try_to_log_in(&world, &mallory, "user30@example.org", PASSWORD).await;

    assert_eq!(retry_after_ms(&refused), Some(2_000));
}

#[tokio::test]
async fn one_address_registers_three_users_an_hour_and_the_own_machine_as_many_as_it_needs() {
    let world = World::with(limited).await;
    let (stranger, own) = (Client::at("192.0.2.66"), Client::at("::ffff:127.0.0.1"));
    for number in 0..3 {
        let email = format!("stranger{number}@example.org");
        assert_eq!(
            resets_in(&world, &try_to_register(&world, &stranger, &email).await),
            None
        );
    }

    let refused = try_to_register(&world, &stranger, "stranger3@example.org").await;

    assert_eq!(resets_in(&world, &refused), Some(20 * 60));
    for number in 0..10 {
        let email = format!("own{number}@example.org");
        assert_eq!(
            resets_in(&world, &try_to_register(&world, &own, &email).await),
            None
        );
    }
}

#[tokio::test]
async fn no_spelling_of_an_address_gets_more_guesses_at_its_password() {
    let world = World::with(limited).await;
    registered(&world, "info@example.org").await;
    let mallory = Client::at("192.0.2.66");
    for spelling in ["info", "INFO", " Info", "iNFO", "inFo"] {
        let email = format!("{spelling}@example.org");
        let answer = try_to_log_in(&world, &mallory, &email, "a wrong guess").await;
        assert_eq!(resets_in(&world, &answer), None);
    }

    let refused = try_to_log_in(&world, &mallory, "info@EXAMPLE.org ", PASSWORD).await;
    // Another letter than `i`, whatever a database's locale makes of it: nobody has this address.
    let other = log_in(&world, &mallory, "\u{130}nfo@example.org", PASSWORD).await;

    assert_eq!(resets_in(&world, &refused), Some(12));
    assert_eq!(codes(&other), ["WRONG_CREDENTIALS"]);
    signed_in(&register_user(&world, &Client::default(), "\u{130}nfo@example.org").await);
}

#[tokio::test]
async fn what_comes_through_an_unknown_proxy_is_not_exempt_as_this_machine_is() {
    let world = World::with(limited).await;
    let behind_a_proxy = Client::default();
    for number in 0..3 {
        let email = format!("stranger{number}@example.org");
        let answer = try_to_register(&world, &behind_a_proxy, &email).await;
        assert_eq!(resets_in(&world, &answer), None);
    }

    let refused = try_to_register(&world, &behind_a_proxy, "stranger3@example.org").await;

    assert_eq!(resets_in(&world, &refused), Some(20 * 60));
}

#[tokio::test]
async fn the_networks_of_one_ipv6_site_share_a_limit() {
    let world = World::with(limited).await;
    let at = |number: u32| Client::at(&format!("2001:db8:1:{number:x}::1"));
    for number in 0..12 {
        let email = format!("user{number}@example.org");
        let answer = try_to_register(&world, &at(number), &email).await;
        assert_eq!(resets_in(&world, &answer), None);
    }

    let refused = try_to_register(&world, &at(12), "user12@example.org").await;

    assert_eq!(resets_in(&world, &refused), Some(5 * 60));
}
