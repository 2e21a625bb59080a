//! `amda media migrate` and `amda doctor`, beside a server that runs.

use std::process::Output;

use amda::config::{DatabaseConfig, MediaConfig, MediaEncryption, MediaStore};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::process::Command;

use super::server::{BUCKET, KEY_ID, S3Server, SECRET};
use crate::support::app::TestApp;
use crate::support::http;

const KEPT: &str = "{ viewer { viewOnceMessages(first: 10) { nodes { outcome media { url } } } } }";

/// Runs a command with the settings of `app` and of the bucket, whose secret is `secret`.
async fn amda(app: &TestApp, server: &S3Server, secret: &str, arguments: &[&str]) -> Output {
    let DatabaseConfig::Urls(urls) = &app.config.database else {
        panic!("the test brings a database");
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command
        .args(arguments)
        .env_clear()
        .env("AMDA_DATA_DIR", &app.config.data_dir)
        .env("DATABASE_URL", urls.app.expose_secret())
        .env("AMDA_S3_BUCKET", BUCKET)
        .env("AMDA_S3_ENDPOINT", format!("http://{}", server.address))
        .env("AMDA_S3_PREFIX", "amda")
        .env("AMDA_S3_ACCESS_KEY_ID", KEY_ID)
        .env("AMDA_S3_SECRET_ACCESS_KEY", secret);
    command.output().await.unwrap()
}

fn printed(output: &Output) -> String {
    let printed = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(printed).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_moves_files_while_the_server_shows_them() {
    let server = S3Server::start().await;
    let media = MediaConfig {
        store: MediaStore::Folder,
        ..server.config(MediaEncryption::Sealed)
    };
    let app = TestApp::start_with(|config| config.media = media).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000640").await;
    let bob = phone.contact("5511800000640", "Bob").await;
    phone
        .happen(json!({"kind": "viewOnce", "from": bob, "media": "image", "delivered": true}))
        .await;
    let place = "/viewer/viewOnceMessages/nodes/0";
    let captured = |kept: &Value| kept.pointer(&format!("{place}/outcome")) == Some(&json!("CAPTURED"));
    let kept = user.until(KEPT, json!({}), captured).await;
    let link = kept
        .pointer(&format!("{place}/media/url"))
        .and_then(Value::as_str);
    let link = link.unwrap().to_owned();

    let moved = amda(&app, &server, SECRET, &["media", "migrate", "--to", "bucket"]).await;

    let told = printed(&moved);
    assert!(
        moved.status.success() && told.contains("moved 1 file to the bucket"),
        "{told}"
    );
    assert!(told.contains("100 % 1 of 1 files"), "{told}");
    assert_eq!(server.keys().len(), 1);
    assert_eq!(http::get(&link).await.status(), 200, "the same link shows it");
    let again = amda(&app, &server, SECRET, &["media", "migrate", "--to", "bucket"]).await;
    assert!(printed(&again).contains("moved 0 files"), "{}", printed(&again));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_uses_the_bucket_and_names_what_is_wrong_with_it() {
    let server = S3Server::start().await;
    let app = TestApp::start().await;

    let fine = printed(&amda(&app, &server, SECRET, &["doctor"]).await);
    let wrong = printed(&amda(&app, &server, "another-secret", &["doctor"]).await);

    let line = |told: &str| {
        let line = told.lines().find(|line| line.contains(" media "));
        line.unwrap_or_else(|| panic!("no line of media in {told}"))
            .to_owned()
    };
    assert!(
        line(&fine).starts_with("ok") && line(&fine).contains("encrypted by AMDA"),
        "{fine}"
    );
    assert!(
        line(&wrong).starts_with("FAIL") && line(&wrong).contains("AMDA_S3_SECRET_ACCESS_KEY"),
        "{wrong}"
    );
    assert!(!wrong.contains("another-secret"), "{wrong}");
    app.stop().await;
}
