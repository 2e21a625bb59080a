//! Guesses at the password of one user from many networks.

use amda::clock::Clock as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{Client, PASSWORD, codes, limited, log_in, register_user, signed_in};
use crate::support::world::World;

/// A client in a network of its own.
fn elsewhere(number: u8) -> Client {
    Client::at(&format!("100.64.{number}.1"))
}

/// Alice registers at home, where her network is 203.0.113.0/24; answers with her refresh token.
async fn alice_at_home(world: &World) -> String {
    signed_in(&register_user(world, &Client::at("203.0.113.5"), "alice@example.org").await).1
}

/// A crowd makes so many wrong guesses, each from another network.
async fn guess(world: &World, email: &str, count: u8) {
    for number in 0..count {
        let guessed = log_in(world, &elsewhere(number), email, "a wrong guess").await;
        assert_eq!(codes(&guessed), ["WRONG_CREDENTIALS"], "{number}");
    }
}

/// The seconds until the limit in a payload ends.
fn wait(world: &World, refused: &Value) -> i64 {
    assert_eq!(codes(refused), ["LIMIT_EXCEEDED"], "{refused}");
    let resets_at: DateTime<Utc> = refused["errors"][0]["resetsAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    (resets_at - world.clock.now()).num_seconds()
}

#[tokio::test]
async fn a_crowd_that_guesses_from_many_networks_is_slowed_more_and_more() {
    let world = World::with(limited).await;
    alice_at_home(&world).await;
    guess(&world, "alice@example.org", 10).await;
    let computed = world.services.users.password_computations();

    let mut waits = Vec::new();
    for number in 10..15 {
        let refused = log_in(&world, &elsewhere(number), "Alice@example.org", PASSWORD).await;
        let seconds = wait(&world, &refused);
        waits.push(seconds);
        world.clock.advance(TimeDelta::seconds(seconds));
        let guessed = log_in(&world, &elsewhere(number), "alice@example.org", "a wrong guess").await;
        assert_eq!(codes(&guessed), ["WRONG_CREDENTIALS"]);
    }

    assert_eq!(waits, [15, 30, 60, 120, 240]);
    assert_eq!(world.services.users.password_computations(), computed + 5);
}

#[tokio::test]
async fn the_owner_is_let_in_from_where_they_were_before_while_strangers_wait() {
    let world = World::with(limited).await;
    alice_at_home(&world).await;
    guess(&world, "alice@example.org", 10).await;

    let stranger = log_in(&world, &elsewhere(99), "alice@example.org", PASSWORD).await;
    let neighbour = log_in(&world, &Client::at("203.0.113.77"), "alice@example.org", PASSWORD).await;

    assert_eq!(wait(&world, &stranger), 15);
    signed_in(&neighbour);
}

#[tokio::test]
async fn the_owner_s_device_is_let_in_from_anywhere_and_another_user_s_is_not() {
    let world = World::with(limited).await;
    let token = alice_at_home(&world).await;
    let (_, other) = signed_in(&register_user(&world, &elsewhere(200), "mallory@example.org").await);
    guess(&world, "alice@example.org", 10).await;
    let on_the_way = |token: String| {
        let mut client = elsewhere(99);
        client.info.refresh_cookie = Some(token.into());
        client
    };

    let stranger = log_in(&world, &on_the_way(other), "alice@example.org", PASSWORD).await;
    let device = log_in(&world, &on_the_way(token), "alice@example.org", PASSWORD).await;

    assert_eq!(wait(&world, &stranger), 15);
    signed_in(&device);
}

#[tokio::test]
async fn the_neighbourhood_of_the_owner_has_an_allowance_of_its_own_and_no_more() {
    let world = World::with(limited).await;
    alice_at_home(&world).await;
    for number in 10..20 {
        let neighbour = Client::at(&format!("203.0.113.{number}"));
        let guessed = log_in(&world, &neighbour, "alice@example.org", "a wrong guess").await;
        assert_eq!(codes(&guessed), ["WRONG_CREDENTIALS"]);
    }

    let neighbour = log_in(&world, &Client::at("203.0.113.99"), "alice@example.org", PASSWORD).await;
    let stranger = log_in(&world, &elsewhere(1), "alice@example.org", PASSWORD).await;

    assert_eq!(wait(&world, &neighbour), 15);
    signed_in(&stranger);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_limited_in_the_same_words() {
    let world = World::with(limited).await;
    alice_at_home(&world).await;
    let mut answers = Vec::new();

    for email in ["alice@example.org", "nobody@example.org"] {
        guess(&world, email, 10).await;
        let refused = log_in(&world, &elsewhere(50), email, PASSWORD).await;
        let again = log_in(&world, &elsewhere(51), email, "a wrong guess").await;
        answers.push(json!([refused, again]));
    }

    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn right_passwords_from_many_networks_slow_nobody_down() {
    let world = World::with(limited).await;
    alice_at_home(&world).await;

    for number in 0..15 {
        signed_in(&log_in(&world, &elsewhere(number), "alice@example.org", PASSWORD).await);
    }
}
