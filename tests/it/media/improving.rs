//! HD copies take the place of the files that they are copies of.

use amda::account::AccountRef;
use amda::event::{Chat, MediaKind, MediaReference};
use amda::id::MediaId;
use amda::media::{improve, record};
use bytes::Bytes;
use serde_json::json;

use super::{objects, row, stored};
use crate::support::fetcher::{Served, content, picture};
use crate::support::whatsapp::{self, alice, bob, hd_copy_of, says};
use crate::support::world::World;

/// The HD copy with this content, at `/better`.
fn better(content: &Bytes) -> MediaReference {
    MediaReference {
        width: Some(2_560),
        height: Some(1_920),
        ..picture("/better", content)
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
    let media = stored(&world, account, &content(100)).await;
    let first = row(&world, account, media).await.object_key;
    let hd = content(5_000);
    world.fetcher.serve("/better", Served::Content(hd.clone()));

    arrives(&world, account, media, &better(&hd)).await;
    let meanwhile = row(&world, account, media).await;
    world.settle_media(1).await;

    assert_eq!((meanwhile.size_bytes, &meanwhile.object_key), (100, &first));
    let improved = row(&world, account, media).await;
    assert_eq!((improved.state.as_str(), improved.size_bytes), ("STORED", 5_000));
    assert_eq!((improved.width, improved.height), (Some(2_560), Some(1_920)));
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
        let media = stored(&world, account, &content(100)).await;
        let before = row(&world, account, media).await;
        world.fetcher.serve("/better", served.clone());

        arrives(&world, account, media, &better(&content(5_000))).await;
        world.attempt_downloads(1).await;

        let after = row(&world, account, media).await;
        assert_eq!(
            (after.state.as_str(), after.size_bytes, after.object_key),
            ("STORED", 100, before.object_key),
            "{served:?}"
        );
        assert_eq!(objects(&world).len(), 1, "{served:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_another_kind_or_of_fewer_pixels_is_ignored() {
    let (world, account) = World::with_user("FREE").await;
    let first = MediaReference {
        width: Some(1_280),
        height: Some(960),
        ..picture("/first", &content(100))
    };
    let mut work = world.core.begin(account.user).await.unwrap();
    let media = record(&mut work, account.id, &first).await.unwrap();
    work.commit().await.unwrap();
    let smaller = MediaReference {
        width: Some(640),
        height: Some(480),
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
    assert_eq!((kept.size_bytes, kept.width), (100, Some(1_280)));
}

#[tokio::test]
async fn a_status_has_the_file_of_its_hd_copy_and_of_nobody_else_s() {
    const STATUSES: &str = "{ viewer { statuses { nodes { caption media { width height } } } } }";
    let (world, account) = World::with_user("FREE").await;
    let posts = |sender, wa_id, content| says(Chat::Status, sender, wa_id, 0, content);

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

    let answer = world.ask(account, STATUSES, json!({})).await;
    let mut statuses = answer["viewer"]["statuses"]["nodes"].as_array().unwrap().clone();
    statuses.sort_by_key(|status| status["caption"].to_string());
    assert_eq!(
        statuses,
        [
            json!({"caption": "the hills", "media": {"width": 640, "height": 480}}),
            json!({"caption": "the sea", "media": {"width": 2_560, "height": 1_920}}),
        ]
    );
}
