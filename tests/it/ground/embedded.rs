//! AMDA's own PostgreSQL.

use amda::config::EmbeddedConfig;
use amda::db::embedded::{Embedded, EmbeddedError, running_url};
use tempfile::TempDir;

use crate::support::database::{connect, open_to_passers};

fn a_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    open_to_passers(folder.path());
    folder
}

fn config(folder: &TempDir) -> EmbeddedConfig {
    EmbeddedConfig {
        folder: folder.path().join("data/postgres"),
        binaries: None,
        durable: false,
    }
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = a_folder();
    let first = Embedded::start(&config(&folder)).await.unwrap();
    connect(&first.url().into())
        .await
        .batch_execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
        .await
        .unwrap();
    first.stop().await.unwrap();

    let second = Embedded::start(&config(&folder)).await.unwrap();

    let row = connect(&second.url().into())
        .await
        .query_one("SELECT id FROM kept", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i32>(0), 7);
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_running_database_is_not_started_twice_but_can_be_connected_to() {
    let folder = a_folder();
    let running = Embedded::start(&config(&folder)).await.unwrap();

    let again = Embedded::start(&config(&folder)).await;

    assert!(matches!(again, Err(EmbeddedError::InUse { .. })), "{again:?}");
    assert_eq!(running_url(&config(&folder)), Some(running.url()));
    running.stop().await.unwrap();
    assert_eq!(running_url(&config(&folder)), None);
}
