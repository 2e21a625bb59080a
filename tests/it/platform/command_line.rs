//! The `amda` command from outside: output and failures.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use amda::config::EmbeddedConfig;
use amda::crypto::MasterKey;
use amda::db::Db;
use amda::db::embedded::running_url;
use amda::db::server::Server;
use amda::id::UserId;
use amda::vault::Vault;
use secrecy::ExposeSecret;

use super::embedded::a_folder;
use crate::support::database::{TestDatabase, connect};
use crate::support::smtp::{Conduct, SmtpServer};

/// The output and exit code of a command.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) printed: String,
    pub(crate) complained: String,
}

pub(crate) async fn amda(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Outcome {
    amda_that_reads(data, arguments, variables, "").await
}

/// As [`amda`], with `input` on its standard input.
pub(super) async fn amda_that_reads(
    data: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command.args(arguments).env_clear().current_dir(data);
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AMDA_DATA_DIR", data.join("data"));
    command.envs(variables.iter().copied());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let input = input.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // A command that reads nothing may have ended before.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap();
    Outcome {
        code: output.status.code(),
        printed: String::from_utf8(output.stdout).unwrap(),
        complained: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_whole() {
    let folder = a_folder();

    let outcome = amda(
        folder.path(),
        &["migrate"],
        &[("AMDA_LOG_FORMAT", "xml"), ("JWT_SECRET", "short")],
    )
    .await;

    assert_eq!(outcome.code, Some(2));
    assert!(outcome.complained.contains("AMDA_LOG_FORMAT") && outcome.complained.contains("JWT_SECRET"));
    assert!(!outcome.complained.contains("short"), "{}", outcome.complained);
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}

#[tokio::test]
async fn migrating_makes_a_database_once_and_leaves_it_stopped() {
    let folder = a_folder();

    let first = amda(folder.path(), &["migrate"], &[]).await;
    let second = amda(folder.path(), &["migrate"], &[]).await;

    assert_eq!(first.code, Some(0), "{}", first.complained);
    assert!(first.printed.contains("applied "), "{}", first.printed);
    assert_eq!(second.printed, "the database is up to date\n");
    let config = EmbeddedConfig {
        folder: folder.path().join("data/postgres"),
        binaries: None,
        durable: true,
    };
    assert_eq!(running_url(&config), None);
}

#[tokio::test]
async fn an_unreachable_database_is_told_in_words() {
    let folder = a_folder();
    // Port 1 is nobody's.
    let url = ("DATABASE_URL", "postgresql://amda@127.0.0.1:1/amda");

    let outcome = amda(folder.path(), &["migrate"], &[url]).await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .complained
            .starts_with("error: cannot connect to PostgreSQL"),
        "{}",
        outcome.complained
    );
    assert!(outcome.complained.contains("refused") && outcome.complained.contains("DATABASE_URL"));
    assert!(!outcome.complained.contains("Error {"), "{}", outcome.complained);
}

#[tokio::test]
async fn the_doctor_finds_nothing_wrong_before_the_first_start_and_makes_nothing() {
    let folder = a_folder();

    let outcome = amda(folder.path(), &["doctor"], &[]).await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.printed);
    assert!(
        outcome.printed.contains("nothing is wrong"),
        "{}",
        outcome.printed
    );
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn the_doctor_looks_into_a_running_database() {
    let folder = a_folder();
    let database = TestDatabase::create().await;

    let outcome = amda(
        folder.path(),
        &["doctor"],
        &[("DATABASE_URL", database.app_url().expose_secret())],
    )
    .await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.printed);
    for expected in [
        "answers",
        "up to date",
        "one user's rows at a time",
        "nothing is encrypted yet",
    ] {
        assert!(
            outcome.printed.contains(expected),
            "{expected}: {}",
            outcome.printed
        );
    }
}

#[tokio::test]
async fn the_doctor_names_a_table_that_lost_its_guard() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    connect(database.url())
        .await
        .batch_execute("ALTER TABLE messages DISABLE ROW LEVEL SECURITY")
        .await
        .unwrap();

    let outcome = amda(
        folder.path(),
        &["doctor"],
        &[("DATABASE_URL", database.app_url().expose_secret())],
    )
    .await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.printed.contains("without protection: messages;"),
        "{}",
        outcome.printed
    );
}

#[tokio::test]
async fn the_doctor_says_what_a_database_lacks() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    let newest = "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM \
                  __diesel_schema_migrations)";
    connect(database.url()).await.batch_execute(newest).await.unwrap();

    let outcome = amda(
        folder.path(),
        &["doctor"],
        &[("DATABASE_URL", database.app_url().expose_secret())],
    )
    .await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.printed.contains("run `amda migrate` (lacking: 20"),
        "{}",
        outcome.printed
    );
}

#[tokio::test]
async fn the_doctor_finds_keys_that_others_can_read() {
    let folder = a_folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    for file in ["master.key", "jwt.secret"] {
        fs::write(data.join(file), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
        fs::set_permissions(data.join(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::set_permissions(data.join("jwt.secret"), fs::Permissions::from_mode(0o640)).unwrap();

    let outcome = amda(folder.path(), &["doctor"], &[]).await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.printed.contains("chmod 600") && outcome.printed.contains("jwt.secret"),
        "{}",
        outcome.printed
    );
}

#[tokio::test]
async fn the_doctor_asks_the_mail_server_and_sends_nothing() {
    let folder = a_folder();
    let mut mail_server = SmtpServer::start().await;
    let url = mail_server.url();
    let from = ("AMDA_MAIL_FROM", "amda@example.org");

    let well = amda(folder.path(), &["doctor"], &[("AMDA_SMTP_URL", &url), from]).await;
    mail_server.behave(Conduct {
        login: Some(("amda", "secret")),
        ..Conduct::default()
    });
    let guess = format!("smtp://amda:guess@{}", mail_server.address);
    let refused = amda(folder.path(), &["doctor"], &[("AMDA_SMTP_URL", &guess), from]).await;

    assert!(
        well.printed.contains("the mail server takes our connection"),
        "{}",
        well.printed
    );
    assert_eq!((well.code, refused.code), (Some(0), Some(1)));
    assert!(
        refused.printed.contains("refuses our user name or password"),
        "{}",
        refused.printed
    );
    assert!(!refused.printed.contains("guess"), "{}", refused.printed);
    assert!(mail_server.drain().is_empty());
}

/// A user whose key the master key opens.
async fn add_user_with_key(database: &TestDatabase, master_key: &str) {
    add_user(database, "0123abcd").await;
    let client = connect(database.url()).await;
    client.batch_execute("DELETE FROM user_keys").await.unwrap();
    let row = client.query_one("SELECT id::text FROM users", &[]).await.unwrap();
    let user = UserId::from(row.get::<_, String>(0).parse::<uuid::Uuid>().unwrap());
    let db = Db::connect(database.app_url(), 1).unwrap();
    let mut tx = db.begin(user).await.unwrap();
    let vault = Vault::new(MasterKey::from_base64(master_key).unwrap());
    vault.create(&mut tx, user).await.unwrap();
    tx.commit().await.unwrap();
}

pub(super) async fn add_user(database: &TestDatabase, wrapped_by: &str) {
    let user = "INSERT INTO users (id, email, password_hash, locale, time_zone, plan, created_at)
                VALUES (gen_random_uuid(), 'Alice@Example.org', 'x', 'en', 'UTC', 'FREE', now())";
    let client = connect(database.url()).await;
    client.batch_execute(user).await.unwrap();
    let key = "INSERT INTO user_keys SELECT id, $1, '\\x00' FROM users";
    client.execute(key, &[&wrapped_by]).await.unwrap();
}

#[tokio::test]
async fn the_doctor_finds_a_master_key_that_opens_nothing() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    add_user(&database, "0123abcd").await;
    let key = ("AMDA_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    let secret = ("JWT_SECRET", "0123456789abcdef0123456789abcdef");

    let url = ("DATABASE_URL", database.app_url().expose_secret());
    let outcome = amda(folder.path(), &["doctor"], &[url, key, secret]).await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.printed.contains("restore the one named 0123abcd"),
        "{}",
        outcome.printed
    );
}

#[tokio::test]
async fn an_operator_gives_a_user_a_plan() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    let key = ("AMDA_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    add_user_with_key(&database, key.1).await;
    let url = ("DATABASE_URL", database.app_url().expose_secret());

    let outcome = amda(
        folder.path(),
        &["users", "set-plan", "alice@example.org", "premium"],
        &[url, key],
    )
    .await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    let row = connect(database.url())
        .await
        .query_one("SELECT plan FROM users", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "PREMIUM");
}

#[tokio::test]
async fn a_plan_for_nobody_is_an_error() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    let url = ("DATABASE_URL", database.app_url().expose_secret());

    let outcome = amda(
        folder.path(),
        &["users", "set-plan", "bob@example.org", "free"],
        &[
            url,
            ("AMDA_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        ],
    )
    .await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome
            .complained
            .contains("no user has the e-mail address bob@example.org")
    );
}

#[tokio::test]
async fn a_command_uses_the_database_of_a_running_server() {
    let folder = a_folder();
    let config = EmbeddedConfig {
        folder: folder.path().join("data/postgres"),
        binaries: None,
        durable: false,
    };
    let server = Server::start(&amda::config::DatabaseConfig::Embedded(config.clone()))
        .await
        .unwrap();

    let outcome = amda(folder.path(), &["migrate"], &[]).await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    assert!(
        running_url(&config).is_some(),
        "a server's database must outlive a command"
    );
    server.stop().await.unwrap();
}

#[tokio::test]
async fn looking_at_a_folder_that_holds_no_database_makes_none() {
    let folder = a_folder();

    for command in [
        &["jobs"][..],
        &["purge", "--dry-run"],
        &["users", "set-plan", "a@example.org", "free"],
    ] {
        let outcome = amda(folder.path(), command, &[("AMDA_DATA_DIR", "typo")]).await;

        assert_eq!(outcome.code, Some(1), "{command:?}: {}", outcome.printed);
        assert!(
            outcome.complained.contains("there is no database in"),
            "{}",
            outcome.complained
        );
        assert!(
            outcome.complained.contains("--data-dir"),
            "{}",
            outcome.complained
        );
    }
    assert!(!folder.path().join("typo").exists());
}

#[tokio::test]
async fn looking_at_a_database_of_ones_own_makes_neither_tables_nor_keys() {
    let folder = a_folder();
    let database = TestDatabase::create_empty().await;
    let variables = [
        ("DATABASE_URL", database.app_url().expose_secret()),
        ("AMDA_DATABASE_OWNER_URL", database.url().expose_secret()),
    ];

    for command in [&["jobs"][..], &["purge"]] {
        let outcome = amda(folder.path(), command, &variables).await;

        assert_eq!(outcome.code, Some(1), "{command:?}: {}", outcome.printed);
        assert!(
            outcome.complained.contains("run `amda migrate`"),
            "{}",
            outcome.complained
        );
    }
    assert!(!folder.path().join("data").exists());
    let made = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'";
    let made = connect(database.url()).await.query_one(made, &[]).await.unwrap();
    assert_eq!(made.get::<_, i64>(0), 0);
}

/// The doctor's code and output with these variables.
async fn doctor(folder: &Path, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let outcome = amda(folder, &["doctor"], variables).await;
    (outcome.code, outcome.printed)
}

#[tokio::test]
async fn the_doctor_calls_what_others_can_reach_unsafe() {
    let folder = a_folder();

    let (public, told) = doctor(folder.path(), &[("AMDA_PUBLIC_URL", "http://amda.example.org")]).await;
    assert_eq!(public, Some(1), "{told}");
    assert!(told.contains("travel in clear"), "{told}");
    let everywhere = [
        ("AMDA_LISTEN", "0.0.0.0:3000"),
        ("AMDA_PUBLIC_URL", "https://amda.example.org"),
    ];
    let (_, told) = doctor(folder.path(), &everywhere).await;
    assert!(
        told.contains("WARN address       plain http is served to every network"),
        "{told}"
    );
    let url = (
        "DATABASE_URL",
        "postgresql://amda@203.0.113.9:1/amda?connect_timeout=1",
    );
    let (_, told) = doctor(folder.path(), &[url]).await;
    assert!(told.contains("certificate is not checked"), "{told}");
}

#[tokio::test]
async fn the_doctor_finds_a_configuration_file_that_others_can_read() {
    let folder = a_folder();
    let file = folder.path().join("amda.env");
    let name = ("AMDA_CONFIG", file.to_str().unwrap());
    fs::write(&file, "AMDA_LISTEN=127.0.0.1:1\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();

    let (harmless, _) = doctor(folder.path(), &[name]).await;
    fs::write(&file, "JWT_SECRET=0123456789abcdef0123456789abcdef\n").unwrap();
    let (open, told) = doctor(folder.path(), &[name]).await;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let (closed, _) = doctor(folder.path(), &[name]).await;

    assert_eq!((harmless, open, closed), (Some(0), Some(1), Some(0)), "{told}");
    assert!(told.contains(&format!("chmod 600 {}", file.display())), "{told}");
}

#[tokio::test]
async fn the_doctor_finds_a_folder_that_cannot_be_made() {
    let folder = a_folder();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let data = file.join("data");

    let (code, told) = doctor(folder.path(), &[("AMDA_DATA_DIR", data.to_str().unwrap())]).await;

    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("cannot be created") && told.contains("--data-dir"),
        "{told}"
    );
}

#[tokio::test]
async fn the_doctor_says_how_much_room_there_is_and_when_it_is_too_little() {
    let folder = a_folder();

    let (_, well) = doctor(folder.path(), &[]).await;
    let (code, full) = doctor(folder.path(), &[("AMDA_MIN_FREE_MIB", "4294967295")]).await;

    assert!(well.contains("MiB are free"), "{well}");
    assert_eq!(code, Some(1), "{full}");
    assert!(full.contains("must stay free"), "{full}");
}

#[tokio::test]
async fn the_configuration_is_printed_with_its_sources() {
    let folder = a_folder();
    let file = folder.path().join("amda.env");
    fs::write(&file, "AMDA_DEVICE_NAME=Ours\n").unwrap();
    let variables = [
        ("AMDA_CONFIG", file.to_str().unwrap()),
        ("AMDA_LOG", "warn"),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
    ];

    let outcome = amda(folder.path(), &["config"], &variables).await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    for expected in [
        "AMDA_LOG=warn  # from the environment",
        "AMDA_DEVICE_NAME=Ours  # from AMDA_DEVICE_NAME in",
        "amda.env, line 1",
        "JWT_SECRET=****",
        "#AMDA_LISTEN=  # default: 127.0.0.1:3000",
    ] {
        assert!(
            outcome.printed.contains(expected),
            "{expected}: {}",
            outcome.printed
        );
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_told_as_such() {
    let folder = a_folder();

    let outcome = amda(
        folder.path(),
        &["serve", "--listen", "203.0.113.1:3000"],
        &[("AMDA_WHATSAPP_URL", "ws://127.0.0.1:1/")],
    )
    .await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.complained.contains("this machine has no such address"),
        "{}",
        outcome.complained
    );
}

#[tokio::test]
async fn an_invitation_is_printed_once_and_stored_as_a_hash() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    let url = ("DATABASE_URL", database.app_url().expose_secret());
    let by_invitation = ("AMDA_REGISTRATION", "invite");

    let outcome = amda(folder.path(), &["invite", "--days", "3"], &[url, by_invitation]).await;
    let noted = amda(folder.path(), &["invite"], &[url]).await;
    let refused = amda(folder.path(), &["invite", "--days", "0"], &[url]).await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    let code = outcome.printed.lines().next().unwrap();
    assert_eq!(code.len(), 43, "{}", outcome.printed);
    assert!(
        noted.printed.contains("set AMDA_REGISTRATION=invite"),
        "{}",
        noted.printed
    );
    assert_eq!(refused.code, Some(2));
    let query = "SELECT count(*) FROM invitations WHERE code_hash = sha256(convert_to($1, 'UTF8'))
        AND expires_at BETWEEN now() + interval '71 hours' AND now() + interval '73 hours'";
    let row = connect(database.url())
        .await
        .query_one(query, &[&code])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}
