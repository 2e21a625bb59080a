//! Exports that are cut off: by a restart, a cancellation, the end of their user, a full disk.

use std::time::Duration;

use amda::account::AccountRef;
use amda::features::data_export::DataExportId;
use amda::jobs::WorkerOptions;
use serde_json::{Value, json};
use tokio_postgres::Client;

use super::{PATIENCE, download, exports, files_below, request, rows, stored_archives, unpack, until};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::database::{connect, until_waiting};
use crate::support::websocket::SOON;
use crate::support::worker::{BUSY, Running, run_at};
use crate::support::world::World;

/// An export that is being written and cannot go on, because somebody has locked a table that it reads.
struct Halfway {
    world: World,
    account: AccountRef,
    id: DataExportId,
    running: Running,
    lock: Client,
}

impl Halfway {
    async fn come() -> Self {
        let (world, account) = World::with_user("FREE").await;
        let lock = connect(world.database.url()).await;
        lock.batch_execute("BEGIN; LOCK TABLE webhook_attempts")
            .await
            .unwrap();
        let id = request(&world, account).await;
        let at_once = WorkerOptions {
            drain: Duration::ZERO,
            ..BUSY
        };
        let running = run_at(&world.core, world.handlers("data_export."), at_once);
        until_waiting(&world.database, 1).await;
        Self {
            world,
            account,
            id,
            running,
            lock,
        }
    }

    async fn unlock(&self) {
        self.lock.batch_execute("ROLLBACK").await.unwrap();
    }

    /// Waits until nothing is written any more, and nothing is to be.
    async fn until_no_job(&self) {
        let waiting = async {
            let query = "SELECT count(*) FROM jobs WHERE kind = 'data_export.write'";
            let watcher = connect(self.world.database.url()).await;
            while watcher.query_one(query, &[]).await.unwrap().get::<_, i64>(0) > 0 {}
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .expect("the writing ends in time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_a_restart_cut_off_begins_anew_and_leaves_nothing_behind() {
    let halfway = Halfway::come().await;
    assert_eq!(
        exports(&halfway.world, halfway.account).await[0]["state"],
        "RUNNING"
    );
    // As a process leaves it that is killed.
    let tries = format!("archives/{}/{}", halfway.account.user, halfway.id.as_uuid());
    let leftover = halfway.world.folder.path().join(tries).join("0123456789abcdef#1");
    std::fs::create_dir_all(leftover.parent().unwrap()).unwrap();
    std::fs::write(&leftover, "half").unwrap();

    halfway.running.stop().await;
    halfway.lock.batch_execute("ROLLBACK").await.unwrap();
    let again = halfway.world.run("data_export.");
    let ready = until(&halfway.world, halfway.account, "READY").await;
    again.stop().await;

    let left = stored_archives(&halfway.world);
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(!leftover.exists());
    assert_eq!(ready["progress"]["rowsDone"], ready["progress"]["rowsTotal"]);
    let archive = download(&halfway.world, halfway.account, halfway.id).await;
    let entries = unpack(archive);
    assert_eq!(rows(&entries, "accounts").len(), 1);
    assert_eq!(rows(&entries, "data_exports").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_is_cancelled_stops_at_once() {
    let halfway = Halfway::come().await;
    let (world, account) = (&halfway.world, halfway.account);
    let cancelled = world.services.data_exports.cancel(account.user, halfway.id).await;
    // What it waits for is still locked.
    halfway.until_no_job().await;
    halfway.unlock().await;
    halfway.running.stop().await;

    assert_eq!(cancelled.unwrap().state.as_str(), "CANCELLED");
    assert_eq!(stored_archives(&halfway.world), Vec::<std::path::PathBuf>::new());
    let left = exports(&halfway.world, halfway.account).await;
    assert_eq!(left[0]["state"], "CANCELLED");
    assert_eq!(left[0]["url"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_export_of_a_user_who_is_deleted_stops() {
    let halfway = Halfway::come().await;
    let (world, user) = (&halfway.world, halfway.account.user);

    // The key goes first, see `users::deletion`.
    let mut work = world.core.begin(user).await.unwrap();
    world.core.vault.destroy(&mut work, user).await.unwrap();
    work.commit().await.unwrap();
    world.core.vault.forget(user);

    halfway.until_no_job().await;
    halfway.unlock().await;
    halfway.running.stop().await;
    assert_eq!(stored_archives(&halfway.world), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_fails_an_export_clearly_and_leaves_nothing() {
    let app = TestApp::start_with(|config| config.min_free_bytes = u64::MAX).await;
    let user = app.register("alice@example.org").await;
    let mut changes = user
        .subscribe_from_now(
            "dataExportChanged",
            "dataExport { state failure { reason message } url }",
        )
        .await;

    let query = "mutation ($password: String!) { requestDataExport(input: {currentPassword: $password}) {
        errors { message } } }";
    let asked = user.run(query, json!({"password": PASSWORD})).await;
    let mut last = Value::Null;
    while last["state"] != "FAILED" {
        last = changes.next_event(SOON * 3).await["dataExportChanged"]["dataExport"].take();
    }

    assert_eq!(asked["requestDataExport"]["errors"], json!([]));
    assert_eq!(last["failure"]["reason"], "DISK_FULL");
    assert!(
        last["failure"]["message"].as_str().unwrap().contains("no room"),
        "{last}"
    );
    assert_eq!(last["url"], json!(null));
    let folder = app.config.data_dir.join("media/archives");
    assert_eq!(files_below(&folder), Vec::<std::path::PathBuf>::new());
    app.stop().await;
}
