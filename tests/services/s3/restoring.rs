//! A backup of an installation whose media lie in a bucket, restored elsewhere.

use std::path::Path;

use amda::config::MediaEncryption;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::process::Command;

use super::server::{BUCKET, KEY_ID, S3Server, SECRET};
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;

const KEPT: &str = "{ viewer { viewOnceMessages(first: 10) { nodes { outcome media { url } } } } }";

/// Runs a command with the data folder `data` on `database`, and with the settings of the bucket where there is a `server`;
/// returns whether it succeeded, and everything that it printed.
async fn amda(
    database: &TestDatabase,
    data: &Path,
    server: Option<&S3Server>,
    arguments: &[&str],
) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AMDA_DATA_DIR", data)
        .env("DATABASE_URL", database.app_url().expose_secret())
        .env("AMDA_DATABASE_OWNER_URL", database.url().expose_secret());
    if let Some(server) = server {
        command
            .env("AMDA_S3_BUCKET", BUCKET)
            .env("AMDA_S3_ENDPOINT", format!("http://{}", server.address))
            .env("AMDA_S3_PREFIX", "amda")
            .env("AMDA_S3_ACCESS_KEY_ID", KEY_ID)
            .env("AMDA_S3_SECRET_ACCESS_KEY", SECRET);
    }
    let output = command.output().await.unwrap();
    let printed = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.success(), String::from_utf8(printed).unwrap())
}

/// A server with a captured picture in the bucket.
async fn with_a_picture(server: &S3Server) -> TestApp {
    let media = server.config(MediaEncryption::Sealed);
    let app = TestApp::start_with(|config| config.media = media).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000650").await;
    let bob = phone.contact("5511800000650", "Bob").await;
    phone
        .happen(json!({"kind": "viewOnce", "from": bob, "media": "image", "delivered": true}))
        .await;
    let captured =
        |kept: &Value| kept.pointer("/viewer/viewOnceMessages/nodes/0/outcome") == Some(&json!("CAPTURED"));
    user.until(KEPT, json!({}), captured).await;
    app
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_says_which_objects_of_the_bucket_are_there_and_which_are_missing() {
    let server = S3Server::start().await;
    let app = Box::pin(with_a_picture(&server)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.tar");
    let file = file.to_str().unwrap();
    let data = app.config.data_dir.clone();
    let (is_made, made) = amda(&app.database, &data, Some(&server), &["backup", file]).await;
    app.stop().await;
    let [target, without] = [
        TestDatabase::create_empty().await,
        TestDatabase::create_empty().await,
    ];
    let elsewhere = folder.path().join("elsewhere");

    let whole = amda(&target, &elsewhere, Some(&server), &["restore", file]).await;
    let no_bucket = amda(&without, &folder.path().join("another"), None, &["restore", file]).await;
    let keys = server.keys();
    server.lose(&keys[0]);
    let lost = amda(&target, &elsewhere, Some(&server), &["media", "check"]).await;

    assert!(
        is_made && made.contains("does not hold the media of the bucket"),
        "{made}"
    );
    assert!(
        whole.0 && whole.1.contains("the 1 stored media file is there"),
        "{}",
        whole.1
    );
    assert!(
        no_bucket.0
            && no_bucket
                .1
                .contains("WARNING: in a bucket, while none is configured: 1 of 1 file"),
        "{}",
        no_bucket.1
    );
    let name = keys[0].strip_prefix("amda/").unwrap();
    assert!(
        !lost.0 && lost.1.contains(&format!("missing: 1 of 1 file ({name})")),
        "{}",
        lost.1
    );
}
