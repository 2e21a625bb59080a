//! What the bucket encrypts: links lead straight to it.

use amda::account::AccountRef;
use amda::config::MediaEncryption;
use amda::id::MediaId;
use amda::media::{Links, SignedLink, Storage};
use chrono::TimeDelta;
use reqwest::StatusCode;
use tokio::time::timeout;

use super::server::S3Server;
use super::{read, row, storage, stored, world};
use crate::support::fetcher::content;
use crate::support::http;
use crate::support::websocket::SOON;
use crate::support::world::World;

const PLAIN: MediaEncryption = MediaEncryption::Bucket;

async fn link(world: &World, account: AccountRef, media: MediaId, good_for: TimeDelta) -> SignedLink {
    let base = "http://127.0.0.1:1/".parse().unwrap();
    let links = Links::new(world.core.vault.secret(), base, good_for).with_bucket_of(&world.objects);
    let row = row(world, account, media).await;
    links.sign_content(&row, world.core.clock.now()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_leads_to_the_bucket_which_shows_the_file_and_its_ranges() {
    let server = S3Server::start().await;
    let (world, alice) = world(&server, PLAIN).await;
    let plain = content(100_000);

    let media = stored(&world, alice, "/photo", &plain).await;
    let link = link(&world, alice, media, TimeDelta::minutes(15)).await;

    assert_eq!(storage(&world, alice, media).await, Storage::PlainBucket);
    assert!(
        link.url
            .as_str()
            .starts_with(&format!("http://{}/media/amda/", server.address))
    );
    assert_eq!(link.expires_at, world.core.clock.now() + TimeDelta::minutes(15));
    let whole = http::get(link.url.as_str()).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.headers()["content-type"], "image/jpeg");
    assert_eq!(whole.headers()["content-disposition"], "inline");
    assert_eq!(whole.bytes().await.unwrap(), plain);
    let part = http::client().get(link.url).header("range", "bytes=10-19");
    assert_eq!(
        part.send().await.unwrap().bytes().await.unwrap(),
        plain.slice(10..20)
    );
    assert_eq!(
        read(&world, &world.objects, alice, media).await,
        plain,
        "as AMDA sends it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_was_changed_or_expired_is_refused_by_the_bucket() {
    let server = S3Server::start().await;
    let (world, alice) = world(&server, PLAIN).await;
    let media = stored(&world, alice, "/photo", &content(10)).await;
    let other = stored(&world, alice, "/other", &content(11)).await;
    let good = link(&world, alice, media, TimeDelta::minutes(15)).await.url;
    let other = link(&world, alice, other, TimeDelta::minutes(15)).await.url;
    let short = link(&world, alice, media, TimeDelta::seconds(1)).await.url;

    let mut of_another = good.clone();
    of_another.set_path(other.path());
    let longer = good.as_str().replace("X-Amz-Expires=900", "X-Amz-Expires=9000");
    let bare = good.as_str().split('?').next().unwrap().to_owned();

    for wrong in [of_another.as_str(), &longer, &bare] {
        assert_eq!(http::get(wrong).await.status(), StatusCode::FORBIDDEN, "{wrong}");
    }
    let until_expired = async { while http::get(short.as_str()).await.status() != StatusCode::FORBIDDEN {} };
    timeout(SOON, until_expired).await.expect("the link expires");
    assert_eq!(http::get(good.as_str()).await.status(), StatusCode::OK);
}
