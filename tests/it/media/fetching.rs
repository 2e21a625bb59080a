//! From a reference to a stored file, or to the reason why not.

use amda::db::schema::jobs;
use amda::media::{Fetching, StateReason, fetch_later};
use bytes::Bytes;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{find, objects, row, stored};
use crate::support::fetcher::{Served, content, picture};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_fetched_checked_and_kept_sealed() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(200_000);

    let media = stored(&world, alice, &plain).await;

    let row = row(&world, alice, media).await;
    assert_eq!(row.size_bytes, 200_000);
    let sealed = std::fs::read(world.folder.path().join(row.object_key.unwrap())).unwrap();
    assert_eq!(sealed.len(), 200_000 + 4 * amda::crypto::OVERHEAD_BYTES);
    assert!(!sealed.windows(32).any(|window| window == &plain[1_000..1_032]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_without_a_thumbnail_gets_one_and_its_size() {
    let (world, alice) = World::with_user("FREE").await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(640, 400, image::Rgb([9, 99, 199]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png = Bytes::from(png.into_inner());

    let media = stored(&world, alice, &png).await;

    let row = row(&world, alice, media).await;
    assert_eq!((row.width, row.height), (Some(640), Some(400)));
    let mut work = world.core.begin(alice.user).await.unwrap();
    let found = amda::media::load_thumbnails(&mut work, &[media]).await.unwrap();
    let small = image::load_from_memory(&found[&media]).unwrap();
    assert_eq!((small.width(), small.height()), (320, 200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_whatsapp_no_longer_serves_is_expired_and_may_be_tried_anew() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(10);
    world.fetcher.serve("/gone", Served::Expired);
    let media = world.fetch_later(alice, &picture("/gone", &plain)).await;
    world.settle_media(1).await;
    let expired = row(&world, alice, media).await;
    assert_eq!(expired.state.as_str(), "EXPIRED");
    assert_eq!(expired.state_reason, Some(StateReason::NoLongerServed));
    assert_eq!(
        expired.state_message.as_deref(),
        Some("WhatsApp no longer serves the file")
    );

    world.fetcher.serve("/gone", Served::Content(plain));
    let mut work = world.core.begin(alice.user).await.unwrap();
    assert_eq!(
        fetch_later(&mut work, alice, media).await.unwrap(),
        Fetching::Queued
    );
    work.commit().await.unwrap();
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, media).await.state.as_str(), "STORED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_what_was_sent_is_tried_thrice_and_never_kept() {
    let (world, alice) = World::with_user("FREE").await;
    world.fetcher.serve("/forged", Served::Content(content(9)));
    let media = world.fetch_later(alice, &picture("/forged", &content(10))).await;

    for _ in 0..3 {
        world.attempt_downloads(1).await;
        world.clock.advance(TimeDelta::minutes(1));
    }

    let failed = row(&world, alice, media).await;
    assert_eq!(failed.state.as_str(), "FAILED");
    assert_eq!(failed.state_reason, Some(StateReason::Damaged));
    let message = failed.state_message.unwrap();
    assert_eq!(message, "what WhatsApp served is not the file that was sent");
    assert!(objects(&world).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_reached_is_tried_until_it_is_given_up() {
    let (world, alice) = World::with_user("FREE").await;
    world.fetcher.serve("/far", Served::Unreachable);
    let media = world.fetch_later(alice, &picture("/far", &content(10))).await;

    for _ in 0..24 {
        assert_eq!(row(&world, alice, media).await.state.as_str(), "REMOTE");
        world.attempt_downloads(1).await;
        world.clock.advance(TimeDelta::hours(1));
    }

    let failed = row(&world, alice, media).await;
    assert_eq!(failed.state.as_str(), "FAILED");
    assert_eq!(
        failed.state_message.as_deref(),
        Some("the file could not be fetched, though it was tried several times")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_says_it_is_too_large_is_not_even_asked_for() {
    let (world, alice) = World::with_user("FREE").await;
    let mut huge = picture("/huge", b"small");
    huge.size_bytes = 100 * 1024 * 1024 + 1;
    world
        .fetcher
        .serve("/huge", Served::Content(Bytes::from_static(b"small")));

    let media = world.fetch_later(alice, &huge).await;
    world.settle_media(1).await;

    let failed = row(&world, alice, media).await;
    assert_eq!(
        failed.state_message.as_deref(),
        Some("the file is larger than the 100 MiB that this server fetches")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_client_finds_too_large_failed() {
    let (world, alice) = World::with_user("FREE").await;
    world.fetcher.serve("/large", Served::TooLarge);

    let media = world.fetch_later(alice, &picture("/large", b"x")).await;
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, media).await.state.as_str(), "FAILED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_comes_when_its_object_may_be_removed_is_written_anew() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(10);
    world
        .fetcher
        .serve("/slow", Served::After(TimeDelta::minutes(31), plain.clone()));
    let media = world.fetch_later(alice, &picture("/slow", &plain)).await;
    world.attempt_downloads(1).await;
    assert_eq!(row(&world, alice, media).await.state.as_str(), "REMOTE");

    world.clock.advance(TimeDelta::hours(1));
    world.settle_media(1).await;

    let kept = row(&world, alice, media).await;
    assert_eq!(kept.state.as_str(), "STORED");
    assert!(world.folder.path().join(kept.object_key.unwrap()).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_that_nobody_admits_is_thrown_away_and_its_reference_kept() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(100);
    world.fetcher.serve("/barred", Served::Content(plain.clone()));
    world.refuse_media();

    let media = world.fetch_later(alice, &picture("/barred", &plain)).await;
    world.settle_media(1).await;
    // The removal is a job of its own.
    world.fetch_later(alice, &picture("/nothing", &plain)).await;
    world.settle_media(1).await;

    let remote = row(&world, alice, media).await;
    assert_eq!((remote.state.as_str(), remote.state_reason), ("REMOTE", None));
    assert!(objects(&world).is_empty());
    let mut work = world.core.begin(alice.user).await.unwrap();
    let kept = amda::media::load_reference(&mut work, media).await.unwrap();
    assert_eq!(kept.direct_path, "/barred");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_here_is_not_fetched_twice() {
    let (world, alice) = World::with_user("FREE").await;
    let media = stored(&world, alice, &content(10)).await;

    let mut work = world.core.begin(alice.user).await.unwrap();
    assert_eq!(
        fetch_later(&mut work, alice, media).await.unwrap(),
        Fetching::AlreadyStored
    );
    work.commit().await.unwrap();

    let mut tx = world.core.db.begin_without_user().await.unwrap();
    let fetches = jobs::table.filter(jobs::kind.eq("media.fetch")).count();
    assert_eq!(fetches.get_result::<i64>(&mut *tx).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_forgotten_before_it_came_is_not_fetched() {
    let (world, alice) = World::with_user("FREE").await;
    let forgotten = world.fetch_later(alice, &picture("/forgotten", b"x")).await;
    let mut work = world.core.begin(alice.user).await.unwrap();
    amda::media::forget(&mut work, &[forgotten]).await.unwrap();
    work.commit().await.unwrap();

    stored(&world, alice, &content(10)).await;

    assert!(find(&world, alice, forgotten).await.is_none());
    assert_eq!(objects(&world).len(), 1);
}
