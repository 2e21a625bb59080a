//! `amda rotate-keys` from outside: interrupted, beside servers, and refused.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use amda::app;
use amda::config::{Config, Flags};
use amda::crypto::{DataKey, InstallationSecret, MasterKey};
use amda::db::inspect::Inspection;
use amda::id::UserId;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::backup::{DELETED, EMAIL, keep_a_picture};
use super::command_line::{Outcome, amda};
use super::embedded::a_folder;
use crate::support::app::TestApp;
use crate::support::database::{TestDatabase, connect};
use crate::support::http;

/// Runs of the command that are killed.
const KILLS: u32 = 40;

/// A database and a data folder, with users and their data keys.
struct Installation {
    folder: TempDir,
    database: TestDatabase,
    /// The users, each with a fingerprint that their data key alone makes.
    users: HashMap<UserId, i64>,
    /// The key of the data folder at the beginning.
    first: MasterKey,
}

impl Installation {
    async fn with_users(count: u32) -> Self {
        let (folder, first) = (a_folder(), MasterKey::generate());
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap();
        fs::write(data.join("master.key"), &*first.to_base64()).unwrap();
        let database = TestDatabase::create().await;
        let keys: Vec<(UserId, DataKey)> = (1..=count)
            .map(|number| (Uuid::from_u128(number.into()).into(), DataKey::generate()))
            .collect();
        let ids: Vec<String> = keys.iter().map(|(user, _)| user.as_uuid().to_string()).collect();
        let wrapped: Vec<Vec<u8>> = keys.iter().map(|(user, key)| first.wrap(user, key)).collect();
        let client = connect(database.url()).await;
        let add = "INSERT INTO users (id, email, password_hash, locale, time_zone, plan, created_at)
            SELECT id::uuid, id || '@example.org', 'x', 'en', 'UTC', 'FREE', now() FROM unnest($1::text[]) AS id";
        client.execute(add, &[&ids]).await.unwrap();
        let add = "INSERT INTO user_keys (user_id, master_key_id, wrapped)
            SELECT id::uuid, $1, wrapped FROM unnest($2::text[], $3::bytea[]) AS made (id, wrapped)";
        client.execute(add, &[&first.id(), &ids, &wrapped]).await.unwrap();
        let prints = keys
            .iter()
            .map(|(user, key)| (*user, key.fingerprint("test", "hello")));
        Self {
            users: prints.collect(),
            folder,
            database,
            first,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("data").join(name)
    }

    async fn amda(&self, arguments: &[&str]) -> Outcome {
        self.amda_with(arguments, &[]).await
    }

    async fn amda_with(&self, arguments: &[&str], more: &[(&str, &str)]) -> Outcome {
        let url = ("DATABASE_URL", self.database.app_url().expose_secret());
        let variables: Vec<(&str, &str)> = [url].into_iter().chain(more.iter().copied()).collect();
        amda(self.folder.path(), arguments, &variables).await
    }

    /// Begins a rotation and kills it after `time`; true when it had ended well before.
    async fn rotate_for(&self, time: Duration) -> bool {
        let mut command = tokio::process::Command::from(self.command());
        let mut child = command.arg("rotate-keys").spawn().unwrap();
        match tokio::time::timeout(time, child.wait()).await {
            Ok(ended) => {
                assert!(ended.unwrap().success(), "what is not killed ends well");
                true
            }
            Err(_) => {
                child.kill().await.unwrap();
                false
            }
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
        command.env_clear().current_dir(self.folder.path());
        command
            .env("AMDA_DATA_DIR", self.file(""))
            .env("DATABASE_URL", self.database.app_url().expose_secret());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The keys in the files, the current one first.
    fn keys(&self) -> Vec<MasterKey> {
        let earlier = fs::read_to_string(self.file("master.key.previous")).unwrap_or_default();
        let current = fs::read_to_string(self.file("master.key")).unwrap();
        let lines = current.lines().chain(earlier.lines());
        lines.map(|line| MasterKey::from_base64(line).unwrap()).collect()
    }

    /// The names of the master keys that open something.
    async fn uses(&self) -> Vec<String> {
        let mut inspection = Inspection::open(self.database.app_url()).await.unwrap();
        let uses = inspection.master_key_uses().await.unwrap();
        uses.into_iter().map(|used| used.master_key_id).collect()
    }

    /// Opens every user's key with the keys in the files.
    async fn assert_all_readable(&self) {
        let keys = self.keys();
        let query = "SELECT user_id::text, master_key_id, wrapped FROM user_keys";
        let rows = connect(self.database.url())
            .await
            .query(query, &[])
            .await
            .unwrap();
        assert_eq!(rows.len(), self.users.len());
        for row in rows {
            let user = UserId::from(row.get::<_, String>(0).parse::<Uuid>().unwrap());
            let master = keys.iter().find(|key| key.id() == row.get::<_, String>(1));
            let master = master.expect("a key that wraps something is in a file");
            let key = master.unwrap(user, row.get(2)).expect("it opens");
            assert_eq!(key.fingerprint("test", "hello"), self.users[&user]);
        }
    }

    /// A secret of the server's, as a command sees it that has just started.
    async fn derived_secret(&self) -> Vec<u8> {
        let variables = [("AMDA_DATA_DIR", self.file("").to_str().unwrap().to_owned())];
        let environment = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let config = Config::read(&Flags::default(), &environment).unwrap();
        let core = app::core_for_command(&config, self.database.urls())
            .await
            .unwrap();
        core.vault.secret().derive("deleted external identities").to_vec()
    }
}

#[tokio::test]
async fn everything_is_wrapped_by_a_new_key_and_the_old_one_is_kept_until_it_is_forgotten() {
    let installation = Installation::with_users(1_050).await;

    let rotated = installation.amda(&["rotate-keys"]).await;

    assert_eq!(rotated.code, Some(0), "{}", rotated.complained);
    eprintln!("{}", rotated.printed);
    let keys: Vec<String> = installation.keys().iter().map(MasterKey::id).collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1], installation.first.id());
    assert_eq!(installation.uses().await, keys[..1]);
    installation.assert_all_readable().await;
    assert!(
        rotated.printed.contains("wrapped the keys of 1050 users"),
        "{}",
        rotated.printed
    );

    let forgotten = installation.amda(&["rotate-keys", "--forget-old"]).await;

    assert!(forgotten.printed.contains(&keys[1]), "{}", forgotten.printed);
    assert_eq!(installation.keys().len(), 1);
    installation.assert_all_readable().await;
    assert_eq!(installation.amda(&["users", "deleted"]).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_that_is_killed_at_any_moment_loses_no_key_and_is_gone_on_with() {
    let installation = Installation::with_users(400).await;
    let begun = Instant::now();
    assert!(installation.rotate_for(Duration::from_mins(1)).await);
    let whole = begun.elapsed();
    let secret = installation.derived_secret().await;

    let mut killed = 0;
    for kill in 0..KILLS {
        if !installation.rotate_for(whole * kill / KILLS).await {
            killed += 1;
        }
        installation.assert_all_readable().await;
        if kill % 8 == 0 {
            assert_eq!(installation.derived_secret().await, secret);
        }
    }

    assert!(killed > KILLS / 4, "{killed} of {KILLS} were killed");
    assert!(installation.rotate_for(Duration::from_mins(1)).await);
    installation.assert_all_readable().await;
    assert_eq!(installation.uses().await, [installation.keys()[0].id()]);
    assert_eq!(installation.derived_secret().await, secret);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_rotations_at_once_do_no_harm() {
    let installation = Installation::with_users(500).await;

    let rotate = ["rotate-keys"];
    let (one, other) = tokio::join!(installation.amda(&rotate), installation.amda(&rotate));

    assert!(one.code == Some(0) || other.code == Some(0), "{}", one.complained);
    installation.assert_all_readable().await;
    assert_eq!(installation.uses().await, [installation.keys()[0].id()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_serves_on_through_a_rotation_and_users_register_meanwhile() {
    let app = TestApp::start().await;
    keep_a_picture(&app).await;
    let before = app.log_in(EMAIL).await.run(DELETED, json!({})).await;
    let variables = [
        ("DATABASE_URL", app.database.app_url().expose_secret()),
        ("AMDA_DATA_DIR", app.config.data_dir.to_str().unwrap()),
    ];
    let folder = a_folder();

    let rotating = amda(folder.path(), &["rotate-keys"], &variables);
    let registering = async {
        for number in 0..8 {
            app.register(&format!("meanwhile-{number}@example.org")).await;
        }
    };
    let (rotated, ()) = tokio::join!(rotating, registering);

    assert_eq!(rotated.code, Some(0), "{}", rotated.complained);
    app.register("afterwards@example.org").await;
    let mut inspection = Inspection::open(app.database.app_url()).await.unwrap();
    assert_eq!(inspection.master_key_uses().await.unwrap().len(), 1);
    let app = app.restart().await;
    let after = app.log_in(EMAIL).await.run(DELETED, json!({})).await;
    let text = "/viewer/deletedMessages/nodes/0/text";
    assert_eq!(after.pointer(text), before.pointer(text));
    for email in ["meanwhile-7@example.org", "afterwards@example.org"] {
        app.log_in(email).await;
    }
    assert_eq!(status_of_link(&app, &before).await, 200, "links go on");
    app.stop().await;
}

/// The status of an answer to a link that the server gave out before it was restarted at another port.
async fn status_of_link(app: &TestApp, before: &Value) -> u16 {
    let link = before.pointer("/viewer/deletedMessages/nodes/0/media/url");
    let mut link: url::Url = link.and_then(Value::as_str).unwrap().parse().unwrap();
    link.set_port(Some(app.app.address.port())).unwrap();
    http::client().get(link).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_given_key_is_used_when_every_server_holds_it_and_the_earlier_one_is_asked_for_until_then() {
    let installation = Installation::with_users(3).await;
    let new = MasterKey::generate();
    let (new_text, old_text) = (new.to_base64(), installation.first.to_base64());
    let given = ("AMDA_MASTER_KEY", new_text.as_str());
    let both = [given, ("AMDA_PREVIOUS_MASTER_KEYS", old_text.as_str())];
    let client = connect(installation.database.url()).await;
    let node = "INSERT INTO nodes (id, started_at, expires_at) VALUES (gen_random_uuid(), now(), now() + interval '1 hour')";
    client.batch_execute(node).await.unwrap();

    let alone = installation.amda_with(&["users", "list"], &[given]).await;
    let unheld = installation.amda_with(&["rotate-keys"], &both).await;
    let before = installation.uses().await;
    let hold = "UPDATE nodes SET master_key_ids = ARRAY[$1::text]";
    client.execute(hold, &[&new.id()]).await.unwrap();
    let held = installation.amda_with(&["rotate-keys"], &both).await;
    let again = installation.amda_with(&["rotate-keys"], &both).await;

    let still_in_use = format!("{} (3 users)", installation.first.id());
    for expected in [
        "does not open",
        "AMDA_PREVIOUS_MASTER_KEYS",
        still_in_use.as_str(),
    ] {
        assert!(
            alone.complained.contains(expected),
            "{expected}: {}",
            alone.complained
        );
    }
    assert!(
        unheld.complained.contains("is not held by server"),
        "{}",
        unheld.complained
    );
    assert_eq!(before, [installation.first.id()], "nothing was wrapped");
    assert_eq!(held.code, Some(0), "{}", held.complained);
    assert_eq!(installation.uses().await, [new.id()]);
    assert!(
        again.complained.contains("wraps everything already"),
        "{}",
        again.complained
    );
    for outcome in [&alone, &unheld, &held, &again] {
        let said = format!("{}{}", outcome.printed, outcome.complained);
        assert!(!said.contains(new_text.as_str()) && !said.contains(old_text.as_str()));
    }
    let listed = installation.amda_with(&["users", "list"], &[given]).await;
    assert_eq!(listed.code, Some(0), "{}", listed.complained);
}

#[tokio::test]
async fn a_key_that_does_not_open_is_named_and_left_and_the_one_that_wrapped_it_stays() {
    let installation = Installation::with_users(150).await;
    let client = connect(installation.database.url()).await;
    let damage = "UPDATE user_keys SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)
        WHERE user_id = (SELECT user_id FROM user_keys ORDER BY user_id LIMIT 1)";
    client.batch_execute(damage).await.unwrap();

    let rotated = installation.amda(&["rotate-keys"]).await;
    let forgotten = installation.amda(&["rotate-keys", "--forget-old"]).await;

    assert_eq!(rotated.code, Some(1));
    let damaged = UserId::from(Uuid::from_u128(1)).to_string();
    assert!(rotated.complained.contains(&damaged), "{}", rotated.complained);
    assert!(
        rotated.complained.contains("of 149 users"),
        "{}",
        rotated.complained
    );
    assert!(
        forgotten.printed.contains("none was removed"),
        "{}",
        forgotten.printed
    );
    assert_eq!(installation.keys().len(), 2);
    fs::remove_file(installation.file("master.key.previous")).unwrap();
    let started = installation.amda(&["users", "list"]).await;
    let expected = format!("{} (1 user)", installation.first.id());
    assert!(started.complained.contains(&expected), "{}", started.complained);
}

#[tokio::test]
async fn what_was_derived_from_the_master_key_outlives_it_and_a_new_installation_has_a_secret_of_its_own() {
    let (earlier, new) = (
        Installation::with_users(2).await,
        Installation::with_users(0).await,
    );
    let derived = |key: &MasterKey| {
        let secret = InstallationSecret::from(key);
        secret.derive("deleted external identities").to_vec()
    };

    let (before, of_its_own) = (earlier.derived_secret().await, new.derived_secret().await);
    let rotated = earlier.amda(&["rotate-keys"]).await;

    assert_eq!(rotated.code, Some(0), "{}", rotated.complained);
    assert_eq!(before, derived(&earlier.first));
    assert_eq!(earlier.derived_secret().await, before);
    assert_ne!(of_its_own, derived(&new.first));
    assert_eq!(new.derived_secret().await, of_its_own);
}
