//! The migrations of a newer release, applied by another process beside a server of this one.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use amda::db::{self, migrate_further};
use diesel_migrations::FileBasedMigrations;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

use super::Earlier;
use crate::platform::{a_folder, amda};
use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::database::{connect, until_waiting};
use crate::support::websocket::SOON;

/// What a release may do: each kind of change that the rules of migrations let through.
const NEWER: [(&str, &str); 5] = [
    (
        "9990-01-01-000000_add_nickname_to_accounts",
        "ALTER TABLE accounts ADD COLUMN nickname text, ADD COLUMN is_starred boolean NOT NULL DEFAULT false;
         ALTER TABLE events ADD COLUMN importance integer;
         ALTER TABLE statuses ADD COLUMN is_seen boolean NOT NULL DEFAULT false;",
    ),
    (
        "9990-01-01-000100_create_notes",
        "CREATE TABLE notes (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE);
         CREATE INDEX notes_user ON notes (user_id);
         SELECT amda_protect('notes');",
    ),
    (
        "9990-01-01-000200_index_events",
        "CREATE INDEX CONCURRENTLY events_importance ON events (user_id, importance);",
    ),
    (
        "9990-01-01-000300_check_nicknames",
        "ALTER TABLE accounts ADD CONSTRAINT accounts_nickname CHECK (nickname <> '') NOT VALID;",
    ),
    (
        "9990-01-01-000400_validate_nicknames",
        "ALTER TABLE accounts VALIDATE CONSTRAINT accounts_nickname;",
    ),
];
/// Operations of each kind that must succeed after the last migration.
const ROUNDS_AFTER: u32 = 10;

/// A folder of these migrations.
fn newer() -> (TempDir, FileBasedMigrations) {
    let folder = tempfile::tempdir().unwrap();
    for (name, up) in NEWER {
        let migration = folder.path().join(name);
        fs::create_dir(&migration).unwrap();
        fs::write(migration.join("up.sql"), up).unwrap();
        fs::write(migration.join("down.sql"), "SELECT 'nobody goes back';").unwrap();
        if up.contains("CONCURRENTLY") {
            fs::write(migration.join("metadata.toml"), "run_in_transaction = false\n").unwrap();
        }
    }
    let source = FileBasedMigrations::from_path(folder.path()).unwrap();
    (folder, source)
}

/// Does `step` again and again, until it was done some times after `is_upgraded`.
async fn keep_on(is_upgraded: &AtomicBool, mut step: impl AsyncFnMut(u32)) -> u32 {
    let (mut round, mut after) = (0, 0);
    while after < ROUNDS_AFTER {
        if is_upgraded.load(Ordering::SeqCst) {
            after += 1;
        }
        step(round).await;
        round += 1;
    }
    round
}

async fn reads(user: &TestUser, is_upgraded: &AtomicBool) -> u32 {
    let query = "{ viewer {
        accounts(first: 5) { nodes { state label health { lastTrafficAt } } }
        statuses(first: 20) { nodes { text author { displayName } } }
        events(last: 20) { nodes { sequence kind } }
    } }";
    keep_on(is_upgraded, async |_| {
        user.run(query, json!({})).await;
    })
    .await
}

async fn writes(user: &TestUser, phone: &TestPhone, is_upgraded: &AtomicBool) -> u32 {
    let rename = "mutation ($input: RenameAccountInput!) {
        renameAccount(input: $input) { account { label } errors { message } }
    }";
    keep_on(is_upgraded, async |round| {
        let label = format!("Phone {round}");
        let input = json!({"input": {"accountId": phone.account, "label": label}});
        let renamed = user.run(rename, input).await;
        assert_eq!(renamed["renameAccount"]["errors"], json!([]));
        assert_eq!(renamed["renameAccount"]["account"]["label"], label.as_str());
    })
    .await
}

/// Statuses from WhatsApp, each heard by a subscriber before the next one comes.
async fn events(user: &TestUser, phone: &TestPhone, bob: &str, is_upgraded: &AtomicBool) -> u32 {
    let mut heard = user
        .subscribe_from_now("events", "sequence ... on StatusEvent { status { text } }")
        .await;
    let mut newest: Option<i64> = None;
    keep_on(is_upgraded, async |round| {
        let text = format!("status {round}");
        phone
            .happen(json!({"kind": "status", "from": bob, "text": text}))
            .await;
        loop {
            let event = heard.next_event(SOON).await;
            let sequence = event["events"]["sequence"].as_i64().unwrap();
            assert!(
                newest.is_none_or(|newest| sequence == newest + 1),
                "no event is left out"
            );
            newest = Some(sequence);
            if event["events"]["status"]["text"] == text.as_str() {
                break;
            }
        }
    })
    .await
}

/// Runs `amda` on the database of `app`; it must fail. Returns what it complained of.
async fn refused(app: &TestApp, folder: &Path, arguments: &[&str]) -> String {
    let variables = [
        ("DATABASE_URL", app.database.app_url().expose_secret()),
        ("AMDA_DATABASE_OWNER_URL", app.database.url().expose_secret()),
        ("AMDA_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ("AMDA_WHATSAPP_URL", "ws://127.0.0.1:1/"),
    ];
    let outcome = amda(folder, arguments, &variables).await;
    assert_eq!(outcome.code, Some(1), "{arguments:?}: {}", outcome.printed);
    outcome.complained + &outcome.printed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_serves_on_while_a_newer_release_migrates_and_an_older_program_is_refused_from_then_on() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000910").await;
    let bob = phone.contact("5511800000910", "Bob").await;
    let (_folder, source) = newer();
    let is_upgraded = AtomicBool::new(false);

    let upgrade = async {
        let urls = app.database.urls();
        let applied = migrate_further(urls, source, "99.1.0").await.unwrap();
        is_upgraded.store(true, Ordering::SeqCst);
        applied
    };
    let (applied, read, written, heard) = tokio::join!(
        upgrade,
        reads(&user, &is_upgraded),
        writes(&user, &phone, &is_upgraded),
        events(&user, &phone, &bob, &is_upgraded),
    );

    eprintln!("{read} reads, {written} writes and {heard} statuses beside {applied:?}");
    assert_eq!(applied.len(), NEWER.len());
    let ready = format!("http://{}/readyz", app.app.address);
    assert_eq!(crate::support::http::get(&ready).await.status(), 200);
    let folder = a_folder();
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["migrate"],
        &["doctor"],
        &["jobs"],
        &["backup", "copy.tar"],
    ] {
        let told = refused(&app, folder.path(), arguments).await;
        assert!(
            told.contains("was migrated by AMDA 99.1.0 (to 99900101000400)")
                && told.contains("run that version or a newer one"),
            "{arguments:?}: {told}"
        );
    }
    assert!(!folder.path().join("copy.tar").exists());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_that_waits_for_a_table_lets_others_pass_and_is_applied_once_the_table_is_free() {
    let earlier = Earlier::begin().await;
    let mut busy = connect(earlier.world.database.url()).await;
    let report = busy.transaction().await.unwrap();
    report.query("SELECT count(*) FROM accounts", &[]).await.unwrap();

    let urls = earlier.world.database.urls().clone();
    let migrating = tokio::spawn(async move { db::migrate(&urls).await });
    until_waiting(&earlier.world.database, 1).await;
    // Behind the migration in the line for the table; it passes as soon as that gives up for now.
    let passed = timeout(SOON, earlier.rows.query("SELECT count(*) FROM accounts", &[])).await;
    assert!(!migrating.is_finished(), "the report still holds the table");
    report.commit().await.unwrap();

    let rows = passed.expect("a reader is held up for a moment only").unwrap();
    assert_eq!(rows[0].get::<_, i64>(0), 1);
    let applied = timeout(SOON * 2, migrating).await.expect("it is applied in time");
    assert!(!applied.unwrap().unwrap().is_empty());
}
