//! Files that WhatsApp no longer serves: the phone uploads them anew, and is asked once.

use amda::account::AccountRef;
use amda::event::MediaReference;
use amda::id::MediaId;
use amda::media::improve;
use chrono::TimeDelta;

use super::{row, want};
use crate::support::fetcher::{Phone, Served, content, picture};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_the_phone_uploads_anew_is_kept() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(100);
    world.fetcher.serve("/old", Served::Expired);
    world.fetcher.serve("/new", Served::Content(plain.clone()));
    world.fetcher.set_phone(Phone::Has("/new".to_owned()));

    let media = world.fetch_later(alice, &picture("/old", &plain)).await;
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, media).await.state.as_str(), "STORED");
    assert_eq!(world.fetcher.asked(), ["/old"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_is_asked_once_however_often_the_file_is_wanted() {
    let (world, alice) = World::with_user("FREE").await;
    world.fetcher.serve("/old", Served::Expired);
    let media = world.fetch_later(alice, &picture("/old", b"x")).await;
    world.settle_media(1).await;

    for _ in 0..2 {
        assert_eq!(row(&world, alice, media).await.state.as_str(), "EXPIRED");
        want(&world, alice, media).await;
        world.settle_media(1).await;
    }

    assert_eq!(world.fetcher.asked(), ["/old"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_is_asked_when_the_account_is_back() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(100);
    world.fetcher.serve("/old", Served::Expired);
    world.fetcher.serve("/new", Served::Content(plain.clone()));
    world.fetcher.set_phone(Phone::Offline);
    let media = world.fetch_later(alice, &picture("/old", &plain)).await;
    world.attempt_downloads(1).await;
    assert_eq!(row(&world, alice, media).await.state.as_str(), "REMOTE");

    world.fetcher.set_phone(Phone::Has("/new".to_owned()));
    world.clock.advance(TimeDelta::hours(1));
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, media).await.state.as_str(), "STORED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_file_lies_now_is_remembered_though_it_could_not_be_reached() {
    let (world, alice) = World::with_user("FREE").await;
    let plain = content(100);
    world.fetcher.serve("/old", Served::Expired);
    world.fetcher.serve("/new", Served::Unreachable);
    world.fetcher.set_phone(Phone::Has("/new".to_owned()));
    let media = world.fetch_later(alice, &picture("/old", &plain)).await;
    // Once at the old place, once at the new.
    world.attempt_downloads(2).await;

    world.fetcher.serve("/new", Served::Content(plain));
    world.clock.advance(TimeDelta::hours(1));
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, media).await.state.as_str(), "STORED");
    assert_eq!(world.fetcher.asked(), ["/old"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_better_copy_that_comes_before_the_phone_answers_is_fetched_from_its_own_place() {
    let (world, alice) = World::with_user("FREE").await;
    let (plain, hd) = (content(100), content(5_000));
    world.fetcher.serve("/old", Served::Expired);
    world.fetcher.serve("/new", Served::Content(plain.clone()));
    world.fetcher.serve("/better", Served::Content(hd.clone()));
    world.fetcher.set_phone(Phone::Has("/new".to_owned()));
    let media = world.fetch_later(alice, &picture("/old", &plain)).await;
    let amid = world.fetcher.interrupt_phone("/old");

    tokio::join!(world.settle_media(1), async {
        amid.wait().await;
        improved(&world, alice, media, &picture("/better", &hd)).await;
        amid.wait().await;
    });

    let fetched = row(&world, alice, media).await;
    assert_eq!((fetched.state.as_str(), fetched.size_bytes), ("STORED", 5_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_phone_is_asked_once_for_a_better_copy_too() {
    let (world, alice) = World::with_user("FREE").await;
    let hd = content(5_000);
    world.fetcher.serve("/old", Served::Expired);
    world.fetcher.serve("/better", Served::Expired);
    let media = world.fetch_later(alice, &picture("/old", b"x")).await;
    world.settle_media(1).await;

    improved(&world, alice, media, &picture("/better", &hd)).await;
    world.settle_media(1).await;
    want(&world, alice, media).await;
    world.settle_media(1).await;

    assert_eq!(row(&world, alice, media).await.state.as_str(), "EXPIRED");
    assert_eq!(world.fetcher.asked(), ["/old", "/better"]);
}

async fn improved(world: &World, account: AccountRef, media: MediaId, better: &MediaReference) {
    let mut work = world.core.begin(account.user).await.unwrap();
    improve(&mut work, account, media, better).await.unwrap();
    work.commit().await.unwrap();
}
