//! The daily look after the media: nothing is left that nothing names, and the count is right.

use std::fs::File;
use std::path::PathBuf;

use amda::account::AccountRef;
use amda::clock::Clock;
use amda::db::schema::storage_usage;
use amda::media::{Check, Found};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{find, objects, row, stored};
use crate::support::fetcher::content;
use crate::support::world::World;

fn check(world: &World) -> Check {
    Check {
        core: world.core.clone(),
        objects: world.objects.clone(),
    }
}

/// As a crash between the write and the commit would leave it now, with nobody to remove it.
async fn leave_an_object(world: &World, account: AccountRef) -> PathBuf {
    let path = world
        .folder
        .path()
        .join(format!("{}/{}/left-behind", account.user, account.id));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"sealed").unwrap();
    // The machine stamps files with its own time.
    let written = File::options().write(true).open(&path).unwrap();
    written.set_modified(world.clock.now().into()).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_nothing_names_goes_after_two_days() {
    let (world, alice) = World::with_user("FREE").await;
    let media = stored(&world, alice, &content(10)).await;

    world.clock.advance(TimeDelta::days(2));
    assert_eq!(check(&world).look_after(alice.user).await.unwrap().files, 0);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(check(&world).look_after(alice.user).await.unwrap().files, 1);

    assert!(find(&world, alice, media).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_no_row_names_goes_and_named_and_young_ones_stay() {
    let (world, alice) = World::with_user("FREE").await;
    let left = leave_an_object(&world, alice).await;
    assert_eq!(
        check(&world).look_after(alice.user).await.unwrap(),
        Found::default()
    );
    assert!(left.exists(), "it is too young to be judged");

    world.clock.advance(TimeDelta::days(3));
    let kept = stored(&world, alice, &content(10)).await;
    assert_eq!(check(&world).look_after(alice.user).await.unwrap().objects, 1);

    let kept = row(&world, alice, kept).await.object_key.unwrap();
    assert_eq!(objects(&world), [world.folder.path().join(kept)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_count_is_mended() {
    let (world, alice) = World::with_user("FREE").await;
    stored(&world, alice, &content(1_000)).await;
    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    diesel::update(storage_usage::table)
        .set(storage_usage::used_bytes.eq(5))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert!(check(&world).look_after(alice.user).await.unwrap().is_miscounted);

    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    let usage = amda::media::usage(&mut tx, alice.user).await.unwrap();
    assert!(usage.used_bytes > 1_000, "{usage:?}");
    drop(tx);
    assert!(!check(&world).look_after(alice.user).await.unwrap().is_miscounted);
}
