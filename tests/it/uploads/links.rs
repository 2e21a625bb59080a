use amda::id::{UploadId, UserId, parse_global};
use amda::media::uploads::{Announced, UploadLinks, UploadPass};
use amda::plan::Plan;
use chrono::TimeDelta;
use futures::{StreamExt, stream};
use image::ImageFormat;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;

use super::{Room, put};
use crate::support::files::picture;
use crate::support::http;
use crate::support::websocket::SOON;

/// What a user's link lets somebody upload.
async fn pass(room: &Room, upload: &Value) -> UploadPass {
    let viewer = room.user.run("{ viewer { id } }", json!({})).await;
    let id = |global: &Value| parse_global(global.as_str().unwrap()).unwrap().1;
    UploadPass {
        user: UserId::from(id(&viewer["viewer"]["id"])),
        upload: UploadId::from(id(upload)),
        announced: Announced::Jpeg,
        size_bytes: 4_096,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_good_for_an_hour_and_only_as_it_was_signed() {
    let room = Room::open(Plan::Free).await;
    let content = picture(16, 16, ImageFormat::Jpeg);
    let announced = room.announce("image/jpeg", 4_096).await;
    let upload = &announced["upload"];
    let url = upload["url"].as_str().unwrap();
    assert_eq!(upload["method"], "PUT");
    assert_eq!(
        upload["headers"],
        json!([{"name": "Content-Type", "value": "image/jpeg"}])
    );
    assert_eq!(upload["maxBytes"], 4_096);

    for (part, other) in [
        ("size=4096", "size=9999999"),
        ("size=4096", "size=all"),
        ("type=image%2Fjpeg", "type=video%2Fmp4"),
        ("expires=", "expires=9"),
        ("signature=", "signature=A"),
        ("/uploads/", "/uploads/A"),
    ] {
        let (status, text) = put(&url.replace(part, other), &content).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{part}: {text}");
    }

    let core = &room.app.app.services.core;
    let base = format!("http://{}/", room.app.app.address).parse().unwrap();
    let links = UploadLinks::new(core.vault.secret(), base);
    let mine = pass(&room, &upload["id"]).await;
    let now = core.clock.now();
    let (old, _) = links.sign(&mine, now - TimeDelta::minutes(61));
    let (status, text) = put(old.as_str(), &content).await;
    assert_eq!(status, StatusCode::GONE, "{text}");
    let strange = UploadPass {
        upload: core.ids.next(),
        ..mine
    };
    let (status, text) = put(links.sign(&strange, now).0.as_str(), &content).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{text}");
    let nobodys = UploadPass {
        user: core.ids.next(),
        ..mine
    };
    let (status, text) = put(links.sign(&nobodys, now).0.as_str(), &content).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{text}");

    assert_eq!(put(url, &content).await.0, StatusCode::NO_CONTENT);
    room.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_larger_than_announced_is_refused_and_may_be_sent_again() {
    let room = Room::open(Plan::Free).await;
    let announced = room.announce("image/jpeg", 1_000).await;
    let url = announced["upload"]["url"].as_str().unwrap();
    let large = vec![0xff; 1_001];

    let (status, text) = put(url, &large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text.contains("larger than the 1000 bytes"), "{text}");
    // In pieces, without a length that could be looked at.
    let client = http::client();
    let pieces: Vec<_> = large
        .chunks(100)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect();
    let body = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    let response = client.put(url).body(body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);

    assert_eq!(room.kept().await, (0, 0));
    assert_eq!(room.upload(&announced["upload"]["id"]).await["state"], "PENDING");
    let fits = picture(8, 8, ImageFormat::Jpeg);
    assert!(fits.len() <= 1_000);
    assert_eq!(put(url, &fits).await.0, StatusCode::NO_CONTENT);
    room.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_takes_one_file_however_many_are_sent_at_once() {
    let room = Room::open(Plan::Free).await;
    let content = picture(64, 64, ImageFormat::Jpeg);
    let announced = room.announce("image/jpeg", content.len()).await;
    let url = announced["upload"]["url"].as_str().unwrap();
    let before = room.user.run("{ viewer { eventCursor } }", json!({})).await;

    let answers = futures::future::join_all((0..4).map(|_| put(url, &content))).await;

    let taken = answers
        .iter()
        .filter(|(status, _)| *status == StatusCode::NO_CONTENT);
    assert_eq!(taken.count(), 1, "{answers:?}");
    // While the one comes there is no turn for another; afterwards the link is used up.
    let refused = answers
        .iter()
        .filter(|(status, _)| matches!(*status, StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(refused.count(), 3, "{answers:?}");
    assert_eq!(room.kept().await.0, 1);
    let mut events = room
        .user
        .subscribe(
            "subscription ($after: Cursor) { events(after: $after, kinds: [UPLOAD_CHANGED]) {
                ... on UploadEvent { upload { state } }
            } }",
            json!({"after": before["viewer"]["eventCursor"]}),
        )
        .await;
    let told = events.next_event(SOON).await;
    assert_eq!(told["events"]["upload"]["state"], "READY");
    room.app.stop().await;
}

/// Begins to send a file and never ends; returns when the server has most of it.
async fn trickle(url: &str) -> JoinHandle<()> {
    const PIECE: usize = 64 * 1024;
    let (tell, told) = oneshot::channel();
    // More than lies in the buffers on the way: the server has begun to read.
    let most = stream::iter(0..240).map(|_| Ok::<_, std::io::Error>(vec![0_u8; PIECE]));
    let told_on = stream::once(async move {
        let _ = tell.send(());
        Ok(vec![0])
    });
    let body = reqwest::Body::wrap_stream(most.chain(told_on).chain(stream::pending()));
    let client = http::client();
    let request = client.put(url).body(body);
    let sending = tokio::spawn(async move {
        let _ = request.send().await;
    });
    tokio::time::timeout(SOON, told).await.unwrap().unwrap();
    sending
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_slowly_sends_one_file_at_a_time() {
    let room = Room::open(Plan::Free).await;
    let content = picture(16, 16, ImageFormat::Jpeg);
    let slow = room.announce("image/jpeg", 16 * 1024 * 1024).await;
    let other = room.announce("image/jpeg", content.len()).await;
    let url = other["upload"]["url"].as_str().unwrap();

    let sending = trickle(slow["upload"]["url"].as_str().unwrap()).await;
    let (status, text) = put(url, &content).await;
    sending.abort();
    let taken = async {
        while put(url, &content).await.0 != StatusCode::NO_CONTENT {
            tokio::task::yield_now().await;
        }
    };

    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
    tokio::time::timeout(SOON, taken)
        .await
        .expect("when the first is given up, there is a turn for the second");
    room.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_allowed_sites_may_send_files() {
    let app = crate::support::app::TestApp::start_with(|config| {
        config.allowed_origins = vec!["https://app.example".to_owned()];
    })
    .await;
    let ask = async |origin: &str| {
        let request = app
            .client()
            .request(Method::OPTIONS, "/uploads/anything")
            .header("origin", origin)
            .header("access-control-request-method", "PUT")
            .header("access-control-request-headers", "content-type");
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        (
            header("access-control-allow-origin"),
            header("access-control-allow-methods").unwrap_or_default(),
        )
    };

    let (origin, methods) = ask("https://app.example").await;
    assert_eq!(origin.as_deref(), Some("https://app.example"));
    assert!(methods.contains("PUT"), "{methods}");
    assert_eq!(ask("https://evil.example").await.0, None);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_announced_is_told_with_each_refusal() {
    let room = Room::open(Plan::Free).await;
    let url: Url = room.announce("image/jpeg", 1).await["upload"]["url"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(url.port(), Some(room.app.app.address.port()));
    for (mime_type, size, kind, path, says) in [
        (
            "image/gif",
            10,
            "InvalidInput",
            "mimeType",
            "'image/gif' is not taken; pass image/jpeg",
        ),
        (
            "image/jpeg",
            0,
            "InvalidInput",
            "sizeBytes",
            "sizeBytes is 0; pass the file's size, 1 to 16777216",
        ),
        (
            "image/jpeg",
            16_777_217,
            "InvalidInput",
            "sizeBytes",
            "1 to 16777216",
        ),
        (
            "video/mp4",
            10,
            "EntitlementRequired",
            "mimeType",
            "a video needs the Premium plan",
        ),
    ] {
        let payload = room.announce(mime_type, size).await;

        assert_eq!(payload["upload"], json!(null));
        let error = &payload["errors"][0];
        assert_eq!(
            (&error["__typename"], &error["path"]),
            (&json!(kind), &json!([path]))
        );
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    let all = room.announce("image/gif", 0).await;
    let paths = all["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["path"]);
    assert_eq!(
        paths.collect::<Vec<_>>(),
        [&json!(["mimeType"]), &json!(["sizeBytes"])],
        "all mistakes are told at once"
    );
    let strangers = room.app.register("bob@example.org").await;
    let data = strangers
        .run(
            "mutation ($input: CreateUploadInput!) { createUpload(input: $input) { errors { code path } } }",
            json!({"input": {"accountId": room.phone.account, "mimeType": "image/jpeg", "sizeBytes": 9}}),
        )
        .await;
    assert_eq!(
        data["createUpload"]["errors"],
        json!([{"code": "NOT_FOUND", "path": ["accountId"]}])
    );
    room.app.stop().await;
}
