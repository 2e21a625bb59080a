//! HD copies take the place of the files that they are copies of.

use amda::account::AccountRef;
use amda::event::{Chat, Content, MediaKind, MediaReference};
use amda::id::MediaId;
use amda::media::{improve, record};
use bytes::Bytes;
use serde_json::json;

use super::{fetches, objects, only_file, png, row, stored};
use crate::support::fetcher::{Served, content, picture};
use crate::support::whatsapp::{self, alice, alice_deletes, bob, hd_copy_of, says};
use crate::support::world::World;
use crate::view_once::{capturer, view_once};

/// The HD copy with this content, at `/better`, said to be of 640 pixels by 480.
fn better(content: &Bytes) -> MediaReference {
    MediaReference {
        width: Some(640),
        height: Some(480),
        ..picture("/better", content)
    }
}

/// The message that brings it.
fn brings_better(target: &str, content: &Bytes) -> Content {
    Content::Part {
        target_wa_id: target.to_owned(),
        better: Some(Box::new(better(content))),
    }
}

async fn arrives(world: &World, account: AccountRef, media: MediaId, copy: &MediaReference) {
    let mut work = world.core.begin(account.user).await.unwrap();
    improve(&mut work, account, media, copy).await.unwrap();
    work.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hd_copy_takes_the_place_of_a_stored_file_whose_content_is_removed() {
    let (world, account) = World::with_user("FREE").await;
    let (small, hd) = (png(64, 48), png(640, 480));
    let media = stored(&world, account, &small).await;
    let first = row(&world, account, media).await.object_key;
    world.fetcher.serve("/better", Served::Content(hd.clone()));

    arrives(&world, account, media, &better(&hd)).await;
    let meanwhile = row(&world, account, media).await;
    world.settle_media(1).await;

    assert_eq!((meanwhile.width, &meanwhile.object_key), (Some(64), &first));
    let improved = row(&world, account, media).await;
    assert_eq!(
        (improved.state.as_str(), improved.size_bytes),
        ("STORED", i64::try_from(hd.len()).unwrap())
    );
    assert_eq!((improved.width, improved.height), (Some(640), Some(480)));
    assert_ne!(improved.object_key, first);
    // One more round removes the former content.
    stored(&world, account, &content(7)).await;
    assert_eq!(objects(&world).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hd_copy_of_a_file_that_waits_is_fetched_in_its_place() {
    let (world, account) = World::with_user("FREE").await;
    let hd = content(5_000);
    world.fetcher.serve("/better", Served::Content(hd.clone()));
    let media = world
        .fetch_later(account, &picture("/first", &content(100)))
        .await;

    arrives(&world, account, media, &better(&hd)).await;
    world.settle_media(1).await;

    let fetched = row(&world, account, media).await;
    assert_eq!((fetched.state.as_str(), fetched.size_bytes), ("STORED", 5_000));
    assert_eq!(objects(&world).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hd_copy_that_cannot_be_had_leaves_the_file_as_it_is() {
    for served in [Served::Expired, Served::TooLarge, Served::Content(content(9))] {
        let (world, account) = World::with_user("FREE").await;
        let media = stored(&world, account, &png(64, 48)).await;
        let before = row(&world, account, media).await;
        world.fetcher.serve("/better", served.clone());

        arrives(&world, account, media, &better(&png(640, 480))).await;
        world.attempt_downloads(1).await;

        let after = row(&world, account, media).await;
        assert_eq!(
            (after.state.as_str(), after.width, after.object_key),
            ("STORED", Some(64), before.object_key),
            "{served:?}"
        );
        assert_eq!(objects(&world).len(), 1, "{served:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_another_kind_or_of_fewer_pixels_is_ignored() {
    let (world, account) = World::with_user("FREE").await;
    let first = MediaReference {
        width: Some(320),
        height: Some(240),
        ..picture("/first", &content(100))
    };
    let mut work = world.core.begin(account.user).await.unwrap();
    let media = record(&mut work, account.id, &first).await.unwrap();
    work.commit().await.unwrap();
    let smaller = MediaReference {
        width: Some(160),
        height: Some(120),
        ..better(&content(5_000))
    };
    let film = MediaReference {
        kind: MediaKind::Video,
        ..better(&content(5_000))
    };

    for copy in [smaller, film] {
        arrives(&world, account, media, &copy).await;
    }

    let kept = row(&world, account, media).await;
    assert_eq!((kept.size_bytes, kept.width), (100, Some(320)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_file_is_replaced_only_where_both_sizes_are_told_and_the_copy_s_is_larger() {
    let (world, account) = World::with_user("FREE").await;
    let hd = png(640, 480);
    let unmeasured = stored(&world, account, &content(100)).await;
    let measured = stored(&world, account, &png(64, 48)).await;
    let untold = MediaReference {
        width: None,
        ..better(&hd)
    };
    let equal = MediaReference {
        width: Some(48),
        height: Some(64),
        ..better(&hd)
    };

    arrives(&world, account, unmeasured, &better(&hd)).await;
    arrives(&world, account, measured, &untold).await;
    arrives(&world, account, measured, &equal).await;

    assert_eq!(fetches(&world).await, 0);
    assert_eq!(row(&world, account, unmeasured).await.size_bytes, 100);
    assert_eq!(row(&world, account, measured).await.width, Some(64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_not_as_large_as_it_claims_is_thrown_away() {
    for real in [png(32, 24), png(64, 48), content(5_000)] {
        let (world, account) = World::with_user("FREE").await;
        let media = stored(&world, account, &png(64, 48)).await;
        let before = row(&world, account, media).await;
        world.fetcher.serve("/better", Served::Content(real.clone()));

        arrives(&world, account, media, &better(&real)).await;
        world.attempt_downloads(1).await;

        let after = row(&world, account, media).await;
        assert_eq!(
            (after.size_bytes, after.width, after.object_key),
            (before.size_bytes, Some(64), before.object_key)
        );
        assert_eq!(fetches(&world).await, 0, "it is not tried again");
        // One more round removes what was fetched.
        stored(&world, account, &content(7)).await;
        assert_eq!(objects(&world).len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_measured_by_its_content_when_it_is_stored() {
    let (world, account) = World::with_user("FREE").await;
    let plain = png(640, 480);
    world.fetcher.serve("/first", Served::Content(plain.clone()));
    let boastful = MediaReference {
        width: Some(9),
        height: Some(9),
        thumbnail: Some(b"\xff\xd8\xff small".to_vec()),
        ..picture("/first", &plain)
    };

    let media = world.fetch_later(account, &boastful).await;
    world.settle_media(1).await;

    let kept = row(&world, account, media).await;
    assert_eq!((kept.width, kept.height), (Some(640), Some(480)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_a_view_once_message_is_never_replaced() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    let (small, hd) = (png(64, 48), png(640, 480));
    world.fetcher.serve("/first", Served::Content(small.clone()));
    let reference = MediaReference {
        width: Some(64),
        height: Some(48),
        ..picture("/first", &small)
    };
    world.receive(account, &[view_once("V1", Some(reference))]).await;
    let media = only_file(&world, account).await;

    arrives(&world, account, media, &better(&hd)).await;
    world.settle_media(1).await;
    arrives(&world, account, media, &better(&hd)).await;
    let chat = Chat::Direct(alice());
    let copy = says(chat, alice(), "P1", 1, brings_better("V1", &hd));
    world.receive(account, &[copy]).await;

    assert_eq!(fetches(&world).await, 0);
    let captured = row(&world, account, media).await;
    assert_eq!((captured.state.as_str(), captured.width), ("STORED", Some(64)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_of_a_deleted_message_is_never_replaced() {
    let (world, account) = World::with_user("FREE").await;
    let (small, hd) = (png(64, 48), png(640, 480));
    world.fetcher.serve("/first", Served::Content(small.clone()));
    let sends = |wa_id, minutes, content| says(Chat::Direct(alice()), alice(), wa_id, minutes, content);
    let original = Content::Media(Box::new(picture("/first", &small)));

    world
        .receive(account, &[sends("M1", 0, original), alice_deletes("R1", "M1")])
        .await;
    let media = only_file(&world, account).await;
    let copy = |wa_id| sends(wa_id, 6, brings_better("M1", &hd));
    world.receive(account, &[copy("P1")]).await;
    world.settle_media(1).await;
    world.receive(account, &[copy("P2")]).await;

    assert_eq!(fetches(&world).await, 0);
    let kept = row(&world, account, media).await;
    assert_eq!((kept.state.as_str(), kept.width), ("STORED", Some(64)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_waits_when_its_status_is_deleted_is_not_taken() {
    let (world, account) = World::with_user("FREE").await;
    let (small, hd) = (png(64, 48), png(640, 480));
    world.fetcher.serve("/first", Served::Content(small.clone()));
    world.fetcher.serve("/better", Served::Content(hd.clone()));
    let posts = |wa_id, content| says(Chat::Status, alice(), wa_id, 0, content);
    let original = Content::Media(Box::new(picture("/first", &small)));
    world.receive(account, &[posts("S1", original)]).await;
    let media = only_file(&world, account).await;
    super::want(&world, account, media).await;
    world.settle_media(1).await;

    world
        .receive(account, &[posts("P1", brings_better("S1", &hd))])
        .await;
    assert_eq!(fetches(&world).await, 1);
    world
        .receive(account, &[posts("R1", whatsapp::revoke("S1"))])
        .await;
    world.attempt_downloads(1).await;

    let kept = row(&world, account, media).await;
    assert_eq!((kept.state.as_str(), kept.width), ("STORED", Some(64)));
    assert_eq!(fetches(&world).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_comes_while_the_file_is_fetched_is_fetched_in_its_place() {
    let small = png(64, 48);
    for served in [
        Served::Content(small.clone()),
        Served::Expired,
        Served::TooLarge,
        Served::Unreachable,
    ] {
        let (world, account) = World::with_user("FREE").await;
        let hd = png(640, 480);
        world.fetcher.serve("/first", served.clone());
        world.fetcher.serve("/better", Served::Content(hd.clone()));
        let media = world.fetch_later(account, &picture("/first", &small)).await;
        let amid = world.fetcher.interrupt("/first");

        tokio::join!(world.settle_media(1), async {
            amid.wait().await;
            arrives(&world, account, media, &better(&hd)).await;
            amid.wait().await;
        });

        let fetched = row(&world, account, media).await;
        assert_eq!(
            (fetched.state.as_str(), fetched.width),
            ("STORED", Some(640)),
            "{served:?}"
        );
        assert!(world.fetcher.asked().is_empty(), "the phone keeps its peace");
    }
}

#[tokio::test]
async fn a_status_has_the_file_of_its_hd_copy_and_of_nobody_else_s() {
    let posts = |sender, wa_id, content| says(Chat::Status, sender, wa_id, 0, content);
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                posts(alice(), "S1", whatsapp::picture("the sea")),
                posts(alice(), "S2", whatsapp::picture("the hills")),
                posts(alice(), "P1", hd_copy_of("S1")),
                posts(bob(), "P2", hd_copy_of("S2")),
                posts(alice(), "P3", hd_copy_of("unknown")),
            ],
        )
        .await;

    assert_eq!(
        widths(&world, account).await,
        [json!(["the hills", 640]), json!(["the sea", 2_560])]
    );
}

#[tokio::test]
async fn a_copy_that_is_sent_more_than_ten_minutes_from_its_original_is_ignored() {
    let posts = |wa_id, minutes, content| says(Chat::Status, alice(), wa_id, minutes, content);
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                posts("S1", 0, whatsapp::picture("in time")),
                posts("S2", 0, whatsapp::picture("late")),
                posts("S3", 30, whatsapp::picture("long before")),
                posts("P1", 10, hd_copy_of("S1")),
                posts("P2", 11, hd_copy_of("S2")),
                posts("P3", 19, hd_copy_of("S3")),
            ],
        )
        .await;

    assert_eq!(
        widths(&world, account).await,
        [
            json!(["in time", 2_560]),
            json!(["late", 640]),
            json!(["long before", 640]),
        ]
    );
}

/// The captions of the statuses with the widths of their files, in the order of the captions.
async fn widths(world: &World, account: AccountRef) -> Vec<serde_json::Value> {
    const STATUSES: &str = "{ viewer { statuses { nodes { caption media { width } } } } }";
    let answer = world.ask(account, STATUSES, json!({})).await;
    let statuses = answer["viewer"]["statuses"]["nodes"].as_array().unwrap();
    let mut widths: Vec<_> = statuses
        .iter()
        .map(|status| json!([status["caption"], status["media"]["width"]]))
        .collect();
    widths.sort_by_key(|status| status[0].to_string());
    widths
}
