//! How much is kept, and that nothing is left behind.

use std::sync::Arc;

use amda::account::AccountRef;
use amda::db::schema::{accounts, jobs, media, notifications, users};
use amda::id::MediaId;
use amda::media::{DiscardAll, SpaceError, StateReason};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::time::timeout;

use super::{find, objects, row, stored};
use crate::support::fetcher::{Served, content, picture};
use crate::support::worker::{BREATH, DEADLINE, run};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_into_the_plans_storage_is_not_kept() {
    let (world, alice) = World::with_user("FREE").await;
    let full = stored(&world, alice, &content(10)).await;
    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    diesel::update(media::table.find(full))
        .set(media::stored_bytes.eq(1_024 * 1_024 * 1_024 - 100))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    world.fetcher.serve("/more", Served::Content(content(60)));
    let more = world.fetch_later(alice, &picture("/more", &content(60))).await;
    world.settle_media(1).await;

    let refused = row(&world, alice, more).await;
    assert_eq!(refused.state.as_str(), "FAILED");
    assert_eq!(refused.state_reason, Some(StateReason::StorageFull));
    assert_eq!(
        refused.state_message.as_deref(),
        Some("the plan's 1024 MiB of media storage are full; delete something and try again")
    );
    world.fetcher.serve("/fits", Served::Content(content(59)));
    let fits = world.fetch_later(alice, &picture("/fits", &content(59))).await;
    world.settle_media(1).await;
    assert_eq!(
        row(&world, alice, fits).await.state.as_str(),
        "STORED",
        "to the byte"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_file_leaves_nothing_behind() {
    let (world, alice) = World::with_user("FREE").await;
    let media = stored(&world, alice, &content(10)).await;
    let other = stored(&world, alice, &content(20)).await;

    let mut work = world.core.begin(alice.user).await.unwrap();
    amda::media::forget(&mut work, &[media]).await.unwrap();
    work.commit().await.unwrap();
    world.fetch_later(alice, &picture("/nothing", b"x")).await;
    world.settle_media(1).await;

    assert!(find(&world, alice, media).await.is_none());
    let kept = row(&world, alice, other).await.object_key.unwrap();
    assert_eq!(objects(&world), [world.folder.path().join(kept)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_no_row_came_to_name_is_removed_and_a_live_one_is_not() {
    let (world, alice) = World::with_user("FREE").await;
    let media = stored(&world, alice, &content(10)).await;
    let kept = row(&world, alice, media).await.object_key.unwrap();
    let lost = stored(&world, alice, &content(20)).await;
    // As a crash between the write and the commit would leave it.
    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    diesel::update(media::table.find(lost))
        .set((media::state.eq("REMOTE"), media::object_key.eq(None::<String>)))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    world.clock.advance(TimeDelta::hours(2));
    world.fetch_later(alice, &picture("/nothing", b"x")).await;
    world.settle_media(1).await;

    assert_eq!(objects(&world), [world.folder.path().join(kept)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_leaves_no_file_behind_and_other_users_keep_theirs() {
    let world = World::build().await;
    let (alice, bob) = (world.user("FREE").await, world.user("FREE").await);
    stored(&world, alice, &content(10)).await;
    let kept = stored(&world, bob, &content(20)).await;

    let mut work = world.core.begin(alice.user).await.unwrap();
    let (user, now) = (work.user, work.now);
    amda::media::discard_of_user(&mut work, &world.core.ids, user, now)
        .await
        .unwrap();
    work.wake_on_commit();
    diesel::delete(users::table.find(alice.user))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    world.fetch_later(bob, &picture("/nothing", b"x")).await;
    world.settle_media(1).await;

    let kept = row(&world, bob, kept).await.object_key.unwrap();
    assert_eq!(objects(&world), [world.folder.path().join(kept)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_of_a_deleted_user_that_lie_in_a_bucket_wait_for_a_server_that_has_it() {
    let (world, alice) = World::with_user("FREE").await;
    let media = stored(&world, alice, &content(10)).await;
    let mut work = world.core.begin(alice.user).await.unwrap();
    diesel::update(media::table.find(media))
        .set(media::storage.eq("BUCKET"))
        .execute(&mut *work)
        .await
        .unwrap();
    let (user, now) = (work.user, work.now);
    amda::media::discard_of_user(&mut work, &world.core.ids, user, now)
        .await
        .unwrap();
    diesel::delete(users::table.find(alice.user))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    let discard_all = DiscardAll {
        objects: world.objects.clone(),
    };

    let running = run(&world.core, vec![Arc::new(discard_all)]);
    let failures = async {
        loop {
            let errors = errors_of_jobs(&world).await;
            if errors.iter().all(Option::is_some) {
                return errors;
            }
            tokio::time::sleep(BREATH).await;
        }
    };
    let failures = timeout(DEADLINE, failures).await.expect("both are tried");
    running.stop().await;

    assert_eq!(failures.len(), 2, "of media and of archives");
    for failure in failures.into_iter().flatten() {
        assert!(failure.contains("none is configured"), "{failure}");
    }
}

/// The last error of each job that removes objects.
async fn errors_of_jobs(world: &World) -> Vec<Option<String>> {
    let mut tx = world.core.db.begin_without_user().await.unwrap();
    let errors = jobs::table
        .filter(jobs::kind.eq("media.discard_all"))
        .select(jobs::last_error)
        .load(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    errors
}

/// What the user's count says, and what is there.
async fn counted(world: &World, account: AccountRef) -> (i64, i64) {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let used = amda::media::usage(&mut tx, account.user)
        .await
        .unwrap()
        .used_bytes;
    let there: Vec<i64> = media::table
        .filter(media::state.eq("STORED"))
        .select(media::stored_bytes)
        .load(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (used, there.into_iter().sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_count_is_exact_while_files_are_stored_and_forgotten_at_once() {
    let (world, alice) = World::with_user("FREE").await;
    let mut old = Vec::new();
    for size in 1..=6 {
        old.push(stored(&world, alice, &content(size * 1_000)).await);
    }
    for size in 1..=8 {
        let path = format!("/new{size}");
        world.fetcher.serve(&path, Served::Content(content(size * 777)));
        world
            .fetch_later(alice, &picture(&path, &content(size * 777)))
            .await;
    }

    let forgetting = futures::future::join_all(old.iter().map(async |media| {
        let mut work = world.core.begin(alice.user).await.unwrap();
        amda::media::forget(&mut work, &[*media]).await.unwrap();
        work.commit().await.unwrap();
    }));
    tokio::join!(world.settle_media(8), forgetting);

    let (used, there) = counted(&world, alice).await;
    assert_eq!(used, there);
    assert!(used > (1..=8).map(|size| size * 777).sum());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_would_fit_alone_one_is_kept() {
    let (world, alice) = World::with_user("FREE").await;
    fill_up_to(&world, alice, 1_024 * 1_024 * 1_024 - 250).await;
    world.fetcher.gather(2);
    let wanted = ["/one", "/two"].map(|path| {
        world.fetcher.serve(path, Served::Content(content(200)));
        path
    });

    let mut files = Vec::new();
    for path in wanted {
        files.push(world.fetch_later(alice, &picture(path, &content(200))).await);
    }
    world.settle_media(2).await;

    let mut states = Vec::new();
    for file in files {
        states.push(row(&world, alice, file).await.state.as_str());
    }
    states.sort_unstable();
    assert_eq!(states, ["FAILED", "STORED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_is_not_downloaded_and_comes_when_there_is_room() {
    let (world, alice) = World::with_user("FREE").await;
    let filler = fill_up_to(&world, alice, 1_024 * 1_024 * 1_024).await;
    // Nobody serves it: had it been asked for, it would have expired.
    let file = world.fetch_later(alice, &picture("/more", &content(60))).await;
    world.settle_media(1).await;
    let failed = row(&world, alice, file).await;
    assert_eq!(failed.state.as_str(), "FAILED");
    assert_eq!(failed.state_reason, Some(StateReason::StorageFull));

    let mut work = world.core.begin(alice.user).await.unwrap();
    amda::media::forget(&mut work, &[filler]).await.unwrap();
    amda::media::fetch_later(&mut work, alice, file).await.unwrap();
    work.commit().await.unwrap();
    world.fetcher.serve("/more", Served::Content(content(60)));
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, file).await.state.as_str(), "STORED");
    assert_eq!(counted(&world, alice).await.0, counted(&world, alice).await.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_is_told_of_full_storage_once_a_month() {
    let (world, alice) = World::with_user("FREE").await;
    fill_up_to(&world, alice, 1_024 * 1_024 * 1_024).await;

    for (path, wait) in [("/1", 0), ("/2", 0), ("/3", 3), ("/4", 10)] {
        world.clock.advance(TimeDelta::days(wait));
        world.fetch_later(alice, &picture(path, &content(60))).await;
        world.settle_media(1).await;
    }

    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    let told: Vec<serde_json::Value> = notifications::table
        .filter(notifications::kind.eq("STORAGE_FULL"))
        .select(notifications::details)
        .load(&mut *tx)
        .await
        .unwrap();
    assert_eq!(told.len(), 2, "in November and in December");
    assert_eq!(told[0]["limitBytes"], 1_024 * 1_024 * 1_024);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn space_is_required_to_the_byte() {
    let (world, alice) = World::with_user("FREE").await;
    fill_up_to(&world, alice, 1_024 * 1_024 * 1_024 - 10).await;
    let mut work = world.core.begin(alice.user).await.unwrap();

    assert!(amda::media::require_space(&mut work, 10).await.is_ok());
    let refused = amda::media::require_space(&mut work, 11).await;

    let Err(SpaceError::Full(full)) = refused else {
        panic!("there is no room for 11: {refused:?}");
    };
    assert_eq!(full.limit_bytes - full.used_bytes, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accounts_end_gives_its_space_back() {
    let (world, alice) = World::with_user("FREE").await;
    stored(&world, alice, &content(1_000)).await;

    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    diesel::delete(accounts::table.find(alice.id))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(counted(&world, alice).await, (0, 0));
}

/// A file that takes so many bytes, as far as the count knows.
async fn fill_up_to(world: &World, account: AccountRef, stored_bytes: i64) -> MediaId {
    let full = stored(world, account, &content(10)).await;
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    diesel::update(media::table.find(full))
        .set(media::stored_bytes.eq(stored_bytes))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    full
}
