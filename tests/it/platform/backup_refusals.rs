//! Backups that `amda restore` refuses: each is told with what to do, and leaves the installation as empty as it was.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use ring::digest::{SHA256, digest};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tar::{Archive, Builder, Header};

use super::command_line::{Outcome, amda};
use super::embedded::a_folder;
use crate::support::database::{TestDatabase, connect};

/// 32 bytes in base64.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const MANIFEST: &str = "manifest.json";

/// Runs `amda` in `folder` on `database`, with the master key in the environment.
async fn amda_on(database: &TestDatabase, folder: &Path, arguments: &[&str]) -> Outcome {
    let variables = [
        ("DATABASE_URL", database.app_url().expose_secret()),
        ("AMDA_DATABASE_OWNER_URL", database.url().expose_secret()),
        ("AMDA_MASTER_KEY", MASTER_KEY),
    ];
    amda(folder, arguments, &variables).await
}

/// Makes a backup of an empty installation in `folder`; returns its files.
async fn a_backup(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let database = TestDatabase::create().await;
    let made = amda_on(&database, folder, &["backup", "copy.tar"]).await;
    assert_eq!(made.code, Some(0), "{}", made.complained);
    let mut archive = Archive::new(File::open(folder.join("copy.tar")).unwrap());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    });
    entries.collect()
}

/// Writes an archive of `files`.
fn write(path: &Path, files: &[(String, Vec<u8>)]) {
    let mut builder = Builder::new(File::create(path).unwrap());
    for (name, content) in files {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        builder
            .append_data(&mut header, name, content.as_slice())
            .unwrap();
    }
    builder.finish().unwrap();
}

/// The same files with something in their list of contents changed.
fn with_manifest(files: &[(String, Vec<u8>)], change: impl FnOnce(&mut Value)) -> Vec<(String, Vec<u8>)> {
    let mut files = files.to_vec();
    let (_, text) = files.iter_mut().find(|(name, _)| name == MANIFEST).unwrap();
    let mut manifest: Value = serde_json::from_slice(text).unwrap();
    change(&mut manifest);
    *text = serde_json::to_vec(&manifest).unwrap();
    files
}

/// The same files with another dump of the database, and a list of contents that fits.
fn with_dump(files: &[(String, Vec<u8>)], dump: &[u8]) -> Vec<(String, Vec<u8>)> {
    let sha256 = data_encoding::HEXLOWER.encode(digest(&SHA256, dump).as_ref());
    let mut files = with_manifest(files, |manifest| {
        manifest["files"][0]["size_bytes"] = json!(dump.len());
        manifest["files"][0]["sha256"] = json!(sha256);
    });
    assert_eq!(files[0].0, "database.dump");
    files[0].1 = dump.to_vec();
    files
}

#[tokio::test]
async fn a_backup_of_another_version_is_told_with_the_version_that_restores_it() {
    let folder = a_folder();
    let files = a_backup(folder.path()).await;
    let target = TestDatabase::create_empty().await;
    let of_the_future = with_manifest(&files, |manifest| {
        manifest["newest_migration"] = json!("99991231235959");
        manifest["amda"] = json!("99.1.0");
    });
    let of_another_form = with_manifest(&files, |manifest| manifest["format"] = json!(2));
    let of_a_newer_server = with_manifest(&files, |manifest| manifest["postgresql"] = json!(99));

    for (files, told) in [
        (of_the_future, "made by AMDA 99.1.0, which is newer than this one"),
        (
            of_another_form,
            "its form is number 2, and this AMDA reads number 1; use the AMDA that wrote it, or a newer one",
        ),
        (
            of_a_newer_server,
            "holds a database of PostgreSQL 99, and this one is PostgreSQL",
        ),
    ] {
        write(&folder.path().join("bad.tar"), &files);
        let outcome = amda_on(&target, folder.path(), &["restore", "bad.tar"]).await;
        assert_eq!(outcome.code, Some(1), "{}", outcome.printed);
        assert!(
            outcome.complained.contains(told),
            "{told}: {}",
            outcome.complained
        );
        assert!(!folder.path().join("data").exists(), "{told}");
    }
    let whole = amda_on(&target, folder.path(), &["restore", "copy.tar"]).await;
    assert_eq!(whole.code, Some(0), "{}", whole.complained);
}

#[tokio::test]
async fn a_dump_that_postgresql_refuses_leaves_neither_tables_nor_files_and_the_right_one_is_restored_after_it()
 {
    let folder = a_folder();
    let files = a_backup(folder.path()).await;
    let target = TestDatabase::create_empty().await;
    let dump = &files[0].1;
    let cut_off = with_dump(&files, &dump[..dump.len() * 9 / 10]);
    write(&folder.path().join("bad.tar"), &cut_off);

    let refused = amda_on(&target, folder.path(), &["restore", "bad.tar"]).await;

    assert_eq!(refused.code, Some(1), "{}", refused.printed);
    assert!(
        refused.complained.contains("pg_restore"),
        "{}",
        refused.complained
    );
    assert!(!folder.path().join("data").exists());
    let tables = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'";
    let row = connect(target.url()).await.query_one(tables, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
    let whole = amda_on(&target, folder.path(), &["restore", "copy.tar"]).await;
    assert_eq!(whole.code, Some(0), "{}", whole.complained);
}

#[tokio::test]
async fn what_is_no_backup_is_told_by_its_name_and_nothing_of_it_is_written() {
    let folder = a_folder();
    let files = a_backup(folder.path()).await;
    let target = TestDatabase::create_empty().await;
    let mut with_a_stranger = files.clone();
    with_a_stranger.insert(0, ("etc/passwd".to_owned(), b"root".to_vec()));
    write(&folder.path().join("stranger.tar"), &with_a_stranger);
    let without_a_file: Vec<_> = files
        .iter()
        .filter(|(name, _)| name != "database.dump")
        .cloned()
        .collect();
    write(&folder.path().join("short.tar"), &without_a_file);
    fs::create_dir(folder.path().join("folder")).unwrap();

    for (file, told) in [
        ("absent.tar", "absent.tar cannot be read"),
        ("folder", "folder is a folder"),
        ("stranger.tar", "\"etc/passwd\" is nothing that a backup holds"),
        ("short.tar", "no whole backup of AMDA"),
    ] {
        let outcome = amda_on(&target, folder.path(), &["restore", file]).await;
        assert_eq!(outcome.code, Some(1), "{file}: {}", outcome.printed);
        assert!(
            outcome.complained.contains(told),
            "{file}: {}",
            outcome.complained
        );
    }
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn a_restore_without_the_owners_url_names_the_setting_and_leaves_nothing() {
    let folder = a_folder();
    a_backup(folder.path()).await;
    let target = TestDatabase::create_empty().await;
    let app = ("DATABASE_URL", target.app_url().expose_secret());
    let key = ("AMDA_MASTER_KEY", MASTER_KEY);
    let short = ("AMDA_MASTER_KEY", "dG9vIHNob3J0");
    let full = ("AMDA_MIN_FREE_MIB", "1000000000");
    let owner = ("AMDA_DATABASE_OWNER_URL", target.url().expose_secret());

    for (variables, told) in [
        (&[app, key][..], "set AMDA_DATABASE_OWNER_URL"),
        (&[app, owner][..], "set that to the same key"),
        (&[app, owner, short][..], "AMDA_MASTER_KEY"),
        (&[app, owner, key, full][..], "must stay free"),
    ] {
        let outcome = amda(folder.path(), &["restore", "copy.tar"], variables).await;
        assert!(matches!(outcome.code, Some(1 | 2)), "{told}: {}", outcome.printed);
        assert!(
            outcome.complained.contains(told),
            "{told}: {}",
            outcome.complained
        );
        assert!(!folder.path().join("data").exists(), "{told}");
    }
}
