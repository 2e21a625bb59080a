use amda::plan::Plan;
use image::ImageFormat;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use url::Url;

use super::Room;
use crate::support::files::picture;

/// Announces the largest file as a new user without a phone, and sends one byte of it.
async fn begin_to_send(room: &Room, email: &str) -> TcpStream {
    let user = room.app.register(email).await;
    let linking = "mutation { linkAccount(input: {label: \"Phone\"}) { account { id } } }";
    let account = user.run(linking, json!({})).await["linkAccount"]["account"]["id"].take();
    let announcing =
        "mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { url } } }";
    let input = json!({"accountId": account, "mimeType": "image/png", "sizeBytes": 16 << 20});
    let announced = user.run(announcing, json!({ "input": input })).await;
    let url: Url = announced["createUpload"]["upload"]["url"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut stream = TcpStream::connect(room.app.app.address).await.unwrap();
    let head = format!(
        "PUT {}?{} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\nx",
        url.path(),
        url.query().unwrap(),
        16 << 20
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_announced_and_do_not_come_keep_no_room_from_others() {
    let room = Room::open(Plan::Free).await;
    let mut sending = Vec::new();
    for number in 0..9 {
        sending.push(begin_to_send(&room, &format!("mallory{number}@example.org")).await);
    }

    let (_, status, said) = room.send("image/jpeg", &picture(64, 64, ImageFormat::Jpeg)).await;

    assert_eq!(status, StatusCode::NO_CONTENT, "{said}");
    drop(sending);
    room.app.stop().await;
}
