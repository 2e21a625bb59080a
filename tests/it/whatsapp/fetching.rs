//! Files: fetched whole, or refused for the right reason.

use amda::contacts::AccountRef;
use amda::simulator::{Event as Happens, Fault, Media};
use amda::whatsapp::event::{Content, MediaReference};
use amda::whatsapp::media::{DownloadError, LARGEST_FILE_BYTES, MediaFetcher as _};

use super::scene::{ALICE, PHONE, Scene};

#[tokio::test]
async fn a_file_is_fetched_and_is_what_was_sent() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    for media in [Media::Image, Media::Video, Media::Audio] {
        let reference = a_file(&scene, account, media).await;

        let file = scene.supervisor.download(account, &reference).await.unwrap();

        assert_eq!(u64::try_from(file.len()).unwrap(), reference.size_bytes);
    }
    scene.close().await;
}

#[tokio::test]
async fn a_file_that_whatsapp_no_longer_serves_has_expired() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let reference = a_file(&scene, account, Media::Image).await;
    for code in [403, 404, 410] {
        let fault = Fault::MediaMissing { code, seconds: 600 };
        scene.simulator.fail(PHONE, fault).await.unwrap();

        let refused = scene.supervisor.download(account, &reference).await;

        assert!(
            matches!(refused, Err(DownloadError::Expired)),
            "{code}: {refused:?}"
        );
    }
    scene.close().await;
}

#[tokio::test]
async fn a_file_that_was_tampered_with_is_refused() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let reference = a_file(&scene, account, Media::Image).await;
    let fault = Fault::MediaTampered { seconds: 600 };
    scene.simulator.fail(PHONE, fault).await.unwrap();

    let refused = scene.supervisor.download(account, &reference).await;

    assert!(matches!(refused, Err(DownloadError::Tampered)), "{refused:?}");
    scene.close().await;
}

#[tokio::test]
async fn a_file_with_another_hash_than_was_sent_is_refused() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let reference = MediaReference {
        sha256: vec![0; 32],
        ..a_file(&scene, account, Media::Image).await
    };

    let refused = scene.supervisor.download(account, &reference).await;

    assert!(matches!(refused, Err(DownloadError::Tampered)), "{refused:?}");
    scene.close().await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_asked_for() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let reference = MediaReference {
        size_bytes: LARGEST_FILE_BYTES + 1,
        ..a_file(&scene, account, Media::Image).await
    };

    let refused = scene.supervisor.download(account, &reference).await;

    assert!(
        matches!(refused, Err(DownloadError::TooLarge { .. })),
        "{refused:?}"
    );
    scene.close().await;
}

async fn a_file(scene: &Scene, account: AccountRef, media: Media) -> MediaReference {
    let message = Happens::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(media),
    };
    let wa_id = scene.simulator.happen(PHONE, message).await.unwrap();
    match scene.message(account, &wa_id).await.content {
        Content::Media(media) => *media,
        other => panic!("media was wanted, not {other:?}"),
    }
}
