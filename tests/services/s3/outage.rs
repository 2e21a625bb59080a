//! A bucket that is away for a while.

use amda::config::MediaEncryption;
use amda::media::{ObjectsError, ReadError};
use serde_json::{Value, json};

use super::server::S3Server;
use super::{read, row, stored, world};
use crate::support::app::TestApp;
use crate::support::fetcher::{Served, content, picture};
use crate::support::http;

const KEPT: &str = "{ viewer { viewOnceMessages(first: 10) { nodes { outcome media { state url } } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_bucket_is_away_reads_say_so_and_writes_wait_for_it() {
    let mut server = S3Server::start().await;
    let (world, alice) = world(&server, MediaEncryption::Sealed).await;
    let before = stored(&world, alice, "/before", &content(10)).await;
    server.go_away().await;
    world.fetcher.serve("/during", Served::Content(content(20)));
    let during = world.fetch_later(alice, &picture("/during", &content(20))).await;

    world.attempt_downloads(1).await;
    let refused = amda::media::read(&world.core, &world.objects, alice.user, before).await;

    assert_eq!(
        row(&world, alice, during).await.state.as_str(),
        "REMOTE",
        "it is tried again"
    );
    let Err(ReadError::Objects(error @ ObjectsError::Bucket(_))) = refused else {
        panic!("it was read: {refused:?}");
    };
    assert_eq!(error.to_string(), "the media store failed");
    server.come_back().await;
    world.clock.advance(chrono::TimeDelta::hours(1));
    world.settle_media(1).await;
    assert_eq!(read(&world, &world.objects, alice, during).await, content(20));
    assert_eq!(read(&world, &world.objects, alice, before).await, content(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_without_its_bucket_and_shows_files_once_that_is_back() {
    let mut server = S3Server::start().await;
    let media = server.config(MediaEncryption::Sealed);
    let app = TestApp::start_with(|config| config.media = media).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000630").await;
    let bob = phone.contact("5511800000630", "Bob").await;
    phone
        .happen(json!({"kind": "viewOnce", "from": bob, "media": "image", "delivered": true}))
        .await;
    let place = "/viewer/viewOnceMessages/nodes/0";
    let captured = |kept: &Value| kept.pointer(&format!("{place}/outcome")) == Some(&json!("CAPTURED"));
    let kept = user.until(KEPT, json!({}), captured).await;
    let link = kept
        .pointer(&format!("{place}/media/url"))
        .and_then(Value::as_str)
        .unwrap();
    let path = link.split_once("/media/").unwrap().1.to_owned();
    server.go_away().await;

    let app = app.restart().await;
    let link = format!("http://{}/media/{path}", app.app.address);

    let refused = http::get(&link).await;
    assert_eq!(refused.status(), 500);
    assert_eq!(
        refused.text().await.unwrap(),
        "the media store failed; tell the operator"
    );
    server.come_back().await;
    assert_eq!(http::get(&link).await.status(), 200);
    app.stop().await;
}
