use chrono::TimeDelta;
use serde_json::{Value, json};

use super::mailbox::{Mailbox, token};
use super::two_factor_steps::secured;
use super::{
    Client, PASSWORD, codes, limited, log_in, register_user, registered, respond_to, run_operation,
    signed_in, viewer_email,
};
use crate::support::statements::{count_statements, statements_sent};
use crate::support::world::World;

const REQUEST: &str = "mutation ($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) {
    viewer { user { email pendingEmail } } errors { code path ... on LimitExceeded { limit used resetsAt } } } }";

const CONFIRM: &str = "mutation ($input: ConfirmEmailChangeInput!) { confirmEmailChange(input: $input) {
    viewer { user { email pendingEmail isEmailVerified } } errors { code path } } }";

const REVERT: &str = "mutation ($input: RevertEmailChangeInput!) { revertEmailChange(input: $input) {
    endedSessions errors { code path } } }";

const NEW_PASSWORD: &str = "a brand new password";

pub(super) async fn request(world: &World, client: &Client, email: &str) -> Value {
    let variables = json!({ "input": { "newEmail": email, "currentPassword": PASSWORD } });
    run_operation(world, client, REQUEST, variables).await["requestEmailChange"].take()
}

pub(super) async fn confirm(world: &World, client: &Client, token: &str) -> Value {
    let variables = json!({ "input": { "token": token } });
    run_operation(world, client, CONFIRM, variables).await["confirmEmailChange"].take()
}

pub(super) async fn revert(world: &World, token: &str) -> Value {
    let variables = json!({ "input": { "token": token, "newPassword": NEW_PASSWORD } });
    run_operation(world, &Client::default(), REVERT, variables).await["revertEmailChange"].take()
}

/// A world with Alice.
pub(super) async fn alice() -> (World, Mailbox, Client) {
    let (world, mut mailbox) = Mailbox::build().await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    mailbox.next(&world).await;
    (world, mailbox, alice)
}

/// The token for the confirmation of a change that Alice asks for.
async fn asked(world: &World, mailbox: &mut Mailbox, alice: &Client, email: &str) -> String {
    assert_eq!(codes(&request(world, alice, email).await), Vec::<&str>::new());
    let mail = mailbox.next(world).await;
    assert_eq!(mail.to, [email]);
    assert_eq!(mail.mail.header("subject"), "Confirm your new e-mail address");
    token(&mail)
}

/// Changes Alice's address; answers with the token that takes it back, which came to the old one.
pub(super) async fn changed(world: &World, mailbox: &mut Mailbox, alice: &Client, new: &str) -> String {
    let old = viewer_email(world, alice).await;
    let confirming = asked(world, mailbox, alice, new).await;
    assert_eq!(
        codes(&confirm(world, alice, &confirming).await),
        Vec::<&str>::new()
    );
    let mail = mailbox.next(world).await;
    assert_eq!(json!(mail.to), json!([old]));
    assert_eq!(mail.mail.header("subject"), "Your e-mail address was changed");
    token(&mail)
}

#[tokio::test]
async fn an_address_changes_when_it_is_confirmed_at_the_new_one() {
    let (world, mut mailbox, alice) = alice().await;

    let requested = request(&world, &alice, " alice@example.net").await;
    let mail = mailbox.next(&world).await;
    let confirmed = confirm(&world, &alice, &token(&mail)).await;

    let pending = json!({ "email": "alice@example.org", "pendingEmail": "alice@example.net" });
    assert_eq!(requested["viewer"]["user"], pending);
    assert_eq!(mail.to, ["alice@example.net"]);
    assert!(
        !mail.mail.parts[0].body.contains("alice@example.org"),
        "a stranger may read it"
    );
    let now = json!({ "email": "alice@example.net", "pendingEmail": null, "isEmailVerified": true });
    assert_eq!(confirmed["viewer"]["user"], now);
    signed_in(&log_in(&world, &Client::default(), "alice@example.net", PASSWORD).await);
    let old = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(codes(&old), ["WRONG_CREDENTIALS"]);
    assert_eq!(
        codes(&confirm(&world, &alice, &token(&mail)).await),
        ["INVALID_MAIL_TOKEN"]
    );
}

#[tokio::test]
async fn the_old_address_takes_the_change_back_with_a_new_password_within_seven_days() {
    let (world, mut mailbox, alice) = alice().await;
    let back = changed(&world, &mut mailbox, &alice, "mallory@example.net").await;
    world.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    let (mallory, _) = signed_in(&log_in(&world, &Client::default(), "mallory@example.net", PASSWORD).await);

    let reverted = revert(&world, &back).await;

    assert_eq!(codes(&reverted), Vec::<&str>::new());
    assert!(viewer_email(&world, &mallory).await.is_null());
    let known = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(
        codes(&known),
        ["WRONG_CREDENTIALS"],
        "whoever changed it knew the password"
    );
    let (owner, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", NEW_PASSWORD).await);
    assert_eq!(viewer_email(&world, &owner).await, "alice@example.org");
    assert_eq!(codes(&revert(&world, &back).await), ["INVALID_MAIL_TOKEN"]);
}

#[tokio::test]
async fn a_second_factor_that_was_set_up_after_the_change_goes_with_it() {
    let (world, mut mailbox, alice) = alice().await;
    let back = changed(&world, &mut mailbox, &alice, "mallory@example.net").await;
    secured(&world, &alice).await;

    assert_eq!(codes(&revert(&world, &back).await), Vec::<&str>::new());

    signed_in(&log_in(&world, &Client::default(), "alice@example.org", NEW_PASSWORD).await);
}

#[tokio::test]
async fn a_second_factor_from_before_the_change_stays() {
    let (world, mut mailbox, alice) = alice().await;
    let (app, _) = secured(&world, &alice).await;
    mailbox.next(&world).await;
    let input =
        json!({ "newEmail": "mallory@example.net", "currentPassword": PASSWORD, "code": app.code(&world) });
    run_operation(&world, &alice, REQUEST, json!({ "input": input })).await;
    let confirming = token(&mailbox.next(&world).await);
    confirm(&world, &alice, &confirming).await;
    let back = token(&mailbox.next(&world).await);

    assert_eq!(codes(&revert(&world, &back).await), Vec::<&str>::new());

    let asked = log_in(&world, &Client::default(), "alice@example.org", NEW_PASSWORD).await;
    assert_eq!(codes(&asked), ["TWO_FACTOR_CODE_REQUIRED"]);
}

#[tokio::test]
async fn after_seven_days_a_change_stays() {
    let (world, mut mailbox, alice) = alice().await;
    let back = changed(&world, &mut mailbox, &alice, "alice@example.net").await;

    world.clock.advance(TimeDelta::days(7));

    assert_eq!(codes(&revert(&world, &back).await), ["INVALID_MAIL_TOKEN"]);
    signed_in(&register_user(&world, &Client::default(), "alice@example.org").await);
}

#[tokio::test]
async fn the_first_address_takes_back_a_chain_of_changes_and_what_was_asked_for_since() {
    let (world, mut mailbox, alice) = alice().await;
    let first = changed(&world, &mut mailbox, &alice, "mallory@example.net").await;
    let second = changed(&world, &mut mailbox, &alice, "mallory@example.com").await;
    let third = asked(&world, &mut mailbox, &alice, "mallory@example.edu").await;

    assert_eq!(codes(&revert(&world, &first).await), Vec::<&str>::new());

    assert_eq!(codes(&revert(&world, &second).await), ["INVALID_MAIL_TOKEN"]);
    assert_eq!(
        codes(&confirm(&world, &Client::default(), &third).await),
        ["INVALID_MAIL_TOKEN"]
    );
    signed_in(&log_in(&world, &Client::default(), "alice@example.org", NEW_PASSWORD).await);
}

#[tokio::test]
async fn nobody_else_gets_an_address_that_can_be_taken_back() {
    let (world, mut mailbox, alice) = alice().await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    mailbox.next(&world).await;
    let back = changed(&world, &mut mailbox, &alice, "mallory@example.net").await;

    let registering = register_user(&world, &Client::default(), "ALICE@example.org").await;
    let by_bob = request(&world, &bob, "alice@example.org").await;
    let again = changed(&world, &mut mailbox, &alice, "alice@example.org").await;

    assert_eq!(codes(&registering), ["EMAIL_TAKEN"]);
    assert_eq!(codes(&by_bob), Vec::<&str>::new(), "the answer tells nothing");
    assert_ne!(back, again, "the user themselves may go back");
}

#[tokio::test]
async fn an_address_of_somebody_else_gets_the_same_answer_by_the_same_work_and_no_mail() {
    count_statements();
    let (world, mut mailbox, alice) = alice().await;
    registered(&world, "bob@example.org").await;
    mailbox.next(&world).await;
    let work = async |email: &str| {
        let before = (statements_sent(), world.services.users.password_computations());
        let mut answer = request(&world, &alice, email).await;
        let after = (statements_sent(), world.services.users.password_computations());
        assert_eq!(answer["viewer"]["user"]["pendingEmail"].take(), email);
        (answer, after.0 - before.0, after.1 - before.1)
    };
    // The first request opens connections.
    work("warm@example.org").await;

    let taken = work("bob@example.org").await;
    let free = work("nobody@example.org").await;

    assert_eq!(taken, free);
    let (carol, _) = registered(&world, "carol@example.org").await;
    mailbox.find(&world, 2, "Confirm your e-mail address").await;
    request(&world, &alice, "bob@example.org").await;
    request(&world, &carol, "carol@example.net").await;
    let came = mailbox.take(&world, 1).await;
    let to: Vec<_> = came.iter().flat_map(|mail| &mail.to).collect();
    assert_eq!(to, ["carol@example.net"]);
}

#[tokio::test]
async fn an_address_that_somebody_registered_meanwhile_is_not_taken_from_them() {
    let (world, mut mailbox, alice) = alice().await;
    let token = asked(&world, &mut mailbox, &alice, "new@example.org").await;
    let (bob, _) = registered(&world, "NEW@example.org").await;

    let refused = confirm(&world, &alice, &token).await;

    assert_eq!(codes(&refused), ["EMAIL_TAKEN"]);
    assert_eq!(viewer_email(&world, &alice).await, "alice@example.org");
    assert_eq!(viewer_email(&world, &bob).await, "NEW@example.org");
}

#[tokio::test]
async fn of_two_who_confirm_at_once_one_gets_the_address() {
    let (world, mut mailbox, alice) = alice().await;
    let (bob, _) = registered(&world, "bob@example.org").await;
    mailbox.next(&world).await;
    let hers = asked(&world, &mut mailbox, &alice, "new@example.org").await;
    let his = asked(&world, &mut mailbox, &bob, "new@example.org").await;

    let uses = futures::future::join_all([
        Box::pin(confirm(&world, &alice, &hers)),
        Box::pin(confirm(&world, &bob, &his)),
        Box::pin(confirm(&world, &alice, &hers)),
    ]);
    let uses = uses.await;

    let succeeded = uses.iter().filter(|payload| codes(payload).is_empty()).count();
    assert_eq!(succeeded, 1, "{uses:?}");
}

#[tokio::test]
async fn the_address_that_a_confirmation_gives_up_is_free_for_nobody_who_registers_at_that_moment() {
    let (world, mut mailbox, alice) = alice().await;
    let token = asked(&world, &mut mailbox, &alice, "new@example.org").await;
    let mallory = Client::default();

    let (confirmed, registering) = futures::join!(
        confirm(&world, &alice, &token),
        register_user(&world, &mallory, "alice@example.org")
    );

    assert_eq!(codes(&confirmed), Vec::<&str>::new());
    assert_eq!(codes(&registering), ["EMAIL_TAKEN"]);
}

#[tokio::test]
async fn a_wrong_password_a_wrong_address_and_the_present_one_are_refused() {
    let (world, _, alice) = alice().await;
    let ask = async |email: &str, password: &str| {
        let variables = json!({ "input": { "newEmail": email, "currentPassword": password } });
        run_operation(&world, &alice, REQUEST, variables).await["requestEmailChange"].take()
    };

    let wrong_password = ask("new@example.org", "a wrong guess").await;
    let all_wrong = ask("new", &"x".repeat(72)).await;
    let present = ask("ALICE@example.org", PASSWORD).await;

    assert_eq!(codes(&wrong_password), ["WRONG_CREDENTIALS"]);
    assert_eq!(codes(&all_wrong), ["INVALID_INPUT", "INVALID_INPUT"]);
    assert_eq!(all_wrong["errors"][0]["path"], json!(["newEmail"]));
    assert_eq!(all_wrong["errors"][1]["path"], json!(["currentPassword"]));
    assert_eq!(present["errors"][0]["path"], json!(["newEmail"]));
    let variables = json!({ "input": { "newEmail": "new@example.org", "currentPassword": PASSWORD } });
    let nobody = respond_to(&world, &Client::default(), REQUEST, variables).await;
    assert!(!nobody.errors.is_empty());
}

#[tokio::test]
async fn guesses_at_the_password_and_requests_are_limited() {
    let (world, mut mailbox) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    mailbox.next(&world).await;
    for _ in 0..5 {
        assert_eq!(
            codes(&request(&world, &alice, "new@example.org").await),
            Vec::<&str>::new()
        );
    }

    let sixth = request(&world, &alice, "new@example.org").await;

    assert_eq!(codes(&sixth), ["LIMIT_EXCEEDED"]);
    assert_eq!(sixth["errors"][0]["resetsAt"], "2026-11-23T11:12:00+00:00");
    let guess = json!({ "input": { "newEmail": "new@example.org", "currentPassword": "a wrong guess" } });
    for _ in 0..5 {
        let wrong = run_operation(&world, &alice, REQUEST, guess.clone()).await;
        assert_eq!(codes(&wrong["requestEmailChange"]), ["WRONG_CREDENTIALS"]);
    }
    let refused = run_operation(&world, &alice, REQUEST, guess).await;
    assert_eq!(codes(&refused["requestEmailChange"]), ["LIMIT_EXCEEDED"]);
}

#[tokio::test]
async fn a_change_that_nobody_confirms_is_over_after_a_day_and_another_takes_its_place() {
    let (world, mut mailbox, alice) = alice().await;
    let first = asked(&world, &mut mailbox, &alice, "one@example.org").await;

    let second = asked(&world, &mut mailbox, &alice, "two@example.org").await;
    let replaced = confirm(&world, &alice, &first).await;
    world.clock.advance(TimeDelta::hours(24));
    let late = confirm(&world, &alice, &second).await;

    assert_eq!(codes(&replaced), ["INVALID_MAIL_TOKEN"]);
    assert_eq!(codes(&late), ["INVALID_MAIL_TOKEN"]);
    let (alice, _) = signed_in(&log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await);
    let query = "{ viewer { user { pendingEmail } } }";
    let seen = run_operation(&world, &alice, query, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["pendingEmail"], Value::Null);
}
