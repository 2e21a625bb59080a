use chrono::TimeDelta;
use serde_json::{Value, json};

use super::mailbox::{Mailbox, token};
use super::verification::VERIFY;
use super::{
    Client, PASSWORD, codes, limited, log_in, refresh_session, registered, respond_to, run_operation,
    signed_in, viewer_email,
};
use crate::support::statements::{count_statements, statements_sent};
use crate::support::world::World;

const REQUEST: &str = "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) {
    errors { code path ... on LimitExceeded { limit used resetsAt } } } }";

const RESET: &str = "mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) {
    endedSessions errors { code path message } } }";

const NEW: &str = "a brand new password";

async fn request(world: &World, client: &Client, email: &str) -> Value {
    let variables = json!({ "input": { "email": email } });
    run_operation(world, client, REQUEST, variables).await["requestPasswordReset"].take()
}

pub(super) async fn reset(world: &World, client: &Client, token: &str, password: &str) -> Value {
    let variables = json!({ "input": { "token": token, "newPassword": password } });
    run_operation(world, client, RESET, variables).await["resetPassword"].take()
}

/// The token of the mail that `email` gets after asking for another password.
pub(super) async fn reset_token(world: &World, mailbox: &mut Mailbox, email: &str) -> String {
    assert_eq!(
        request(world, &Client::default(), email).await,
        json!({ "errors": [] })
    );
    let mail = mailbox.next(world).await;
    assert_eq!(mail.mail.header("subject"), "Choose a new password");
    assert_eq!(mail.to, [email]);
    token(&mail)
}

/// A world with Alice, who proved nothing yet.
async fn alice() -> (World, Mailbox, Client, String) {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, refresh) = registered(&world, "alice@example.org").await;
    mailbox.next(&world).await;
    (world, mailbox, alice, refresh)
}

#[tokio::test]
async fn a_reset_gives_another_password_ends_all_sessions_and_is_told_by_mail() {
    let (world, mut mailbox, alice, refresh) = alice().await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;

    let done = reset(&world, &Client::default(), &token, NEW).await;

    assert_eq!(done, json!({ "endedSessions": 1, "errors": [] }));
    assert!(viewer_email(&world, &alice).await.is_null());
    assert_eq!(
        codes(&refresh_session(&world, &refresh).await),
        ["INVALID_REFRESH_TOKEN"]
    );
    let old = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(codes(&old), ["WRONG_CREDENTIALS"]);
    let (again, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", NEW).await);
    let query = "{ viewer { user { isEmailVerified } } }";
    let seen = run_operation(&world, &again, query, json!({})).await;
    assert_eq!(
        seen["viewer"]["user"]["isEmailVerified"], true,
        "she read the mail"
    );
    let told = mailbox.next(&world).await;
    assert_eq!(told.mail.header("subject"), "Your password was changed");
}

#[tokio::test]
async fn an_address_that_nobody_has_gets_the_same_answer_by_the_same_work_and_no_mail() {
    count_statements();
    let (world, mut mailbox, ..) = alice().await;
    let work = async |email: &str| {
        let before = (statements_sent(), world.services.users.password_computations());
        let answer = request(&world, &Client::default(), email).await;
        let after = (statements_sent(), world.services.users.password_computations());
        (answer, after.0 - before.0, after.1 - before.1)
    };
    // The first request opens connections.
    work("warm@example.org").await;

    let unknown = work("nobody@example.org").await;
    let known = work("alice@example.org").await;
    let unknown_again = work("nobody@example.org").await;
    let known_again = work("ALICE@example.org ").await;

    assert_eq!(known, unknown);
    assert_eq!(known_again, unknown_again);
    assert_eq!(known.0, json!({ "errors": [] }));
    let came = mailbox.take(&world, 1).await;
    assert_eq!(came.len(), 1);
    assert_eq!(came[0].to, ["alice@example.org"]);
}

#[tokio::test]
async fn a_token_resets_once_and_another_one_of_the_same_user_not_any_more() {
    let (world, mut mailbox, ..) = alice().await;
    let first = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let second = reset_token(&world, &mut mailbox, "alice@example.org").await;
    assert_ne!(first, second);

    let client = Client::at("192.0.2.7");
    let uses = futures::future::join_all((0..4).map(|_| reset(&world, &client, &first, NEW)));
    let uses = uses.await;

    let succeeded = uses.iter().filter(|payload| codes(payload).is_empty()).count();
    assert_eq!(succeeded, 1, "{uses:?}");
    let replayed = reset(&world, &Client::default(), &second, "another password").await;
    assert_eq!(codes(&replayed), ["INVALID_MAIL_TOKEN"]);
    signed_in(&log_in(&world, &Client::default(), "alice@example.org", NEW).await);
}

#[tokio::test]
async fn a_reset_signs_nobody_in_and_leaves_a_session_that_somebody_planted_what_it_was() {
    let (world, mut mailbox, ..) = alice().await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let (_, planted) = registered(&world, "mallory@example.org").await;
    let mut browser = Client::default();
    browser.info.refresh_cookie = Some(planted.as_str().into());

    let variables = json!({ "input": { "token": token, "newPassword": NEW } });
    let done = respond_to(&world, &browser, RESET, variables).await;

    assert!(done.errors.is_empty(), "{:?}", done.errors);
    assert!(done.http_headers.get("set-cookie").is_none());
    let (still, _) = signed_in(&refresh_session(&world, &planted).await);
    assert_eq!(viewer_email(&world, &still).await, "mallory@example.org");
}

#[tokio::test]
async fn a_token_is_good_for_half_an_hour() {
    let (world, mut mailbox, ..) = alice().await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;

    world.clock.advance(TimeDelta::minutes(30));

    let late = reset(&world, &Client::default(), &token, NEW).await;
    assert_eq!(codes(&late), ["INVALID_MAIL_TOKEN"]);
    signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
}

#[tokio::test]
async fn a_token_is_good_for_its_own_purpose_and_its_own_user_only() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let of_verification = token(&mailbox.next(&world).await);
    let of_reset = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let (_, bobs) = (
        registered(&world, "bob@example.org").await,
        token(&mailbox.next(&world).await),
    );
    // Bob's id before Alice's secret, in the encoding of 16 and 32 bytes.
    let raw = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let mixed = [&raw(&bobs)[..16], &raw(&of_reset)[16..]].concat();
    let mixed = data_encoding::BASE64URL_NOPAD.encode(&mixed);

    for wrong in [&of_verification, &mixed, &bobs] {
        let refused = reset(&world, &Client::default(), wrong, NEW).await;
        assert_eq!(codes(&refused), ["INVALID_MAIL_TOKEN"], "{wrong}");
    }
    let variables = json!({ "input": { "token": of_reset } });
    let refused = run_operation(&world, &alice, VERIFY, variables).await;

    assert_eq!(codes(&refused["verifyEmail"]), ["INVALID_MAIL_TOKEN"]);
    assert_eq!(
        codes(&reset(&world, &Client::default(), &of_reset, NEW).await),
        Vec::<&str>::new()
    );
}

#[tokio::test]
async fn the_rules_of_registration_hold_and_a_password_costs_nothing_without_a_good_token() {
    let (world, mut mailbox, ..) = alice().await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let computed = world.services.users.password_computations();

    let short = reset(&world, &Client::default(), &token, "short").await;
    let long = reset(&world, &Client::default(), &token, &"x".repeat(72)).await;
    let invented = reset(&world, &Client::default(), &"A".repeat(64), NEW).await;

    for refused in [short, long] {
        assert_eq!(codes(&refused), ["INVALID_INPUT"]);
        assert_eq!(refused["errors"][0]["path"], json!(["newPassword"]));
    }
    assert_eq!(codes(&invented), ["INVALID_MAIL_TOKEN"]);
    assert_eq!(world.services.users.password_computations(), computed);
    assert_eq!(
        codes(&reset(&world, &Client::default(), &token, NEW).await),
        Vec::<&str>::new()
    );
}

#[tokio::test]
async fn the_fourth_request_in_an_hour_is_refused_with_its_time_for_known_and_unknown_alike() {
    let (world, mut mailbox) = Mailbox::with(limited).await;
    registered(&world, "alice@example.org").await;
    mailbox.next(&world).await;
    let client = Client::at("192.0.2.7");
    for _ in 0..3 {
        for email in ["alice@example.org", "nobody@example.org"] {
            assert_eq!(request(&world, &client, email).await, json!({ "errors": [] }));
        }
    }

    let known = request(&world, &client, "Alice@example.org").await;
    let unknown = request(&world, &client, "nobody@example.org").await;

    assert_eq!(codes(&known), ["LIMIT_EXCEEDED"]);
    assert_eq!(known["errors"][0]["resetsAt"], "2026-11-23T11:20:00+00:00");
    assert_eq!(known, unknown);
    assert_eq!(
        request(&world, &Client::at("192.0.2.8"), "alice@example.org").await,
        json!({ "errors": [] }),
        "others who ask for her lock her out of nothing"
    );
}

#[tokio::test]
async fn one_address_cannot_ask_for_many_users() {
    let (world, _) = Mailbox::with(limited).await;
    let client = Client::at("192.0.2.66");
    for number in 0..12 {
        request(&world, &client, &format!("user{number}@example.org")).await;
    }

    let variables = json!({ "input": { "email": "user12@example.org" } });
    let refused = respond_to(&world, &client, REQUEST, variables).await;

    let extensions = refused.errors[0].extensions.as_ref().unwrap();
    assert_eq!(
        extensions.get("code"),
        Some(&async_graphql::Value::from("RATE_LIMITED"))
    );
    assert!(extensions.get("retryAfterMs").is_some());
}

#[tokio::test]
async fn what_is_no_address_is_told_and_so_is_a_server_that_sends_no_mail() {
    let (world, _) = Mailbox::build().await;
    let without = World::with(|choices| choices.config.mail = None).await;

    let malformed = request(&world, &Client::default(), "alice").await;
    let unsent = request(&without, &Client::default(), "alice@example.org").await;

    assert_eq!(codes(&malformed), ["INVALID_INPUT"]);
    assert_eq!(malformed["errors"][0]["path"], json!(["email"]));
    assert_eq!(codes(&unsent), ["NO_MAIL_SERVER"]);
}

#[tokio::test]
async fn a_changed_password_ends_open_resets_and_is_told_by_mail() {
    let (world, mut mailbox, alice, _) = alice().await;
    let token = reset_token(&world, &mut mailbox, "alice@example.org").await;
    let change =
        "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { code } } }";
    let input = json!({ "currentPassword": PASSWORD, "newPassword": NEW });

    let changed = run_operation(&world, &alice, change, json!({ "input": input })).await;

    assert_eq!(codes(&changed["changePassword"]), Vec::<&str>::new());
    let refused = reset(&world, &Client::default(), &token, "another password").await;
    assert_eq!(codes(&refused), ["INVALID_MAIL_TOKEN"]);
    let told = mailbox.next(&world).await;
    assert_eq!(told.mail.header("subject"), "Your password was changed");
}

#[tokio::test]
async fn registering_tells_a_taken_address_but_no_network_may_ask_often() {
    let (world, _) = Mailbox::with(limited).await;
    registered(&world, "alice@example.org").await;
    let prober = Client::at("192.0.2.66");
    for _ in 0..3 {
        let answer = super::register_user(&world, &prober, "alice@example.org").await;
        assert_eq!(codes(&answer), ["EMAIL_TAKEN"]);
    }

    let taken = super::register_user(&world, &prober, "alice@example.org").await;
    let free = super::register_user(&world, &prober, "nobody@example.org").await;

    assert_eq!(codes(&taken), ["LIMIT_EXCEEDED"]);
    assert_eq!(taken, free);
}
