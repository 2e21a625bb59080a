//! An archive as it is written: its progress, its entries, and the news of it.

use amda::account::AccountRef;
use amda::id::MediaId;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures::StreamExt as _;
use ring::digest;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{PATIENCE, export, exports, request, rows, stored_archives, text, until};
use crate::support::database::connect;
use crate::support::fetcher::{Served, content, picture};
use crate::support::graphql::nodes;
use crate::support::whatsapp::{alice_deletes, alice_writes};
use crate::support::world::World;

/// A file with this content, stored.
async fn stored(world: &World, account: AccountRef, path: &str, content: &Bytes) -> MediaId {
    world.fetcher.serve(path, Served::Content(content.clone()));
    let media = world.fetch_later(account, &picture(path, content)).await;
    world.settle_media(1).await;
    media
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_announced_in_order_and_ends_with_a_link_and_a_notice() {
    let (world, account) = World::with_user("FREE").await;
    stored(&world, account, "/1", &content(300_000)).await;
    let before = world.ask(account, "{ viewer { eventCursor } }", json!({})).await;
    request(&world, account).await;
    let query = "subscription ($after: Cursor) { dataExportChanged(after: $after) { kind dataExport {
        state url progress { percent rowsDone rowsTotal bytesDone bytesTotal } } } }";
    let after = json!({"after": before["viewer"]["eventCursor"]});
    let mut changes = world.subscribe(account, query, after);
    let first = changes.next().await.unwrap().data.into_json().unwrap();
    let running = world.run("data_export.");

    let mut seen = vec![first];
    while seen.last().unwrap()["dataExportChanged"]["dataExport"]["state"] != "READY" {
        let next = timeout(PATIENCE, changes.next()).await.expect("it goes on");
        seen.push(next.unwrap().data.into_json().unwrap());
    }
    running.stop().await;

    assert_eq!(seen[0]["dataExportChanged"]["dataExport"]["state"], "QUEUED");
    let of = |event: &Value, pointer: &str| event.pointer(pointer).cloned().unwrap_or_default();
    let percents: Vec<i64> = seen
        .iter()
        .map(|event| {
            of(event, "/dataExportChanged/dataExport/progress/percent")
                .as_i64()
                .unwrap()
        })
        .collect();
    assert!(percents.is_sorted(), "{percents:?}");
    assert_eq!(percents.last(), Some(&100));
    let last = of(seen.last().unwrap(), "/dataExportChanged/dataExport");
    assert!(
        last["url"].as_str().unwrap().contains("/archives/archive."),
        "{last}"
    );
    assert_eq!(last["progress"]["bytesDone"], 300_000);
    assert_eq!(last["progress"]["rowsDone"], last["progress"]["rowsTotal"]);
    let query = "{ viewer { notifications { edges { node { kind title body } } } } }";
    let told = nodes(&world.ask(account, query, json!({})).await["viewer"]["notifications"]);
    assert_eq!(told[0]["kind"], "DATA_EXPORT_READY");
    assert!(
        told[0]["body"]
            .as_str()
            .unwrap()
            .ends_with("until 24 November 2026, 12:00."),
        "{told:?}"
    );
    assert_eq!(stored_archives(&world).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_in_the_archive_and_named_by_their_rows() {
    let (world, account) = World::with_user("FREE").await;
    let plain = content(200_000);
    let media = stored(&world, account, "/1", &plain).await;

    let entries = export(&world, account).await;

    let path = format!("media/{}.jpg", media.as_uuid());
    assert_eq!(entries[&path], plain);
    let row = &rows(&entries, "media")[0];
    assert_eq!(row["file"], path);
    assert_eq!(row["id"], media.as_uuid().to_string());
    let manifest: Value = serde_json::from_str(text(&entries, "manifest.json")).unwrap();
    assert_eq!(manifest["rows"]["media"], 1);
    assert_eq!(manifest["missingFiles"], json!([]));
    let listed = manifest["entries"].as_array().unwrap();
    assert_eq!(listed.len() + 1, entries.len(), "all but the manifest");
    for entry in listed {
        let content = &entries[entry["name"].as_str().unwrap()];
        let hash = digest::digest(&digest::SHA256, content);
        assert_eq!(entry["sha256"], HEXLOWER.encode(hash.as_ref()), "{entry}");
        assert_eq!(entry["sizeBytes"], content.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_lost_is_left_out_and_the_rest_is_there() {
    let (world, account) = World::with_user("FREE").await;
    let lost = stored(&world, account, "/1", &content(1_000)).await;
    let object = super::files_below(world.folder.path()).pop().unwrap();
    std::fs::remove_file(object).unwrap();
    let kept = stored(&world, account, "/2", &content(2_000)).await;

    let entries = export(&world, account).await;

    let path = |media: MediaId| format!("media/{}.jpg", media.as_uuid());
    assert!(!entries.contains_key(&path(lost)));
    assert_eq!(entries[&path(kept)].len(), 2_000);
    let manifest: Value = serde_json::from_str(text(&entries, "manifest.json")).unwrap();
    assert_eq!(manifest["missingFiles"], json!([path(lost)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_of_many_pages_is_whole_and_each_row_is_there_once() {
    let (world, account) = World::with_user("FREE").await;
    let superuser = connect(world.database.url()).await;
    let fill = format!(
        "INSERT INTO status_reactions (user_id, account_id, wa_id, reacted_at)
            SELECT '{user}', '{account}', 'M' || n || chr(65 + n % 50), now() FROM generate_series(1, 450) AS n;
        INSERT INTO deleted_items (id, user_id, kind, deleted_at)
            SELECT lpad(to_hex(n), 32, '0')::uuid, '{user}', 'Status', now() FROM generate_series(1, 400) AS n;",
        user = account.user.as_uuid(),
        account = account.id.as_uuid(),
    );
    superuser.batch_execute(&fill).await.unwrap();

    let entries = export(&world, account).await;

    for (file, column, count) in [("status_reactions", "wa_id", 450), ("deleted_items", "id", 400)] {
        let mut found: Vec<Value> = rows(&entries, file)
            .iter()
            .map(|row| row[column].clone())
            .collect();
        assert_eq!(found.len(), count, "{file}");
        found.sort_by_key(ToString::to_string);
        found.dedup();
        assert_eq!(found.len(), count, "{file} has rows twice");
        let csv = text(&entries, &format!("data/{file}.csv"));
        assert_eq!(csv.lines().count(), count + 1, "{file}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_an_export_is_written_is_not_in_it() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_writes("M1", "hello"), alice_deletes("R1", "M1")])
        .await;
    let superuser = connect(world.database.url()).await;
    superuser
        .batch_execute("BEGIN; LOCK TABLE uploads")
        .await
        .unwrap();
    request(&world, account).await;
    let running = world.run("data_export.");
    crate::support::database::until_waiting(&world.database, 1).await;

    // The high-water mark is taken, and nothing is read yet that comes behind it.
    world.clock.advance(chrono::TimeDelta::seconds(1));
    world
        .receive(account, &[alice_writes("M2", "late"), alice_deletes("R2", "M2")])
        .await;
    superuser.batch_execute("COMMIT").await.unwrap();
    until(&world, account, "READY").await;
    running.stop().await;

    let id = amda::features::data_export::DataExportId::from_global(
        exports(&world, account).await[0]["id"].as_str().unwrap(),
    );
    let entries = super::unpack(super::download(&world, account, id.unwrap()).await);
    let deleted = rows(&entries, "deleted_messages");
    assert_eq!(deleted.len(), 1, "{deleted:#?}");
    assert_eq!(deleted[0]["content"], "hello");
}
