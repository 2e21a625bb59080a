//! `amda backup` and `amda restore` from outside.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use amda::app::App;
use amda::config::{Config, Flags};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::command_line::{Outcome, amda, amda_that_reads};
use super::embedded::a_folder;
use crate::support::app::{PASSWORD, TestApp, tuning};
use crate::support::database::{TestDatabase, connect};
use crate::support::graphql::GraphqlClient;
use crate::support::http;
use crate::support::websocket::SOON;

/// 32 bytes in base64.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(super) const EMAIL: &str = "alice@example.org";
pub(super) const DELETED: &str =
    "{ viewer { deletedMessages(first: 10) { nodes { text media { state url } } } } }";

fn urls(database: &TestDatabase) -> [(&'static str, &str); 2] {
    [
        ("DATABASE_URL", database.app_url().expose_secret()),
        ("AMDA_DATABASE_OWNER_URL", database.url().expose_secret()),
    ]
}

/// Runs `amda` in `folder` on `database`, with the master key in the environment.
async fn amda_on(database: &TestDatabase, folder: &Path, arguments: &[&str]) -> Outcome {
    let [app, owner] = urls(database);
    let variables = [app, owner, ("AMDA_MASTER_KEY", MASTER_KEY)];
    amda_that_reads(folder, arguments, &variables, PASSWORD).await
}

/// A database with a user, and a folder with its backup in `copy.tar`.
async fn a_backup() -> (TestDatabase, TempDir) {
    let (database, folder) = (TestDatabase::create().await, a_folder());
    let created = amda_on(&database, folder.path(), &["users", "create", EMAIL]).await;
    assert_eq!(created.code, Some(0), "{}", created.complained);
    let outcome = amda_on(&database, folder.path(), &["backup", "copy.tar"]).await;
    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    (database, folder)
}

/// The names of what lies in `folder`.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A user with a deleted picture, which is kept.
pub(super) async fn keep_a_picture(app: &TestApp) {
    let (user, phone) = app.premium_with_phone(EMAIL, "5511900000801").await;
    let bob = phone.contact("5511800000801", "Bob").await;
    let message = phone
        .happen(json!({"kind": "message", "from": bob, "text": "look", "media": "image"}))
        .await;
    phone
        .happen(json!({"kind": "delete", "from": bob, "messageId": message}))
        .await;
    user.until(DELETED, json!({}), |answer| {
        answer.pointer("/viewer/deletedMessages/nodes/0/media/state") == Some(&json!("STORED"))
    })
    .await;
}

/// The server on what was restored into `folder`.
async fn serve(folder: &Path) -> App {
    let data = folder.join("data");
    let environment = [
        ("AMDA_LISTEN", "127.0.0.1:0"),
        ("AMDA_SIMULATE", "true"),
        ("AMDA_SIMULATOR_LISTEN", "127.0.0.1:0"),
        ("AMDA_STRIPE_SIMULATOR_LISTEN", "127.0.0.1:0"),
        ("AMDA_DATA_DIR", data.to_str().unwrap()),
    ];
    let environment = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let config = Config::read(&Flags::default(), &environment).unwrap();
    App::start(&config, tuning())
        .await
        .expect("the server starts on what was restored")
}

/// What the user sees of their deleted messages.
async fn deleted_messages(app: &App) -> Value {
    let client = GraphqlClient::new(app.address);
    let log_in = "mutation ($input: LogInInput!) { logIn(input: $input) { accessToken } }";
    let input = json!({"input": {"email": EMAIL, "password": PASSWORD}});
    let reply = client.run(log_in, input).await;
    let token = reply.data("/logIn/accessToken").as_str().unwrap().to_owned();
    let reply = client.signed_in(&token).run(DELETED, json!({})).await;
    reply.data("/viewer/deletedMessages/nodes/0").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_server_is_restored_into_an_empty_folder_and_served_from_there() {
    let (app, folder) = (TestApp::start().await, a_folder());
    keep_a_picture(&app).await;
    let [database, owner] = urls(&app.database);
    let data = ("AMDA_DATA_DIR", app.config.data_dir.to_str().unwrap());

    let made = amda(folder.path(), &["backup", "copy.tar"], &[database, owner, data]).await;
    app.stop().await;
    let restored = amda(folder.path(), &["restore", "copy.tar"], &[]).await;

    assert_eq!(made.code, Some(0), "{}", made.complained);
    assert!(
        made.printed.contains("1 media file and the keys"),
        "{}",
        made.printed
    );
    let mode = fs::metadata(folder.path().join("copy.tar"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(restored.code, Some(0), "{}", restored.complained);
    assert_eq!(names(folder.path()), ["copy.tar", "data"]);
    let app = serve(folder.path()).await;
    let kept = tokio::time::timeout(SOON, deleted_messages(&app)).await.unwrap();
    assert_eq!(kept["text"], "look");
    let picture = http::get(kept["media"]["url"].as_str().unwrap()).await;
    assert!(image::load_from_memory(&picture.bytes().await.unwrap()).is_ok());
    Box::pin(app.stop()).await.unwrap();
}

#[tokio::test]
async fn a_backup_is_restored_into_an_empty_database_of_the_operators_with_its_role_and_privileges() {
    let (_database, folder) = a_backup().await;
    let target = TestDatabase::create_empty().await;

    let restored = amda_on(&target, folder.path(), &["restore", "copy.tar"]).await;

    assert_eq!(restored.code, Some(0), "{}", restored.complained);
    let listed = amda_on(&target, folder.path(), &["users", "list"]).await;
    assert!(
        listed.printed.contains(EMAIL),
        "{} {}",
        listed.printed,
        listed.complained
    );
}

#[tokio::test]
async fn whoever_was_deleted_since_the_backup_is_deleted_again_after_it_is_restored() {
    let (database, folder) = a_backup().await;
    let client = connect(database.url()).await;
    // As the deletion does it: the tombstone of the only user, who is in the backup.
    let delete = "INSERT INTO deleted_users SELECT sha256(uuid_send(id)), '2026-11-29T12:00:00Z' FROM users;
        DELETE FROM users;";
    client.batch_execute(delete).await.unwrap();
    let listed = amda_on(&database, folder.path(), &["users", "deleted"]).await;
    fs::write(folder.path().join("deleted.txt"), &listed.printed).unwrap();
    fs::write(folder.path().join("wrong.txt"), "\nalice@example.org\n").unwrap();
    let target = TestDatabase::create_empty().await;
    let restore = async |file: &str| {
        amda_on(
            &target,
            folder.path(),
            &["restore", "copy.tar", "--deleted-users", file],
        )
        .await
    };

    let wrong = restore("wrong.txt").await;
    let restored = restore("deleted.txt").await;

    assert!(
        listed.printed.ends_with(" 2026-11-29T12:00:00Z\n"),
        "{}",
        listed.printed
    );
    assert!(
        wrong
            .complained
            .contains("wrong.txt:2 is no line of `amda users deleted`"),
        "{}",
        wrong.complained
    );
    assert_eq!(restored.code, Some(0), "{}", restored.complained);
    let client = connect(target.url()).await;
    let returned = "SELECT count(*) FROM amda_returned_users()";
    let count: i64 = client.query_one(returned, &[]).await.unwrap().get(0);
    assert_eq!(count, 1, "the next start deletes her");
}

#[tokio::test]
async fn a_master_key_in_the_environment_is_loudly_not_in_the_backup_and_is_asked_for() {
    let (database, folder) = a_backup().await;
    let [app, owner] = urls(&database);

    let made = amda_on(&database, folder.path(), &["backup", "second.tar"]).await;
    let without = amda(folder.path(), &["restore", "copy.tar"], &[]).await;
    let other = [app, owner, ("AMDA_MASTER_KEY", OTHER_KEY)];
    let wrong = amda(folder.path(), &["restore", "copy.tar"], &other).await;

    assert!(
        made.printed.contains("WARNING: without AMDA_MASTER_KEY"),
        "{}",
        made.printed
    );
    assert!(
        without.complained.contains("set that to the same key"),
        "{}",
        without.complained
    );
    assert!(
        wrong.complained.contains("is not the key that sealed"),
        "{}",
        wrong.complained
    );
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn a_backup_from_before_a_rotation_is_restored_with_the_key_of_that_time_among_the_earlier_ones() {
    let (_database, folder) = a_backup().await;
    let target = TestDatabase::create_empty().await;
    let [app, owner] = urls(&target);
    let keys = [
        ("AMDA_MASTER_KEY", OTHER_KEY),
        ("AMDA_PREVIOUS_MASTER_KEYS", MASTER_KEY),
    ];
    let variables = [app, owner, keys[0], keys[1]];

    let restored = amda(folder.path(), &["restore", "copy.tar"], &variables).await;
    let listed = amda(folder.path(), &["users", "list"], &variables).await;
    let without = amda(folder.path(), &["users", "list"], &variables[..3]).await;

    assert_eq!(restored.code, Some(0), "{}", restored.complained);
    assert!(listed.printed.contains(EMAIL), "{}", listed.complained);
    assert!(without.complained.contains("(1 user)"), "{}", without.complained);
}

#[tokio::test]
async fn a_damaged_backup_is_told_before_anything_is_written() {
    let (_database, folder) = a_backup().await;
    let whole = fs::read(folder.path().join("copy.tar")).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let target = TestDatabase::create_empty().await;

    for (bytes, problem) in [
        (flipped.as_slice(), "database.dump is not as it was"),
        (&whole[..whole.len() / 2], "no whole backup of AMDA"),
        (b"something else".as_slice(), "no whole backup of AMDA"),
        (b"".as_slice(), "it ends before its list of contents"),
    ] {
        fs::write(folder.path().join("bad.tar"), bytes).unwrap();
        let outcome = amda_on(&target, folder.path(), &["restore", "bad.tar"]).await;
        assert_eq!(outcome.code, Some(1), "{}", outcome.printed);
        assert!(outcome.complained.contains(problem), "{}", outcome.complained);
    }
    assert!(!folder.path().join("data").exists());
    let restored = amda_on(&target, folder.path(), &["restore", "copy.tar"]).await;
    assert_eq!(restored.code, Some(0), "{}", restored.complained);
}

#[tokio::test]
async fn nothing_is_restored_over_a_folder_or_a_database_that_holds_something() {
    let (database, folder) = a_backup().await;
    let empty = TestDatabase::create_empty().await;

    let into_tables = amda_on(&database, folder.path(), &["restore", "copy.tar"]).await;
    let is_folder_left = folder.path().join("data").exists();
    fs::create_dir(folder.path().join("data")).unwrap();
    fs::write(folder.path().join("data/master.key"), "precious").unwrap();
    let into_folder = amda_on(&empty, folder.path(), &["restore", "copy.tar"]).await;

    assert!(
        into_tables.complained.contains("the database is not empty"),
        "{}",
        into_tables.complained
    );
    assert!(!is_folder_left);
    assert!(
        into_folder.complained.contains("it holds master.key"),
        "{}",
        into_folder.complained
    );
    assert_eq!(names(&folder.path().join("data")), ["master.key"]);
}

#[tokio::test]
async fn a_backup_that_cannot_be_made_leaves_no_file() {
    let (database, folder) = a_backup().await;
    let [app, owner] = urls(&database);
    let key = ("AMDA_MASTER_KEY", MASTER_KEY);
    let full = ("AMDA_MIN_FREE_MIB", "1000000000");
    let before = fs::read(folder.path().join("copy.tar")).unwrap();

    let exists = amda_on(&database, folder.path(), &["backup", "copy.tar"]).await;
    let is_folder = amda_on(&database, folder.path(), &["backup", "."]).await;
    let no_room = amda(folder.path(), &["backup", "new.tar"], &[app, owner, key, full]).await;
    let no_owner = amda(folder.path(), &["backup", "new.tar"], &[app, key]).await;

    for (outcome, told) in [
        (exists, "never replaces a file"),
        (is_folder, "name a file in it"),
        (no_room, "must stay free"),
        (no_owner, "set AMDA_DATABASE_OWNER_URL"),
    ] {
        assert_eq!(outcome.code, Some(1));
        assert!(outcome.complained.contains(told), "{}", outcome.complained);
    }
    assert_eq!(names(folder.path()), ["copy.tar"]);
    assert_eq!(fs::read(folder.path().join("copy.tar")).unwrap(), before);
}
