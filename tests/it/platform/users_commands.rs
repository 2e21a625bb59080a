//! `amda users` from outside: beside a running server, and without one.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::command_line::{Outcome, amda, amda_that_reads};
use super::embedded::a_folder;
use super::serve::{address_in, ask, demonstration};
use crate::support::database::{TestDatabase, connect};
use crate::support::worker::DEADLINE;

/// 32 bytes in base64.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Runs `amda users` on `database`, with `input` on its standard input.
async fn users(database: &TestDatabase, arguments: &[&str], input: &str) -> Outcome {
    let folder = a_folder();
    let arguments: Vec<&str> = ["users"].iter().chain(arguments).copied().collect();
    let variables = [
        ("DATABASE_URL", database.app_url().expose_secret()),
        ("AMDA_MASTER_KEY", MASTER_KEY),
    ];
    amda_that_reads(folder.path(), &arguments, &variables, input).await
}

async fn a_user(database: &TestDatabase, email: &str) {
    let outcome = users(database, &["create", email], "correct horse battery\n").await;
    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
}

/// True when `password` is that of the only user.
async fn has_password(database: &TestDatabase, password: &str) -> bool {
    let client = connect(database.url()).await;
    let row = client
        .query_one("SELECT password_hash FROM users", &[])
        .await
        .unwrap();
    bcrypt::verify(password, row.get(0)).unwrap()
}

#[tokio::test]
async fn the_operator_adds_a_user_with_a_password_from_standard_input_and_lists_them() {
    let database = TestDatabase::create().await;

    let nobody = users(&database, &["list"], "").await;
    let outcome = users(
        &database,
        &["create", "alice@example.org", "--plan", "premium"],
        "correct horse battery\n",
    )
    .await;
    let listed = users(&database, &["list"], "").await;

    assert_eq!(nobody.printed, "no users\n");
    assert_eq!(
        outcome.printed,
        "alice@example.org is a user now, with the plan premium\n"
    );
    assert!(has_password(&database, "correct horse battery").await);
    let row = listed.printed.lines().nth(1).unwrap();
    for expected in ["premium", "alice@example.org", " 0 "] {
        assert!(row.contains(expected), "{expected}: {row}");
    }
}

#[tokio::test]
async fn a_user_without_a_password_gets_a_generated_one_that_is_printed_once() {
    let database = TestDatabase::create().await;

    let outcome = users(&database, &["create", "alice@example.org"], "").await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    let (_, password) = outcome.printed.trim_end().split_once("password: ").unwrap();
    assert_eq!(password.len(), 20);
    assert!(has_password(&database, password).await);
}

#[tokio::test]
async fn a_user_who_cannot_be_added_is_told_with_what_would_be_right() {
    let database = TestDatabase::create().await;
    a_user(&database, "alice@example.org").await;

    let taken = users(
        &database,
        &["create", "ALICE@example.org"],
        "correct horse battery\n",
    )
    .await;
    let wrong = users(&database, &["create", "bob"], "short\n").await;

    assert_eq!((taken.code, wrong.code), (Some(1), Some(1)));
    assert!(
        taken.complained.contains("exists already"),
        "{}",
        taken.complained
    );
    for expected in ["one like alice@example.org", "it needs at least 8"] {
        assert!(wrong.complained.contains(expected), "{}", wrong.complained);
    }
    assert!(!wrong.complained.contains("short"), "{}", wrong.complained);
}

#[tokio::test]
async fn another_password_ends_every_session_and_so_does_the_operator() {
    let database = TestDatabase::create().await;
    a_user(&database, "alice@example.org").await;
    let client = connect(database.url()).await;
    let log_in =
        "INSERT INTO logins SELECT gen_random_uuid(), id, E'Fire\x1bfox', '203.0.113.7', now(), now(),
        now() + interval '1 day' FROM users";
    client.batch_execute(log_in).await.unwrap();

    let listed = users(&database, &["sessions", "alice@example.org"], "").await;
    let reset = users(
        &database,
        &["reset-password", "alice@example.org"],
        "battery staple\n",
    )
    .await;
    let none = users(&database, &["sessions", "alice@example.org"], "").await;
    client.batch_execute(log_in).await.unwrap();
    let ended = users(&database, &["sessions", "alice@example.org", "--end"], "").await;

    assert!(
        listed.printed.contains("203.0.113.7") && !listed.printed.contains('\u{1b}'),
        "{}",
        listed.printed
    );
    assert_eq!(
        reset.printed,
        "alice@example.org has another password; 1 session ended\n"
    );
    assert!(has_password(&database, "battery staple").await);
    assert_eq!(none.printed, "no open sessions\n");
    assert_eq!(ended.printed, "1 session ended\n");
}

#[tokio::test]
async fn a_user_is_deleted_only_when_their_address_is_typed_or_the_operator_said_yes() {
    let database = TestDatabase::create().await;
    a_user(&database, "alice@example.org").await;
    let deletions = async || {
        let client = connect(database.url()).await;
        let row = client.query_one("SELECT count(*) FROM jobs WHERE kind = 'users.delete'", &[]);
        row.await.unwrap().get::<_, i64>(0)
    };

    let refused = users(&database, &["delete", "alice@example.org"], "yes\n").await;
    assert_eq!((refused.code, deletions().await), (Some(1), 0));
    let confirmed = users(&database, &["delete", "alice@example.org"], "alice@example.org\n").await;
    let again = users(&database, &["delete", "alice@example.org", "--yes"], "").await;

    assert!(refused.complained.contains("--yes"), "{}", refused.complained);
    assert!(
        confirmed.printed.contains("is to be deleted"),
        "{}",
        confirmed.printed
    );
    assert_eq!(
        (confirmed.code, again.code, deletions().await),
        (Some(0), Some(0), 1)
    );
}

#[tokio::test]
async fn the_operator_turns_two_factor_authentication_off_and_is_told_when_it_is_off_already() {
    let database = TestDatabase::create().await;
    a_user(&database, "alice@example.org").await;
    let client = connect(database.url()).await;
    let on = "INSERT INTO two_factor_methods
            SELECT gen_random_uuid(), id, 'TOTP', 'sealed', now(), now(), 1 FROM users;
        INSERT INTO recovery_codes SELECT id, sha256('code') FROM users;";
    client.batch_execute(on).await.unwrap();

    let first = users(&database, &["disable-two-factor", "alice@example.org"], "").await;
    let second = users(&database, &["disable-two-factor", "alice@example.org"], "").await;

    assert_eq!(
        first.printed,
        "alice@example.org logs in with the password alone now\n"
    );
    assert!(
        second.printed.contains("nothing was changed"),
        "{}",
        second.printed
    );
    let kept = "SELECT (SELECT count(*) FROM two_factor_methods) + (SELECT count(*) FROM recovery_codes),
        (SELECT count(*) FROM jobs WHERE kind = 'users.letter' AND payload->>'letter' = 'TwoFactorDisabled')";
    let row = client.query_one(kept, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (0, 1));
}

#[tokio::test]
async fn the_operator_makes_admins_and_suspends_users_and_the_list_shows_both() {
    let database = TestDatabase::create().await;
    a_user(&database, "alice@example.org").await;
    let run = async |arguments: &[&str]| users(&database, arguments, "").await;
    let row = async || {
        let listed = run(&["list"]).await.printed;
        listed.lines().nth(1).unwrap().to_owned()
    };

    let granted = run(&["grant-admin", "alice@example.org"]).await;
    let only = run(&["suspend", "alice@example.org"]).await;
    let as_admin = row().await;
    let revoked = run(&["revoke-admin", "alice@example.org"]).await;
    let suspended = run(&["suspend", "alice@example.org", "--reason", "spam"]).await;
    let as_suspended = row().await;
    let unsuspended = run(&["unsuspend", "alice@example.org"]).await;

    assert_eq!(granted.printed, "alice@example.org is an admin now\n");
    assert_eq!(only.code, Some(1));
    assert!(only.complained.contains("the only admin"), "{}", only.complained);
    assert!(
        as_admin.contains("admin") && as_admin.contains(" - "),
        "{as_admin}"
    );
    assert_eq!(revoked.printed, "alice@example.org is no admin any more\n");
    assert_eq!(
        suspended.printed,
        "alice@example.org is suspended; 0 sessions ended\n"
    );
    assert!(!as_suspended.contains(" - "), "{as_suspended}");
    assert_eq!(unsuspended.printed, "alice@example.org is not suspended\n");
}

#[tokio::test]
async fn a_command_about_nobody_says_where_to_look() {
    let database = TestDatabase::create().await;

    let commands = [
        "sessions",
        "reset-password",
        "disable-two-factor",
        "delete",
        "suspend",
        "grant-admin",
    ];
    for command in commands {
        let outcome = users(&database, &[command, "bob@example.org"], "").await;

        assert_eq!(outcome.code, Some(1));
        assert!(
            outcome.complained.contains("amda users list"),
            "{}",
            outcome.complained
        );
    }
}

async fn log_in(address: &str, email: &str, password: &str) -> Value {
    let query = format!(
        "mutation {{ logIn(input: {{email: {}, password: {}}}) {{ accessToken errors {{ code }} }} }}",
        json!(email),
        json!(password)
    );
    ask(address, None, &query).await["data"]["logIn"].take()
}

#[tokio::test]
async fn a_running_server_ends_the_sessions_and_deletes_the_users_that_the_operator_names() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = a_folder();
    let (mut server, said) = demonstration(folder.path());
    let address = address_in(&said);
    let old = log_in(&address, "demo@amda.local", "demo-password").await;
    let token = old["accessToken"].as_str().unwrap();
    let is_refused = async || {
        let answer = ask(&address, Some(token), "{ viewer { user { email } } }").await;
        answer["data"]["viewer"]["user"]["email"].is_null()
    };
    assert!(!is_refused().await);

    let arguments = ["users", "reset-password", "demo@amda.local"];
    let reset = amda_that_reads(folder.path(), &arguments, &[], "battery staple\n").await;
    let refused = timeout(DEADLINE, async { while !is_refused().await {} }).await;
    let again = log_in(&address, "demo@amda.local", "battery staple").await;
    let deleted = amda(
        folder.path(),
        &["users", "delete", "demo@amda.local", "--yes"],
        &[],
    )
    .await;
    let gone = timeout(DEADLINE, async {
        while amda(folder.path(), &["users", "list"], &[])
            .await
            .printed
            .contains("demo@amda.local")
        {}
    })
    .await;

    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(
        (reset.code, deleted.code),
        (Some(0), Some(0)),
        "{} {}",
        reset.complained,
        deleted.complained
    );
    refused.expect("an ended session's token is refused within seconds");
    assert_eq!(again["errors"], json!([]));
    gone.expect("a user is deleted within seconds");
}

#[tokio::test]
async fn the_operator_exports_a_user_to_a_new_file() {
    let database = TestDatabase::create().await;
    a_user(&database, "alice@example.org").await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("alice.zip");
    let arguments = ["export", "alice@example.org", "--to", to.to_str().unwrap()];

    let exported = users(&database, &arguments, "").await;
    let again = users(&database, &arguments, "").await;

    assert_eq!(exported.code, Some(0), "{}", exported.complained);
    assert!(
        exported
            .printed
            .contains("has everything that is kept of alice@example.org")
    );
    let archive = zip::ZipArchive::new(std::fs::File::open(&to).unwrap()).unwrap();
    assert!(
        archive
            .file_names()
            .any(|name| name.unwrap() == "data/profile.jsonl")
    );
    assert_ne!(again.code, Some(0), "{}", again.printed);
    assert!(
        again.complained.contains("cannot be written"),
        "{}",
        again.complained
    );
}
