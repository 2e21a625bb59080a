use async_graphql::{Response, Value as Constant};
use chrono::TimeDelta;
use serde_json::json;

use super::{Bench, Client, LOG_IN, PASSWORD, REGISTER, limited, signed_in};

async fn try_to_log_in(bench: &Bench, client: &Client, email: &str, password: &str) -> Response {
    let input = json!({ "email": email, "password": password });
    bench.ask(client, LOG_IN, json!({ "input": input })).await
}

async fn try_to_register(bench: &Bench, client: &Client, email: &str) -> Response {
    let input = json!({ "email": email, "password": PASSWORD });
    bench.ask(client, REGISTER, json!({ "input": input })).await
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

#[tokio::test]
async fn the_sixth_wrong_password_in_a_minute_is_not_even_looked_at() {
    let bench = Bench::with(limited).await;
    bench.registered("alice@example.org").await;
    let mallory = Client::at("192.0.2.66");
    for _ in 0..5 {
        let answer = try_to_log_in(&bench, &mallory, "alice@example.org", "a wrong guess").await;
        assert_eq!(retry_after_ms(&answer), None);
    }
    let computed = bench.users.password_computations();

    let refused = try_to_log_in(&bench, &mallory, "Alice@example.org", PASSWORD).await;

    assert_eq!(retry_after_ms(&refused), Some(12_000));
    assert_eq!(bench.users.password_computations(), computed);
    signed_in(
        &bench
            .log_in(&Client::at("192.0.2.7"), "alice@example.org", PASSWORD)
            .await,
    );
    bench.clock.advance(TimeDelta::seconds(12));
    signed_in(&bench.log_in(&mallory, "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn right_passwords_are_not_counted_as_guesses() {
    let bench = Bench::with(limited).await;
    bench.registered("alice@example.org").await;

    for _ in 0..12 {
        signed_in(
            &bench
                .log_in(&Client::at("127.0.0.1"), "alice@example.org", PASSWORD)
                .await,
        );
    }
}

#[tokio::test]
async fn one_address_cannot_try_many_users() {
    let bench = Bench::with(limited).await;
    let mallory = Client::at("192.0.2.66");
    for number in 0..30 {
        let answer = try_to_log_in(&bench, &mallory, &format!("user{number}@example.org"), PASSWORD).await;
        assert_eq!(retry_after_ms(&answer), None);
    }

    let refused = try_to_log_in(&bench, &mallory, "user30@example.org", PASSWORD).await;

    assert_eq!(retry_after_ms(&refused), Some(2_000));
}

#[tokio::test]
async fn one_address_registers_three_users_an_hour_and_the_own_machine_as_many_as_it_needs() {
    let bench = Bench::with(limited).await;
    let (stranger, own) = (Client::at("192.0.2.66"), Client::at("::ffff:127.0.0.1"));
    for number in 0..3 {
        let email = format!("stranger{number}@example.org");
        assert_eq!(
            retry_after_ms(&try_to_register(&bench, &stranger, &email).await),
            None
        );
    }

    let refused = try_to_register(&bench, &stranger, "stranger3@example.org").await;

    assert_eq!(retry_after_ms(&refused), Some(20 * 60 * 1_000));
    for number in 0..10 {
        let email = format!("own{number}@example.org");
        assert_eq!(retry_after_ms(&try_to_register(&bench, &own, &email).await), None);
    }
}
