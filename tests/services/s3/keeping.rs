//! What is stored in a bucket, sealed, and shown through links of AMDA's own.

use amda::config::{MediaEncryption, MediaStore};
use amda::media::{Links, Part, Storage, routes};
use chrono::TimeDelta;
use image::ImageFormat;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::server::S3Server;
use super::{delete_user, objects, read, storage, stored, world};
use crate::support::app::TestApp;
use crate::support::fetcher::content;
use crate::support::{files, http};

const KEPT: &str = "{ viewer { viewOnceMessages(first: 10) { nodes { outcome media { state url } } } } }";
const SEALED: MediaEncryption = MediaEncryption::Sealed;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_once_photo_goes_sealed_to_the_bucket_and_is_shown_by_its_link() {
    let server = S3Server::start().await;
    let media = server.config(SEALED);
    let app = TestApp::start_with(|config| config.media = media).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000620").await;
    let bob = phone.contact("5511800000620", "Bob").await;

    phone
        .happen(json!({"kind": "viewOnce", "from": bob, "media": "image", "delivered": true}))
        .await;

    let place = "/viewer/viewOnceMessages/nodes/0";
    let kept = user
        .until(KEPT, json!({}), |kept| {
            kept.pointer(&format!("{place}/outcome")) == Some(&json!("CAPTURED"))
        })
        .await;
    let link = kept
        .pointer(&format!("{place}/media/url"))
        .and_then(Value::as_str);
    let photo = http::get(link.unwrap()).await;
    assert_eq!(photo.status(), StatusCode::OK);
    assert!(image::load_from_memory(&photo.bytes().await.unwrap()).is_ok());
    let keys = server.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(keys[0].starts_with("amda/"), "below the prefix: {keys:?}");
    assert!(
        image::load_from_memory(&server.object(&keys[0])).is_err(),
        "it is sealed"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_uploaded_picture_goes_to_the_bucket() {
    let server = S3Server::start().await;
    let media = server.config(SEALED);
    let app = TestApp::start_with(|config| config.media = media).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000621").await;
    let picture = files::picture(60, 40, ImageFormat::Png);
    let announced = user
        .run(
            "mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url } } }",
            json!({"input": {"accountId": phone.account, "mimeType": "image/png", "sizeBytes": picture.len()}}),
        )
        .await;
    let upload = &announced["createUpload"]["upload"];

    let sent = http::client().put(upload["url"].as_str().unwrap()).body(picture);
    let status = sent.send().await.unwrap().status();

    assert_eq!(status, StatusCode::NO_CONTENT);
    let query = "query ($id: ID!) { node(id: $id) { ... on Upload { state media { url } } } }";
    let ready = user.run(query, json!({"id": upload["id"]})).await;
    assert_eq!(ready["node"]["state"], "READY");
    let shown = http::get(ready["node"]["media"]["url"].as_str().unwrap()).await;
    assert!(image::load_from_memory(&shown.bytes().await.unwrap()).is_ok());
    assert_eq!(server.keys().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_goes_in_parts_and_its_ranges_are_served_to_the_byte() {
    let server = S3Server::start().await;
    let (world, alice) = world(&server, SEALED).await;
    let plain = content(12_000_000);
    let media = stored(&world, alice, "/film", &plain).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    let links = Links::new(world.core.vault.secret(), base, TimeDelta::minutes(15));
    let app = routes(world.core.clone(), world.objects.clone(), links.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let link = links.sign(alice.user, media, Part::Content, world.core.clock.now());

    for (range, start, end) in [
        ("bytes=0-0", 0, 1),
        ("bytes=2097100-2097200", 2_097_100, 2_097_201),
        ("bytes=5000000-11000000", 5_000_000, 11_000_001),
        ("bytes=-5", 11_999_995, 12_000_000),
    ] {
        let asked = http::client().get(link.url.clone()).header("range", range);
        let part = asked.send().await.unwrap();

        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(part.bytes().await.unwrap(), plain.slice(start..end), "{range}");
    }
    assert_eq!(server.count("UploadPart"), 3, "of 5 MiB, but the last");
    assert_eq!(server.count("PutObject"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_leaves_nothing_in_the_bucket_and_others_keep_theirs() {
    let server = S3Server::start().await;
    let (world, alice) = world(&server, SEALED).await;
    let bob = world.user("FREE").await;
    for path in ["/one", "/two"] {
        stored(&world, alice, path, &content(10)).await;
    }
    let kept = stored(&world, bob, "/three", &content(20)).await;
    assert_eq!(server.keys().len(), 3);

    delete_user(&world, alice).await;
    stored(&world, bob, "/four", &content(30)).await;

    let of_bob = format!("amda/{}/", bob.user);
    let keys = server.keys();
    assert!(
        keys.len() == 2 && keys.iter().all(|key| key.starts_with(&of_bob)),
        "{keys:?}"
    );
    assert_eq!(read(&world, &world.objects, bob, kept).await, content(20));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_bucket_is_not_started_on_files_that_lie_in_one() {
    let server = S3Server::start().await;
    let (world, alice) = world(&server, SEALED).await;
    amda::media::require_none_in_bucket(&world.core.db).await.unwrap();
    stored(&world, alice, "/photo", &content(10)).await;

    let refused = amda::media::require_none_in_bucket(&world.core.db).await;

    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("set AMDA_S3_BUCKET"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_the_bucket_are_read_and_removed_while_new_ones_go_to_the_folder() {
    let server = S3Server::start().await;
    let (world, alice) = world(&server, SEALED).await;
    let in_bucket = stored(&world, alice, "/new", &content(10)).await;
    let folder = objects(&world, &server.config(SEALED), MediaStore::Folder);

    assert_eq!(storage(&world, alice, in_bucket).await, Storage::Bucket);
    assert_eq!(read(&world, &folder, alice, in_bucket).await, content(10));
    let mut work = world.core.begin(alice.user).await.unwrap();
    amda::media::forget(&mut work, &[in_bucket]).await.unwrap();
    work.commit().await.unwrap();
    stored(&world, alice, "/next", &content(11)).await;
    assert_eq!(server.keys().len(), 1, "what was forgotten went");
}
