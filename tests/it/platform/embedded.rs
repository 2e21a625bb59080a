//! AMDA's own PostgreSQL: durability, access, and starts in every state of the folder.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use amda::config::EmbeddedConfig;
use amda::db::embedded::{Embedded, EmbeddedError, running_url};
use tempfile::TempDir;

use super::command_line::amda;
use crate::support::database::{connect, open_to_passers};

/// A folder that PostgreSQL's user may pass through.
pub(crate) fn a_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    open_to_passers(folder.path());
    folder
}

pub(super) fn config(folder: impl AsRef<Path>) -> EmbeddedConfig {
    EmbeddedConfig {
        folder: folder.as_ref().join("data/postgres"),
        binaries: None,
        durable: false,
    }
}

pub(super) async fn ask(embedded: &Embedded, query: &str) -> String {
    let row = connect(&embedded.url().into())
        .await
        .query_one(query, &[])
        .await
        .unwrap();
    row.get(0)
}

async fn keep_a_row(embedded: &Embedded) {
    let client = connect(&embedded.url().into()).await;
    client
        .batch_execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('here')")
        .await
        .unwrap();
}

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = a_folder();
    let first = Embedded::start(&config(&folder)).await.unwrap();
    keep_a_row(&first).await;
    first.stop().await.unwrap();

    let second = Embedded::start(&config(&folder)).await.unwrap();

    assert_eq!(ask(&second, "SELECT word FROM kept").await, "here");
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

#[tokio::test]
async fn nobody_but_its_own_user_can_reach_it() {
    let folder = a_folder();
    let embedded = Embedded::start(&config(&folder)).await.unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    assert_eq!(ask(&embedded, "SHOW listen_addresses").await, "");
    assert_eq!(mode(embedded.folder()), 0o700);
    assert_eq!(
        mode(Path::new(
            &ask(&embedded, "SHOW unix_socket_directories")
                .await
                .replace('"', "")
        )),
        0o700
    );
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn what_an_operator_keeps_is_written_through_to_the_disk() {
    let folder = a_folder();
    let config = EmbeddedConfig {
        durable: true,
        ..config(&folder)
    };

    let embedded = Embedded::start(&config).await.unwrap();

    assert_eq!(ask(&embedded, "SHOW fsync").await, "on");
    assert_eq!(ask(&embedded, "SHOW synchronous_commit").await, "on");
    assert_eq!(ask(&embedded, "SHOW full_page_writes").await, "on");
    assert_eq!(ask(&embedded, "SHOW data_checksums").await, "on");
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn text_is_utf_8_and_sorts_the_same_everywhere() {
    let folder = a_folder();
    let embedded = Embedded::start(&config(&folder)).await.unwrap();

    assert_eq!(ask(&embedded, "SHOW server_encoding").await, "UTF8");
    assert_eq!(ask(&embedded, "SELECT lower('ÀÉ')").await, "àé");
    let sorted =
        "SELECT string_agg(word, '' ORDER BY word) FROM (VALUES ('a'), ('B'), ('é'), ('z')) AS words (word)";
    assert_eq!(ask(&embedded, sorted).await, "Bazé");
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_path_with_unusual_letters_works() {
    let folder = a_folder();
    let unusual = folder.path().join("it's, 50% + \"ü\" & co");
    fs::create_dir(&unusual).unwrap();
    open_to_passers(&unusual);

    let embedded = Embedded::start(&config(&unusual)).await.unwrap();

    assert_eq!(ask(&embedded, "SELECT current_database()::text").await, "amda");
    assert_eq!(running_url(&config(&unusual)), Some(embedded.url()));
    embedded.stop().await.unwrap();
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_works_and_leaves_nothing_elsewhere() {
    let folder = a_folder();
    let deep = folder.path().join("deep/".repeat(25));

    let embedded = Embedded::start(&config(&deep)).await.unwrap();
    let socket = PathBuf::from(
        ask(&embedded, "SHOW unix_socket_directories")
            .await
            .replace('"', ""),
    );

    assert!(
        !socket.starts_with(&deep) && socket.exists(),
        "{}",
        socket.display()
    );
    assert_eq!(running_url(&config(&deep)), Some(embedded.url()));
    embedded.stop().await.unwrap();
    assert!(!socket.exists(), "{}", socket.display());
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named_with_what_to_do() {
    let folder = a_folder();
    let file = folder.path().join("data");
    fs::write(&file, "in the way").unwrap();

    let error = Embedded::start(&config(&folder)).await.unwrap_err().to_string();

    assert!(error.contains(file.to_str().unwrap()), "{error}");
    assert!(
        error.contains("--data-dir") && error.contains("writable"),
        "{error}"
    );
}

#[tokio::test]
async fn a_wrong_amda_pg_bin_is_told_and_no_other_is_taken() {
    let folder = a_folder();
    let config = EmbeddedConfig {
        binaries: Some(folder.path().to_owned()),
        ..config(&folder)
    };

    let error = Embedded::start(&config).await.unwrap_err().to_string();

    assert!(error.starts_with("AMDA_PG_BIN names "), "{error}");
    assert!(error.contains("`initdb`"), "{error}");
}

#[tokio::test]
async fn a_cluster_of_another_major_version_is_left_alone() {
    let folder = a_folder();
    Embedded::start(&config(&folder))
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let version = config(&folder).folder.join("cluster/PG_VERSION");
    fs::write(&version, "9\n").unwrap();

    let error = Embedded::start(&config(&folder)).await.unwrap_err();

    assert!(
        matches!(error, EmbeddedError::WrongMajor { made_by: 9, .. }),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&version).unwrap(), "9\n");
}

#[tokio::test]
async fn root_keeps_a_folder_that_postgresql_cannot_reach_elsewhere_and_links_to_it() {
    if !is_root() {
        // Only root runs PostgreSQL as somebody else.
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();

    let first = Embedded::start(&config(&closed)).await.unwrap();
    keep_a_row(&first).await;
    first.stop().await.unwrap();
    let elsewhere = fs::read_link(config(&closed).folder).unwrap();
    let second = Embedded::start(&config(&closed)).await.unwrap();

    assert!(elsewhere.starts_with("/var/lib/amda"), "{}", elsewhere.display());
    assert_eq!(ask(&second, "SELECT word FROM kept").await, "here");
    second.stop().await.unwrap();
    fs::remove_dir_all(&elsewhere).unwrap();
    let error = Embedded::start(&config(&closed)).await.unwrap_err();
    assert!(
        matches!(error, EmbeddedError::Lost { .. }),
        "an empty one in its place would look like loss: {error}"
    );
}

/// A user of the system that is neither root nor PostgreSQL's.
const SOMEBODY: u32 = 54_321;

/// Gives a folder and everything in it to [`SOMEBODY`].
fn give_to_somebody(folder: &Path) {
    std::os::unix::fs::lchown(folder, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    if folder.is_dir() {
        for entry in fs::read_dir(folder).unwrap() {
            give_to_somebody(&entry.unwrap().path());
        }
    }
}

/// The owners of everything in a folder.
fn owners(folder: &Path, found: &mut std::collections::BTreeSet<u32>) {
    found.insert(fs::symlink_metadata(folder).unwrap().uid());
    if folder.is_dir() {
        for entry in fs::read_dir(folder).unwrap() {
            owners(&entry.unwrap().path(), found);
        }
    }
}

#[tokio::test]
async fn root_runs_the_database_of_another_user_as_that_user() {
    if !is_root() {
        return;
    }
    let folder = a_folder();
    let first = Embedded::start(&config(&folder)).await.unwrap();
    keep_a_row(&first).await;
    first.stop().await.unwrap();
    give_to_somebody(&config(&folder).folder);

    let second = Embedded::start(&config(&folder)).await.unwrap();

    assert_eq!(ask(&second, "SELECT word FROM kept").await, "here");
    second.stop().await.unwrap();
    let mut found = std::collections::BTreeSet::new();
    owners(&config(&folder).folder, &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [SOMEBODY]);
}

#[tokio::test]
async fn root_is_refused_the_folder_in_which_another_user_works_and_changes_no_owner() {
    if !is_root() {
        return;
    }
    let folder = a_folder();
    let made = amda(folder.path(), &["migrate"], &[]).await;
    assert_eq!(made.code, Some(0), "{}", made.complained);
    let data = folder.path().join("data");
    give_to_somebody(&data);

    for command in [
        &["migrate"][..],
        &["jobs"],
        &["purge"],
        &["serve", "--simulate", "--listen", "127.0.0.1:0"],
    ] {
        let refused = amda(folder.path(), command, &[]).await;
        assert_eq!(refused.code, Some(1), "{command:?}");
        assert!(
            refused
                .complained
                .contains(&format!("sudo -u '#{SOMEBODY}' amda")),
            "{command:?}: {}",
            refused.complained
        );
    }

    let mut found = std::collections::BTreeSet::new();
    owners(&data, &mut found);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [SOMEBODY]);
}

#[tokio::test]
async fn a_database_that_lies_elsewhere_is_told_by_the_doctor() {
    if !is_root() {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    Embedded::start(&config(&closed))
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    let elsewhere = fs::read_link(config(&closed).folder).unwrap();

    let doctor = amda(closed.path(), &["doctor"], &[]).await;

    let told = format!("it lies in {}", elsewhere.display());
    assert!(doctor.printed.contains(&told), "{}", doctor.printed);
    assert!(
        doctor.printed.contains("copy both for a backup"),
        "{}",
        doctor.printed
    );
    fs::remove_dir_all(&elsewhere).unwrap();
}
