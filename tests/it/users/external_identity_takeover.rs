//! Identities that have the e-mail address of a user, and those of users who were deleted.

use amda::features::users::{ExternalError, UsersError, find_by_email, request_deletion, suspend, unsuspend};
use amda::id::UserId;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::external_identity::Bench;
use super::external_identity_linking::link;
use super::mailbox::token;
use super::two_factor_steps::secured;
use super::verification::VERIFY;
use super::{Client, PASSWORD, codes, log_in, registered, run_operation, viewer_email};
use crate::support::worker::DEADLINE;

const CONFIRM: &str =
    "mutation ($input: ConfirmExternalIdentityInput!) { confirmExternalIdentity(input: $input) {
    viewer { externalIdentities { subject } } errors { code path } } }";

async fn confirm(bench: &Bench, token: &str) -> Value {
    let variables = json!({ "input": { "token": token } });
    let mut done = run_operation(&bench.world, &Client::default(), CONFIRM, variables).await;
    done["confirmExternalIdentity"].take()
}

/// A world with Alice, who registered with a password and proved her address.
async fn alice() -> (Bench, Client) {
    let mut bench = Bench::build().await;
    let (alice, _) = registered(&bench.world, "alice@example.org").await;
    let proof = token(&bench.mailbox.next(&bench.world).await);
    let variables = json!({ "input": { "token": proof } });
    run_operation(&bench.world, &alice, VERIFY, variables).await;
    (bench, alice)
}

fn is_refused(outcome: &Result<amda::graphql::Viewer, ExternalError>, mailed: bool) -> bool {
    matches!(outcome, Err(ExternalError::NotLinked { is_mailed }) if *is_mailed == mailed)
}

#[tokio::test]
async fn an_identity_with_an_unverified_address_of_a_user_is_refused_and_nobody_is_mailed() {
    let (mut bench, alice) = alice().await;
    let says = json!({ "email": "ALICE@example.org", "email_verified": false });

    let refused = bench.sign_in(&bench.token_with("mallory", &says)).await;

    assert!(is_refused(&refused, false), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("linkExternalIdentity"));
    assert_eq!(viewer_email(&bench.world, &alice).await, "alice@example.org");
    registered(&bench.world, "bob@example.org").await;
    let next = bench.mailbox.next(&bench.world).await;
    assert_eq!(next.to, ["bob@example.org"], "no mail came before");
}

#[tokio::test]
async fn an_identity_with_a_verified_address_of_a_user_is_let_in_once_they_agree_by_mail() {
    let (mut bench, alice) = alice().await;
    let external = bench.token("alice");

    let refused = bench.sign_in(&external).await;
    let mail = bench.mailbox.next(&bench.world).await;
    let again = bench.sign_in(&external).await;
    let confirmed = confirm(&bench, &token(&mail)).await;
    let told = bench.mailbox.next(&bench.world).await;

    assert!(is_refused(&refused, true), "{refused:?}");
    assert!(is_refused(&again, true), "one mail is enough: {again:?}");
    assert_eq!(mail.to, ["alice@example.org"]);
    assert_eq!(mail.mail.header("subject"), "Is this sign-in yours?");
    assert_eq!(confirmed, json!({ "viewer": null, "errors": [] }));
    assert_eq!(told.mail.header("subject"), "Another way to sign in was added");
    let (own, hers) = (
        bench
            .world
            .tokens
            .verify(alice.token.as_deref().unwrap())
            .unwrap(),
        bench.sign_in(&external).await.unwrap(),
    );
    assert_eq!(own.user, hers.user);
    assert_eq!(
        codes(&confirm(&bench, &token(&mail)).await),
        ["INVALID_MAIL_TOKEN"]
    );
}

#[tokio::test]
async fn a_user_with_a_second_factor_agrees_signed_in_and_not_by_mail() {
    let (mut bench, alice) = alice().await;
    bench.sign_in(&bench.token("alice")).await.unwrap_err();
    let mail = bench.mailbox.next(&bench.world).await;
    secured(&bench.world, &alice).await;
    bench.mailbox.next(&bench.world).await;

    let late = confirm(&bench, &token(&mail)).await;
    let another = bench.token_with("another", &json!({ "email": "alice@example.org" }));
    let refused = bench.sign_in(&another).await;

    assert_eq!(codes(&late), ["INVALID_MAIL_TOKEN"]);
    assert!(is_refused(&refused, false), "{refused:?}");
    registered(&bench.world, "bob@example.org").await;
    let next = bench.mailbox.next(&bench.world).await;
    assert_eq!(next.to, ["bob@example.org"], "no mail came before");
}

#[tokio::test]
async fn a_link_of_such_a_mail_is_good_for_half_an_hour() {
    let (mut bench, _) = alice().await;
    bench.sign_in(&bench.token("alice")).await.unwrap_err();
    let mail = bench.mailbox.next(&bench.world).await;

    bench.world.clock.advance(TimeDelta::minutes(30));
    let late = confirm(&bench, &token(&mail)).await;
    let refused = bench.sign_in(&bench.token("alice")).await;
    let second = bench.mailbox.next(&bench.world).await;

    assert_eq!(codes(&late), ["INVALID_MAIL_TOKEN"]);
    assert!(is_refused(&refused, true));
    assert_eq!(codes(&confirm(&bench, &token(&second)).await), Vec::<&str>::new());
}

#[tokio::test]
async fn whoever_registered_an_address_before_its_owner_came_is_put_out() {
    let mut bench = Bench::build().await;
    let (mallory, _) = registered(&bench.world, "alice@example.org").await;
    bench.mailbox.next(&bench.world).await;
    let mallorys = bench.token_with("mallory", &json!({ "email": "mallory@example.net" }));
    link(&bench, &mallory, &mallorys, PASSWORD).await;
    bench.mailbox.next(&bench.world).await;
    secured(&bench.world, &mallory).await;
    bench.mailbox.next(&bench.world).await;
    bench.sign_in(&bench.token("alice")).await.unwrap_err();

    let mail = bench.mailbox.next(&bench.world).await;
    let confirmed = confirm(&bench, &token(&mail)).await;

    assert_eq!(codes(&confirmed), Vec::<&str>::new());
    assert!(viewer_email(&bench.world, &mallory).await.is_null());
    let again = log_in(&bench.world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(codes(&again), ["WRONG_CREDENTIALS"]);
    let query = "{ viewer {
        user { hasPassword isEmailVerified twoFactor { isEnabled } } externalIdentities { subject } } }";
    let seen = bench.ask(&bench.token("alice"), query).await;
    let two_factor = json!({ "isEnabled": false });
    let user = json!({ "hasPassword": false, "isEmailVerified": true, "twoFactor": two_factor });
    assert_eq!(
        seen["viewer"],
        json!({ "user": user, "externalIdentities": [{ "subject": "alice" }] })
    );
}

#[tokio::test]
async fn an_identity_with_somebody_elses_address_is_unlinked_when_the_owner_resets_the_password() {
    let mut bench = Bench::build().await;
    let says = json!({ "email": "alice@example.org", "email_verified": false });
    let external = bench.token_with("mallory", &says);
    bench.sign_in(&external).await.unwrap();
    bench.mailbox.next(&bench.world).await;
    let request =
        "mutation { requestPasswordReset(input: {email: \"alice@example.org\"}) { errors { code } } }";
    run_operation(&bench.world, &Client::default(), request, json!({})).await;

    let mail = bench.mailbox.next(&bench.world).await;
    let reset = "mutation ($token: String!) { resetPassword(input: {token: $token, newPassword: \"battery staple\"}) {
        endedSessions errors { code } } }";
    let variables = json!({ "token": token(&mail) });
    let done = run_operation(&bench.world, &Client::default(), reset, variables).await;

    assert_eq!(done["resetPassword"], json!({ "endedSessions": 1, "errors": [] }));
    let refused = bench.sign_in(&external).await;
    assert!(is_refused(&refused, false), "{refused:?}");
}

async fn delete(bench: &Bench, user: UserId) {
    request_deletion(&bench.world.core, user).await.unwrap();
    let running = bench.world.run("users.delete");
    let gone = timeout(DEADLINE, async {
        while bench.world.services.users.find(user).await.unwrap().is_some() {}
    });
    gone.await.expect("the job deletes the user in time");
    running.stop().await;
}

#[tokio::test]
async fn a_token_that_outlives_its_user_makes_no_new_one_and_a_new_sign_in_does() {
    let bench = Bench::build().await;
    let signed_in_at = bench.claims("alice")["iat"].clone();
    let first = bench.sign_in(&bench.token("alice")).await.unwrap();

    delete(&bench, first.user).await;
    bench.world.clock.advance(TimeDelta::minutes(5));
    let renewed = bench.token_with("alice", &json!({ "auth_time": signed_in_at }));
    let refused = bench.sign_in(&renewed).await;
    let nobody = find_by_email(&bench.world.core.db, "alice@example.org").await;
    let anew = bench.sign_in(&bench.token("alice")).await.unwrap();

    assert!(matches!(refused, Err(ExternalError::Deleted)), "{refused:?}");
    assert_eq!(nobody.unwrap(), None);
    assert_ne!(anew.user, first.user);
}

#[tokio::test]
async fn a_user_whose_deletion_is_planned_is_let_in_and_can_take_it_back() {
    let bench = Bench::build().await;
    let delete = "mutation { deleteUser(input: {currentPassword: \"\"}) { errors { code } } }";
    bench.ask(&bench.token("alice"), delete).await;

    let cancel =
        "mutation { cancelUserDeletion(input: {}) { viewer { user { deletionAt } } errors { code } } }";
    let kept = bench.ask(&bench.token("alice"), cancel).await;

    let payload = json!({ "viewer": { "user": { "deletionAt": null } }, "errors": [] });
    assert_eq!(kept["cancelUserDeletion"], payload);
}

#[tokio::test]
async fn a_suspended_user_is_kept_out_until_they_sign_in_after_the_suspension() {
    let bench = Bench::build().await;
    let before = bench.token("alice");
    bench.sign_in(&before).await.unwrap();

    suspend(&bench.world.core, "alice@example.org", None)
        .await
        .unwrap();
    let suspended = bench.sign_in(&before).await;
    unsuspend(&bench.world.core, "alice@example.org").await.unwrap();
    let old_session = bench.sign_in(&before).await;
    let anew = bench
        .sign_in(&bench.token_with("alice", &json!({ "sid": "another" })))
        .await;

    assert!(
        matches!(suspended, Err(ExternalError::Users(UsersError::Suspended(None)))),
        "{suspended:?}"
    );
    assert!(
        matches!(old_session, Err(ExternalError::Revoked)),
        "{old_session:?}"
    );
    assert!(anew.is_ok(), "{anew:?}");
}
