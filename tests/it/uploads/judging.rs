use amda::plan::Plan;
use image::ImageFormat;
use reqwest::StatusCode;
use serde_json::json;

use super::{Room, get};
use crate::support::files::{Film, POSITION, atom, contains, photograph, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_photograph_is_kept_upright_and_says_no_more_where_it_was_taken() {
    let room = Room::open(Plan::Free).await;
    let sent = photograph(640, 320);
    assert!(contains(&sent, POSITION));

    let (id, status, text) = room.send("image/jpeg", &sent).await;

    assert_eq!((status, text.as_str()), (StatusCode::NO_CONTENT, ""));
    let upload = room.upload(&id).await;
    assert_eq!(upload["state"], "READY");
    assert_eq!(upload["url"], json!(null));
    let media = &upload["media"];
    assert_eq!(
        (
            &media["kind"],
            &media["mimeType"],
            &media["width"],
            &media["height"]
        ),
        (&json!("IMAGE"), &json!("image/jpeg"), &json!(320), &json!(640))
    );
    assert!(
        media["thumbnailDataUri"]
            .as_str()
            .unwrap()
            .starts_with("data:image/jpeg;base64,"),
        "{media}"
    );
    let thumbnail = get(media["thumbnailUrl"].as_str().unwrap()).await;
    let small = image::load_from_memory_with_format(&thumbnail, ImageFormat::Jpeg).unwrap();
    assert_eq!((small.width(), small.height()), (160, 320));
    let kept = get(media["url"].as_str().unwrap()).await;
    assert!(!contains(&kept, POSITION) && !contains(&kept, b"Exif"));
    let seen = image::load_from_memory_with_format(&kept, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8();
    assert_eq!(seen.dimensions(), (320, 640));
    // What was left is above now.
    assert!(seen.get_pixel(160, 100).0[0] > 180 && seen.get_pixel(160, 540).0[2] > 180);
    room.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_pictures_become_jpegs_whatever_they_were_announced_as() {
    let room = Room::open(Plan::Free).await;
    for (announced, format) in [
        ("image/png", ImageFormat::Png),
        ("image/webp", ImageFormat::WebP),
        ("image/jpeg", ImageFormat::Png),
    ] {
        let (id, status, text) = room.send(announced, &picture(64, 48, format)).await;

        assert_eq!(status, StatusCode::NO_CONTENT, "{announced}: {text}");
        let upload = room.upload(&id).await;
        assert_eq!(upload["media"]["mimeType"], "image/jpeg");
        let kept = get(upload["media"]["url"].as_str().unwrap()).await;
        assert_eq!(image::guess_format(&kept).unwrap(), ImageFormat::Jpeg);
    }
    room.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_kept_with_its_length_and_without_its_position() {
    let room = Room::open(Plan::Premium).await;
    let film = Film {
        is_turned: true,
        ..Film::USUAL
    };
    let sent = film.bytes();
    assert!(contains(&sent, POSITION));

    let (id, status, text) = room.send("video/mp4", &sent).await;

    assert_eq!(status, StatusCode::NO_CONTENT, "{text}");
    let media = room.upload(&id).await["media"].take();
    assert_eq!(
        (&media["kind"], &media["mimeType"], &media["durationSeconds"]),
        (&json!("VIDEO"), &json!("video/mp4"), &json!(12.0))
    );
    assert_eq!(
        (&media["width"], &media["height"], &media["thumbnailUrl"]),
        (&json!(360), &json!(640), &json!(null))
    );
    let kept = get(media["url"].as_str().unwrap()).await;
    assert_eq!(kept.len(), sent.len(), "no offset moved");
    assert!(!contains(&kept, POSITION));
    room.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "a table of files")]
async fn what_cannot_be_shown_is_rejected_with_the_reason_and_nothing_is_kept() {
    let room = Room::open(Plan::Premium).await;
    let with_fragment = [Film::USUAL.bytes(), atom(*b"moof", &[&[0; 8]])].concat();
    let mut cut_recording = Film::USUAL.fragmented(3);
    cut_recording.truncate(cut_recording.len() - 5);
    let long = Film {
        seconds: 61,
        ..Film::USUAL
    };
    let hevc = Film {
        pictures: b"hvc1",
        ..Film::USUAL
    };
    let opus = Film {
        sound: Some(b"Opus"),
        ..Film::USUAL
    };
    let mut endless = Film::USUAL.bytes();
    // The length of the first box inside the movie: nothing.
    let movie = endless.windows(4).position(|name| name == b"moov").unwrap();
    endless[movie + 4..movie + 8].fill(0);
    let cases: [(&str, Vec<u8>, &str, &str); 14] = [
        (
            "image/jpeg",
            b"GIF89a\x01\0\x01\0\0\0\0".to_vec(),
            "the file is GIF",
            "WRONG_TYPE",
        ),
        (
            "image/jpeg",
            b"%PDF-1.7 and so on".to_vec(),
            "of no type that is taken",
            "UNKNOWN_TYPE",
        ),
        (
            "image/png",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1".to_vec(),
            "the file is HEIC",
            "WRONG_TYPE",
        ),
        (
            "image/jpeg",
            photograph(64, 64)[..300].to_vec(),
            "damaged or cut off",
            "DAMAGED",
        ),
        (
            "image/jpeg",
            Film::USUAL.bytes(),
            "announced as a picture and the file is a video",
            "NOT_AS_ANNOUNCED",
        ),
        (
            "video/mp4",
            photograph(64, 64),
            "announced as a video and the file is a picture",
            "NOT_AS_ANNOUNCED",
        ),
        (
            "video/mp4",
            long.bytes(),
            "the video is 61.0 s long; WhatsApp shows 60 s",
            "TOO_LONG",
        ),
        (
            "video/mp4",
            hevc.bytes(),
            "encoded as hvc1; save it with H.264",
            "UNSUPPORTED_CODEC",
        ),
        (
            "video/mp4",
            opus.bytes(),
            "encoded as Opus; save it with H.264",
            "UNSUPPORTED_CODEC",
        ),
        ("video/mp4", with_fragment, "in fragments", "FRAGMENTED"),
        (
            "video/mp4",
            Film::USUAL.fragmented(1),
            "in fragments",
            "FRAGMENTED",
        ),
        (
            "video/mp4",
            Film::USUAL.fragmented(2_000),
            "in fragments",
            "FRAGMENTED",
        ),
        ("video/mp4", cut_recording, "in fragments", "FRAGMENTED"),
        ("video/mp4", endless, "damaged or cut off", "DAMAGED"),
    ];
    for (announced, content, reason, code) in cases {
        let (id, status, text) = room.send(announced, &content).await;

        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}: {text}");
        assert!(text.contains(reason), "{text} instead of {reason}");
        let upload = room.upload(&id).await;
        assert_eq!(
            (&upload["state"], &upload["rejectionReason"]),
            (&json!("REJECTED"), &json!(code))
        );
        assert_eq!(upload["rejectionMessage"], json!(text));
        assert_eq!(upload["media"], json!(null));
    }
    assert_eq!(room.kept().await, (0, 0));
    room.app.stop().await;
}
