use amda::plan::Plan;
use image::ImageFormat;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Room;
use crate::support::files::picture;
use crate::support::http;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_nearly_full_takes_no_upload_and_makes_the_server_degraded() {
    let room = Room::open_with(Plan::Premium, |config| config.min_free_bytes = u64::MAX).await;
    let before = room.kept().await;

    let (_, status, text) = room.send("image/jpeg", &picture(16, 16, ImageFormat::Jpeg)).await;
    let ready = http::get(&format!("http://{}/readyz", room.app.app.address)).await;

    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{text}");
    assert!(text.contains("no room left"), "{text}");
    assert_eq!(room.kept().await, before);
    assert_eq!(ready.status(), StatusCode::OK);
    let ready: Value = ready.json().await.unwrap();
    assert_eq!(ready["status"], "degraded");
    let disk = ready["checks"]["disk"].as_str().unwrap();
    assert!(disk.contains("nearly full"), "{ready}");
    assert_eq!(ready["checks"]["database"], json!("ok"));
    room.app.stop().await;
}
