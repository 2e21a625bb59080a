//! The deletion that a user plans for themselves.

use amda::db::schema::{deleted_users, jobs, user_keys};
use amda::db::tombstones;
use amda::features::users::{delete_again, request_deletion};
use amda::id::UserId;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::email_change::{self, alice, changed};
use super::mailbox::{Mailbox, token};
use super::{Client, PASSWORD, codes, limited, log_in, registered, run_operation, signed_in, viewer_email};
use crate::support::database::{connect, until_waiting};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

const DELETE: &str = "mutation ($input: DeleteUserInput!) { deleteUser(input: $input) {
    viewer { user { deletionAt } } errors { code path } } }";

const CANCEL: &str = "mutation ($input: CancelUserDeletionInput!) { cancelUserDeletion(input: $input) {
    viewer { user { deletionAt } } errors { code path } } }";

async fn delete(world: &World, client: &Client, password: &str) -> Value {
    let variables = json!({ "input": { "currentPassword": password } });
    run_operation(world, client, DELETE, variables).await["deleteUser"].take()
}

async fn cancel(world: &World, client: &Client, input: Value) -> Value {
    let variables = json!({ "input": input });
    run_operation(world, client, CANCEL, variables).await["cancelUserDeletion"].take()
}

pub(super) async fn user_of(world: &World, email: &str) -> UserId {
    let found = amda::features::users::find_by_email(&world.core.db, email).await;
    found.unwrap().unwrap()
}

async fn is_there(world: &World, user: UserId) -> bool {
    world.services.users.find(user).await.unwrap().is_some()
}

/// The number of jobs that wait to delete somebody.
async fn waiting(world: &World) -> i64 {
    jobs::table
        .filter(jobs::kind.like("users.delete%"))
        .count()
        .get_result(&mut world.everything().await)
        .await
        .unwrap()
}

/// Runs the jobs that delete users, until `is_enough`.
async fn run_until(world: &World, is_enough: impl AsyncFn() -> bool) {
    let running = world.run("users.delete");
    let done = timeout(DEADLINE, async { while !is_enough().await {} });
    done.await.expect("the jobs come so far in time");
    running.stop().await;
}

pub(super) async fn run_until_gone(world: &World, user: UserId) {
    run_until(world, async || !is_there(world, user).await).await;
}

#[tokio::test]
async fn a_user_is_deleted_seven_days_after_they_asked_with_their_password() {
    let (world, mut mailbox, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;

    let wrong = delete(&world, &alice, "a wrong guess").await;
    let planned = delete(&world, &alice, PASSWORD).await;
    let mail = mailbox.next(&world).await;

    assert_eq!(codes(&wrong), ["WRONG_CREDENTIALS"]);
    assert_eq!(
        planned["viewer"]["user"]["deletionAt"],
        "2026-11-30T11:00:00+00:00"
    );
    assert_eq!(mail.mail.header("subject"), "Your user is going to be deleted");
    assert!(
        mail.mail.parts[0].body.contains("On 30 November 2026, 11:00"),
        "by her clock"
    );
    assert_eq!(
        viewer_email(&world, &alice).await,
        "alice@example.org",
        "until then all goes on"
    );
    world.clock.advance(TimeDelta::days(7));
    run_until_gone(&world, user).await;
    let gone = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(codes(&gone), ["WRONG_CREDENTIALS"]);
}

#[tokio::test]
async fn a_user_who_changes_their_mind_stays_and_may_plan_it_anew() {
    let (world, _, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;
    delete(&world, &alice, PASSWORD).await;

    let cancelled = cancel(&world, &alice, json!({})).await;
    let again = cancel(&world, &alice, json!({})).await;
    world.clock.advance(TimeDelta::days(1));
    let (alice, _) = signed_in(&log_in(&world, &alice, "alice@example.org", PASSWORD).await);
    delete(&world, &alice, PASSWORD).await;
    world.clock.advance(TimeDelta::days(6));
    // The job of the first plan runs, and waits for the second.
    run_until(&world, async || {
        let client = connect(world.database.url()).await;
        let later = "SELECT count(*) FROM jobs WHERE kind = 'users.delete_planned' AND claim IS NULL
            AND run_at = '2026-12-01T11:00:00Z'";
        client.query_one(later, &[]).await.unwrap().get::<_, i64>(0) == 1
    })
    .await;

    for payload in [cancelled, again] {
        assert_eq!(
            payload,
            json!({ "viewer": { "user": { "deletionAt": null } }, "errors": [] })
        );
    }
    assert!(is_there(&world, user).await);
    world.clock.advance(TimeDelta::days(1));
    run_until_gone(&world, user).await;
}

#[tokio::test]
async fn a_deletion_that_was_taken_back_deletes_nobody() {
    let (world, _, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;
    delete(&world, &alice, PASSWORD).await;
    cancel(&world, &alice, json!({})).await;

    world.clock.advance(TimeDelta::days(8));
    run_until(&world, async || waiting(&world).await == 0).await;

    assert!(is_there(&world, user).await);
}

#[tokio::test]
async fn a_deletion_whose_time_has_come_is_not_taken_back() {
    let (world, mut mailbox, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;
    delete(&world, &alice, PASSWORD).await;
    let token = token(&mailbox.next(&world).await);
    world.clock.advance(TimeDelta::days(7));
    let (alice, _) = signed_in(&log_in(&world, &alice, "alice@example.org", PASSWORD).await);
    let late = cancel(&world, &alice, json!({})).await;
    let by_link = cancel(&world, &Client::default(), json!({ "token": token })).await;

    assert_eq!(codes(&late), ["CONFLICT"]);
    assert_eq!(codes(&by_link), ["INVALID_MAIL_TOKEN"], "it was good until then");
    run_until_gone(&world, user).await;
}

#[tokio::test]
async fn a_withdrawal_that_waits_until_the_time_has_come_is_refused_by_the_clock_of_then() {
    let (world, _, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;
    delete(&world, &alice, PASSWORD).await;
    world.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    let (alice, _) = signed_in(&log_in(&world, &alice, "alice@example.org", PASSWORD).await);
    let mut holder = connect(world.database.url()).await;
    let held = holder.transaction().await.unwrap();
    held.batch_execute("SELECT FROM users FOR UPDATE").await.unwrap();

    let (cancelled, ()) = tokio::join!(cancel(&world, &alice, json!({})), async {
        until_waiting(&world.database, 1).await;
        world.clock.advance(TimeDelta::seconds(1));
        held.commit().await.unwrap();
    });

    assert_eq!(codes(&cancelled), ["CONFLICT"]);
    run_until_gone(&world, user).await;
}

#[tokio::test]
async fn the_link_of_the_mail_takes_the_deletion_back_once_and_without_a_sign_in() {
    let (world, mut mailbox, alice) = alice().await;
    delete(&world, &alice, PASSWORD).await;
    let token = token(&mailbox.next(&world).await);

    let cancelled = cancel(&world, &Client::default(), json!({ "token": token })).await;
    let again = cancel(&world, &Client::default(), json!({ "token": token })).await;

    assert_eq!(cancelled, json!({ "viewer": null, "errors": [] }));
    assert_eq!(codes(&again), ["INVALID_MAIL_TOKEN"]);
    let query = "{ viewer { user { deletionAt } } }";
    let seen = run_operation(&world, &alice, query, json!({})).await;
    assert_eq!(seen["viewer"]["user"]["deletionAt"], Value::Null);
}

#[tokio::test]
async fn the_key_is_destroyed_before_anything_else_goes_and_a_try_that_failed_goes_on_from_there() {
    let (world, _, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;
    let admin = connect(world.database.url()).await;
    admin
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
             CREATE TRIGGER refuse BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION refuse();",
        )
        .await
        .unwrap();
    request_deletion(&world.core, user).await.unwrap();

    run_until(&world, async || {
        let failed = "SELECT count(*) FROM jobs WHERE kind = 'users.delete' AND last_error IS NOT NULL";
        admin.query_one(failed, &[]).await.unwrap().get::<_, i64>(0) == 1
    })
    .await;

    assert!(is_there(&world, user).await);
    let mut everything = world.everything().await;
    let keys: i64 = user_keys::table
        .count()
        .get_result(&mut everything)
        .await
        .unwrap();
    let tombs: i64 = deleted_users::table
        .count()
        .get_result(&mut everything)
        .await
        .unwrap();
    assert_eq!((keys, tombs), (0, 1));
    assert!(world.core.begin(user).await.is_err(), "not from memory either");
    assert!(world.tokens.verify(alice.token.as_deref().unwrap()).is_err());
    let refused = log_in(&world, &Client::default(), "alice@example.org", PASSWORD).await;
    assert_eq!(codes(&refused), ["WRONG_CREDENTIALS"]);
    admin.batch_execute("DROP TRIGGER refuse ON users").await.unwrap();
    world.clock.advance(TimeDelta::days(1));
    run_until_gone(&world, user).await;
}

#[tokio::test]
async fn whoever_comes_back_with_an_older_backup_is_deleted_again_and_nobody_else() {
    let (world, _, _) = alice().await;
    registered(&world, "bob@example.org").await;
    let (her, him) = (
        user_of(&world, "alice@example.org").await,
        user_of(&world, "bob@example.org").await,
    );
    let mut tx = world.core.db.begin_without_user().await.unwrap();
    tombstones::insert(&mut tx, her, world.core.clock.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let returned = delete_again(&world.core).await.unwrap();
    run_until_gone(&world, her).await;

    assert_eq!(returned, 1);
    assert!(is_there(&world, him).await);
    assert_eq!(delete_again(&world.core).await.unwrap(), 0);
}

#[tokio::test]
async fn a_planned_deletion_ends_a_change_of_the_address_and_refuses_another() {
    let (world, mut mailbox, alice) = alice().await;
    assert_eq!(
        codes(&email_change::request(&world, &alice, "new@example.org").await),
        Vec::<&str>::new()
    );
    let confirming = token(&mailbox.next(&world).await);

    delete(&world, &alice, PASSWORD).await;

    let confirmed = email_change::confirm(&world, &alice, &confirming).await;
    assert_eq!(codes(&confirmed), ["INVALID_MAIL_TOKEN"]);
    let another = email_change::request(&world, &alice, "other@example.org").await;
    assert_eq!(codes(&another), ["CONFLICT"]);
    assert_eq!(viewer_email(&world, &alice).await, "alice@example.org");
}

#[tokio::test]
async fn taking_a_change_of_the_address_back_takes_the_deletion_back_that_followed() {
    let (world, mut mailbox, alice) = alice().await;
    let user = user_of(&world, "alice@example.org").await;
    let back = changed(&world, &mut mailbox, &alice, "mallory@example.net").await;
    delete(&world, &alice, PASSWORD).await;
    let keep = token(&mailbox.next(&world).await);

    let reverted = email_change::revert(&world, &back).await;

    assert_eq!(codes(&reverted), Vec::<&str>::new());
    assert_eq!(
        codes(&cancel(&world, &Client::default(), json!({ "token": keep })).await),
        ["INVALID_MAIL_TOKEN"]
    );
    world.clock.advance(TimeDelta::days(8));
    run_until(&world, async || waiting(&world).await == 0).await;
    assert!(is_there(&world, user).await);
}

#[tokio::test]
async fn a_confirmation_that_races_with_the_deletion_fails_nothing() {
    for _ in 0..4 {
        let (world, mut mailbox, alice) = alice().await;
        let user = user_of(&world, "alice@example.org").await;
        email_change::request(&world, &alice, "new@example.org").await;
        let confirming = token(&mailbox.next(&world).await);
        request_deletion(&world.core, user).await.unwrap();

        let client = Client::default();
        let (confirmed, ()) = tokio::join!(
            email_change::confirm(&world, &client, &confirming),
            run_until_gone(&world, user)
        );

        assert!(
            codes(&confirmed).is_empty() || codes(&confirmed) == ["INVALID_MAIL_TOKEN"],
            "{confirmed}"
        );
        let free = amda::features::users::find_by_email(&world.core.db, "new@example.org").await;
        assert_eq!(free.unwrap(), None);
    }
}

#[tokio::test]
async fn guesses_at_the_password_are_limited_and_a_second_plan_changes_nothing() {
    let (world, mut mailbox) = Mailbox::with(limited).await;
    let (alice, _) = registered(&world, "alice@example.org").await;
    mailbox.next(&world).await;
    let planned = delete(&world, &alice, PASSWORD).await;
    world.clock.advance(TimeDelta::minutes(1));
    let again = delete(&world, &alice, PASSWORD).await;
    for _ in 0..5 {
        assert_eq!(
            codes(&delete(&world, &alice, "a wrong guess").await),
            ["WRONG_CREDENTIALS"]
        );
    }

    let refused = delete(&world, &alice, PASSWORD).await;

    assert_eq!(planned, again);
    assert_eq!(codes(&refused), ["LIMIT_EXCEEDED"]);
}
