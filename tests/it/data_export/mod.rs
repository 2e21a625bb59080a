//! Exports of all that is kept of a user: what is in the archive, and what becomes of it.

mod catalogue;
mod downloading;
mod everything;
mod limits;
mod page;
mod stopping;
mod writing;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::path::PathBuf;
use std::time::Duration;

use amda::account::AccountRef;
use amda::features::data_export::DataExportId;
use axum::body::to_bytes;
use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::time::timeout;
use zip::ZipArchive;

use crate::support::graphql::nodes;
use crate::support::world::World;

/// The time that an export may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// The entries of an archive by their names.
type Entries = BTreeMap<String, Vec<u8>>;

/// Requests an export of the account's user.
async fn request(world: &World, account: AccountRef) -> DataExportId {
    let work = world.core.begin(account.user).await.unwrap();
    let requested = world.services.data_exports.request(work).await;
    requested.unwrap().id
}

/// The user's exports, the newest first.
async fn exports(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { dataExports { totalCount edges { node {
        id state progress { rowsDone rowsTotal bytesDone bytesTotal percent } sizeBytes url createdAt expiresAt
        failure { reason message }
    } } } } }";
    let data = world.ask(account, query, json!({})).await;
    nodes(&data["viewer"]["dataExports"])
}

/// Waits until the newest export of the user is in `state`; answers with it.
async fn until(world: &World, account: AccountRef, state: &str) -> Value {
    let waiting = async {
        loop {
            let newest = exports(world, account).await.swap_remove(0);
            if newest["state"] == state {
                return newest;
            }
        }
    };
    timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("the export is {state} in time"))
}

/// Requests an export and has it written; answers with its entries.
async fn export(world: &World, account: AccountRef) -> Entries {
    let id = request(world, account).await;
    let running = world.run("data_export.");
    until(world, account, "READY").await;
    running.stop().await;
    unpack(download(world, account, id).await)
}

/// The bytes of a written archive.
async fn download(world: &World, account: AccountRef, id: DataExportId) -> Vec<u8> {
    let found = world.services.data_exports.find_download(account.user, id).await;
    let found = found.unwrap().expect("the archive is there");
    let (archive, key) = (found.archive, found.key);
    let (method, headers) = (Method::GET, HeaderMap::new());
    let response =
        amda::media::serve_archive(&world.objects, archive, key, &found.file_name, &method, &headers).await;
    assert!(response.status().is_success(), "{response:?}");
    to_bytes(response.into_body(), usize::MAX).await.unwrap().into()
}

/// The entries of an archive, each of which has its checksum.
fn unpack(archive: Vec<u8>) -> Entries {
    let mut zip = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut entries = Entries::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let name = entry.name().unwrap().into_owned();
        let twin = entries.insert(name.clone(), content);
        assert!(twin.is_none(), "{name} is there twice");
    }
    entries
}

/// An entry of text.
fn text<'a>(entries: &'a Entries, name: &str) -> &'a str {
    let content = entries.get(name).unwrap_or_else(|| panic!("{name} is there"));
    std::str::from_utf8(content).unwrap()
}

/// The rows of a file of the archive.
fn rows(entries: &Entries, file: &str) -> Vec<Value> {
    text(entries, &format!("data/{file}.jsonl"))
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Every file of archives in the store, half-written ones among them.
fn stored_archives(world: &World) -> Vec<PathBuf> {
    files_below(&world.folder.path().join("archives"))
}

fn files_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let Ok(listed) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = listed.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
