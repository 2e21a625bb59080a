use amda::db::schema::{mail_tokens, users};
use amda::hub::EventKind;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::mailbox::{Mailbox, token};
use super::{Client, codes, limited, registered, run_operation};
use crate::support::world::World;

pub(super) const VERIFY: &str = "mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) {
    viewer { user { isEmailVerified noMailReason } } errors { __typename code message path } } }";

const SEND: &str = "mutation { sendVerificationEmail { viewer { user { email } }
    errors { code path ... on LimitExceeded { limit used resetsAt } } } }";

async fn verify(world: &World, client: &Client, token: &str) -> Value {
    let variables = json!({ "input": { "token": token } });
    run_operation(world, client, VERIFY, variables).await["verifyEmail"].take()
}

async fn send(world: &World, client: &Client) -> Value {
    run_operation(world, client, SEND, json!({})).await["sendVerificationEmail"].take()
}

async fn banner(world: &World, client: &Client) -> Value {
    let query = "{ viewer { user { isEmailVerified noMailReason } } }";
    run_operation(world, client, query, json!({})).await["viewer"]["user"].take()
}

#[tokio::test]
async fn whoever_registers_proves_their_address_by_the_mail_that_comes_and_only_once() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let unproven = json!({ "isEmailVerified": false, "noMailReason": "EMAIL_NOT_VERIFIED" });
    assert_eq!(banner(&world, &alice).await, unproven);

    let mail = mailbox.next(&world).await;
    let verified = verify(&world, &alice, &token(&mail)).await;

    assert_eq!(mail.to, ["alice@example.org"]);
    assert_eq!(mail.mail.header("subject"), "Confirm your e-mail address");
    let proven = json!({ "isEmailVerified": true, "noMailReason": null });
    assert_eq!(verified["viewer"]["user"], proven);
    assert_eq!(banner(&world, &alice).await, proven);
    let again = verify(&world, &alice, &token(&mail)).await;
    assert_eq!(codes(&again), ["INVALID_MAIL_TOKEN"]);
    assert_eq!(again["errors"][0]["path"], json!(["token"]));
}

#[tokio::test]
async fn a_mail_is_in_the_language_of_its_user_as_text_and_as_html() {
    let (world, mut mailbox) = Mailbox::build().await;
    let input = json!({ "email": "ana@example.org", "password": super::PASSWORD, "locale": "pt-BR" });
    run_operation(
        &world,
        &Client::default(),
        super::REGISTER,
        json!({ "input": input }),
    )
    .await;

    let mail = mailbox.next(&world).await.mail;

    assert_eq!(mail.header("subject"), "Confirme seu endereço de e-mail");
    assert_eq!(mail.header("content-language"), "pt");
    assert_eq!(mail.header("auto-submitted"), "auto-generated");
    let [text, html] = &mail.parts[..] else {
        panic!("{:?}", mail.parts)
    };
    assert!(
        text.body
            .contains("Confirmar este endereço\nhttp://127.0.0.1/account/verify-email?token=")
    );
    assert!(html.body.contains("<html lang=\"pt\">"), "{}", html.body);
    assert!(
        html.body
            .contains("<a href=\"http://127.0.0.1/account/verify-email?token=")
    );
}

#[tokio::test]
async fn a_proven_address_is_an_event() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let viewer = world.tokens.verify(alice.token.as_deref().unwrap()).unwrap();

    verify(&world, &alice, &token(&mailbox.next(&world).await)).await;

    let mut tx = world.core.db.begin(viewer.user).await.unwrap();
    let events = amda::hub::load_after(&mut tx, viewer.user, 0, 10).await.unwrap();
    tx.commit().await.unwrap();
    let kinds: Vec<_> = events.iter().map(|row| row.event.kind).collect();
    assert_eq!(kinds, [EventKind::ProfileChanged]);
}

#[tokio::test]
async fn a_token_signs_nobody_in_and_shows_nothing_of_its_user() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    let mails = mailbox.take(&world, 2).await;
    let of = |address: &str| token(mails.iter().find(|mail| mail.to == [address]).unwrap());

    let by_nobody = verify(&world, &Client::default(), &of("alice@example.org")).await;
    let by_alice = verify(&world, &alice, &of("bob@example.org")).await;

    for payload in [by_nobody, by_alice] {
        assert_eq!(payload, json!({ "viewer": null, "errors": [] }));
    }
    for client in [alice, bob] {
        assert_eq!(banner(&world, &client).await["isEmailVerified"], true);
    }
}

#[tokio::test]
async fn a_token_is_good_for_a_day_and_is_nowhere_in_the_database() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let token = token(&mailbox.next(&world).await);
    let dump = "SELECT count(*) FROM mail_tokens WHERE encode(token_hash, 'escape') LIKE '%' || $1 || '%'
        OR sent_to LIKE '%' || $1 || '%'";
    let admin = crate::support::database::connect(world.database.url()).await;
    let kept: i64 = admin.query_one(dump, &[&token]).await.unwrap().get(0);
    assert_eq!(kept, 0);

    world.clock.advance(TimeDelta::hours(24));

    assert_eq!(
        codes(&verify(&world, &alice, &token).await),
        ["INVALID_MAIL_TOKEN"]
    );
}

#[tokio::test]
async fn of_two_uses_of_one_token_at_once_one_succeeds() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let token = token(&mailbox.next(&world).await);

    let uses = futures::future::join_all((0..6).map(|_| verify(&world, &alice, &token))).await;

    let succeeded = uses.iter().filter(|payload| codes(payload).is_empty()).count();
    assert_eq!(succeeded, 1, "{uses:?}");
}

#[tokio::test]
async fn a_token_of_an_address_that_is_no_longer_the_users_proves_nothing() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let token = token(&mailbox.next(&world).await);
    diesel::update(users::table)
        .set(users::email.eq("alice@example.net"))
        .execute(&mut world.everything().await)
        .await
        .unwrap();

    let refused = verify(&world, &alice, &token).await;

    assert_eq!(codes(&refused), ["INVALID_MAIL_TOKEN"]);
    assert_eq!(banner(&world, &alice).await["isEmailVerified"], false);
}

#[tokio::test]
async fn the_sixth_mail_in_an_hour_is_refused_until_the_time_that_the_refusal_names() {
    let (world, mut mailbox) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    for _ in 0..5 {
        assert_eq!(codes(&send(&world, &alice).await), Vec::<&str>::new());
    }

    let refused = send(&world, &alice).await;

    assert_eq!(codes(&refused), ["LIMIT_EXCEEDED"]);
    assert_eq!(refused["errors"][0]["resetsAt"], "2026-11-23T11:12:00+00:00");
    world.clock.advance(TimeDelta::minutes(12));
    assert_eq!(codes(&send(&world, &alice).await), Vec::<&str>::new());
    // All that were asked for while none left are one.
    assert_eq!(mailbox.take(&world, 1).await.len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_to_a_proven_address_and_without_a_mail_server_the_refusal_says_so() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    verify(&world, &alice, &token(&mailbox.next(&world).await)).await;
    let without = World::with(|choices| choices.config.mail = None).await;
    let (bob, _) = registered(&without, "bob@example.org").await;

    assert_eq!(codes(&send(&world, &alice).await), ["CONFLICT"]);
    assert_eq!(codes(&send(&without, &bob).await), ["NO_MAIL_SERVER"]);
    let banner = banner(&without, &bob).await;
    assert_eq!(banner["noMailReason"], "NO_MAIL_SERVER");
}

#[tokio::test]
async fn guesses_are_limited_for_a_network_address_and_for_the_user_that_they_name() {
    let (world, mut mailbox) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    let right = token(&mailbox.next(&world).await);
    let wrong = |number: usize| format!("{}{number:02}", &right[..right.len() - 2]);
    for number in 0..10 {
        let guesser = Client::at(&format!("192.0.2.{number}"));
        assert_eq!(
            codes(&verify(&world, &guesser, &wrong(number)).await),
            ["INVALID_MAIL_TOKEN"]
        );
    }

    let of_user = verify(&world, &Client::at("192.0.2.66"), &right).await;
    for _ in 0..30 {
        let garbage = verify(&world, &Client::at("192.0.2.67"), "garbage").await;
        assert_eq!(codes(&garbage), ["INVALID_MAIL_TOKEN"]);
    }
    let of_address = verify(&world, &Client::at("192.0.2.67"), "garbage").await;

    assert_eq!(codes(&of_user), ["LIMIT_EXCEEDED"]);
    assert_eq!(codes(&of_address), ["LIMIT_EXCEEDED"]);
    world.clock.advance(TimeDelta::minutes(6));
    assert_eq!(codes(&verify(&world, &alice, &right).await), Vec::<&str>::new());
}

#[tokio::test]
async fn expired_tokens_go_when_the_next_one_is_made() {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    mailbox.next(&world).await;
    world.clock.advance(TimeDelta::hours(25));
    let (alice, _) =
        super::signed_in(&super::log_in(&world, &alice, "alice@example.org", super::PASSWORD).await);

    send(&world, &alice).await;
    mailbox.next(&world).await;

    let kept: i64 = mail_tokens::table
        .count()
        .get_result(&mut world.everything().await)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}
