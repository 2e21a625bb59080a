//! Log-ins of users with two-factor authentication.

use amda::clock::Clock as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::email_change::alice;
use super::mailbox::Mailbox;
use super::password_reset::{reset, reset_token};
use super::two_factor_steps::{STEP, log_in_with, opens, secured};
use super::{Client, PASSWORD, codes, limited, log_in, registered, signed_in};
use crate::support::database::{connect, until_waiting};
use crate::support::world::World;

/// The seconds until the limit in a payload allows another try; none when the payload tells of no limit.
fn resets_in(world: &World, payload: &Value) -> Option<i64> {
    let reached = payload["errors"].get(0)?;
    let resets_at: DateTime<Utc> = reached["resetsAt"].as_str()?.parse().unwrap();
    Some((resets_at - world.clock.now()).num_seconds())
}

#[tokio::test]
async fn a_log_in_asks_for_a_code_behind_the_right_password() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;

    let asked = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    let wrong = log_in_with(&world, &Client::default(), PASSWORD, &app.wrong_code(&world)).await;
    let right = log_in_with(&world, &Client::default(), PASSWORD, &app.code(&world)).await;

    for (refused, code) in [
        (&asked, "TWO_FACTOR_CODE_REQUIRED"),
        (&wrong, "WRONG_TWO_FACTOR_CODE"),
    ] {
        assert_eq!(codes(refused), [code]);
        assert_eq!(refused["errors"][0]["path"], json!(["code"]));
        assert_eq!(refused["accessToken"], Value::Null);
    }
    signed_in(&right);
}

#[tokio::test]
async fn nothing_of_it_is_told_before_the_password_is_right() {
    let (world, _, alice) = alice().await;
    let (app, recovery) = secured(&world, &alice).await;
    registered(&world, "bob@example.org").await;
    let guess = async |email: &str, code: Value| {
        let input = json!({ "email": email, "password": "a wrong guess", "code": code });
        let variables = json!({ "input": input });
        super::run_operation(&world, &Client::default(), super::LOG_IN, variables).await
    };

    for code in [
        Value::Null,
        json!(app.wrong_code(&world)),
        json!(app.code(&world)),
        json!(recovery[0]),
        json!("nonsense"),
    ] {
        let of_alice = guess("alice@example.org", code.clone()).await;
        let of_bob = guess("bob@example.org", code.clone()).await;
        let of_nobody = guess("nobody@example.org", code.clone()).await;

        assert_eq!(of_alice, of_bob, "{code}");
        assert_eq!(of_alice, of_nobody, "{code}");
    }
    assert!(opens(&world, &app.code(&world)).await, "no guess used it up");
    assert!(opens(&world, &recovery[0]).await, "no guess used it up");
}

#[tokio::test]
async fn a_user_without_a_second_factor_needs_no_code_and_none_is_looked_at() {
    let (world, ..) = alice().await;

    let without = log_in_with(&world, &Client::default(), PASSWORD, "123456").await;

    signed_in(&without);
}

#[tokio::test]
async fn a_code_is_good_once_and_none_before_it_is_good_again() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;
    let (present, ahead) = (app.code(&world), app.code_in(&world, 1));

    assert!(opens(&world, &present).await);
    assert!(!opens(&world, &present).await, "again");
    assert!(opens(&world, &ahead).await, "the clock of the phone is ahead");
    assert!(!opens(&world, &ahead).await, "again");
    assert!(!opens(&world, &present).await, "an earlier one");
}

#[tokio::test]
async fn clocks_may_differ_by_one_step() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;
    world.clock.advance(STEP * 4);

    assert!(!opens(&world, &app.code_in(&world, -2)).await);
    assert!(!opens(&world, &app.code_in(&world, 2)).await);
    assert!(opens(&world, &app.code_in(&world, -1)).await);
    assert!(opens(&world, &app.code_in(&world, 0)).await);
    assert!(opens(&world, &app.code_in(&world, 1)).await);
}

#[tokio::test]
async fn of_two_log_ins_with_one_code_at_once_one_is_let_in() {
    let (world, _, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;
    let code = app.code(&world);
    let holder = connect(world.database.url()).await;
    let hold = "BEGIN; SELECT 1 FROM two_factor_methods FOR UPDATE";
    holder.batch_execute(hold).await.unwrap();

    let both = async { tokio::join!(opens(&world, &code), opens(&world, &code)) };
    let release = async {
        until_waiting(&world.database, 2).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let ((one, other), ()) = tokio::join!(both, release);

    assert!(one ^ other, "{one} {other}");
}

#[tokio::test]
async fn the_eleventh_wrong_code_in_a_quarter_of_an_hour_is_not_even_looked_at() {
    let (world, _) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (app, recovery) = secured(&world, &alice).await;
    let thief = Client::at("192.0.2.66");
    for _ in 0..10 {
        let wrong = log_in_with(&world, &thief, PASSWORD, &app.wrong_code(&world)).await;
        assert_eq!(codes(&wrong), ["WRONG_TWO_FACTOR_CODE"]);
    }

    for right in [&app.code(&world), &recovery[0]] {
        let refused = log_in_with(&world, &Client::at("192.0.2.7"), PASSWORD, right).await;
        assert_eq!(codes(&refused), ["LIMIT_EXCEEDED"]);
        assert_eq!(refused["errors"][0]["limit"], 10);
        assert_eq!(resets_in(&world, &refused), Some(90));
    }
    world.clock.advance(TimeDelta::seconds(90));
    signed_in(&log_in_with(&world, &thief, PASSWORD, &app.code(&world)).await);
}

#[tokio::test]
async fn strangers_without_the_password_lock_nobody_out() {
    let (world, _) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (app, _) = secured(&world, &alice).await;
    let home = Client::at("192.0.2.7");
    signed_in(&log_in_with(&world, &home, PASSWORD, &app.code(&world)).await);
    world.clock.advance(STEP);
    // As many wrong codes as would lock a user out.
    for stranger in 1..=10 {
        let stranger = Client::at(&format!("198.51.100.{stranger}"));
        let wrong = log_in_with(&world, &stranger, "a wrong guess", &app.wrong_code(&world)).await;
        assert_eq!(codes(&wrong), ["WRONG_CREDENTIALS"]);
    }

    let owner = log_in_with(&world, &home, PASSWORD, &app.code(&world)).await;

    signed_in(&owner);
}

#[tokio::test]
async fn right_codes_are_not_counted_as_guesses() {
    let (world, _) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (app, _) = secured(&world, &alice).await;

    for _ in 0..20 {
        let code = app.code(&world);
        signed_in(&log_in_with(&world, &Client::at("127.0.0.1"), PASSWORD, &code).await);
        world.clock.advance(STEP);
    }
}

#[tokio::test]
async fn another_password_by_mail_does_not_bypass_it() {
    let (world, mut mailbox, _) = alice().await;
    // The address is proven by this.
    let first = reset_token(&world, &mut mailbox, "alice@example.org").await;
    reset(&world, &Client::default(), &first, PASSWORD).await;
    mailbox.next(&world).await;
    let (alice, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    let (app, _) = secured(&world, &alice).await;
    mailbox.next(&world).await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let new = "a brand new password";

    let done = reset(&world, &Client::default(), &token, new).await;

    assert_eq!(codes(&done), Vec::<&str>::new());
    let asked = log_in(&world, &Client::default(), "alice@example.org", new).await;
    assert_eq!(codes(&asked), ["TWO_FACTOR_CODE_REQUIRED"]);
    signed_in(&log_in_with(&world, &Client::default(), new, &app.code(&world)).await);
}

#[tokio::test]
async fn whoever_proves_the_address_first_is_not_asked_for_the_code_of_who_registered_it() {
    let (world, mut mailbox, mallory) = alice().await;
    secured(&world, &mallory).await;
    mailbox.next(&world).await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let new = "a brand new password";

    reset(&world, &Client::default(), &token, new).await;

    signed_in(&log_in(&world, &Client::default(), "alice@example.org", new).await);
}
