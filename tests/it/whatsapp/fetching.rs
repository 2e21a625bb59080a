//! Files: fetched whole, or refused for the right reason.

use amda::account::AccountRef;
use amda::event::{Content, MediaReference};
use amda::simulator::{Event as Happens, Fault, Media};
use amda::whatsapp::media::{DownloadError, LARGEST_FILE_BYTES, MediaFetcher as _, ReuploadError};

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

#[tokio::test]
async fn a_file_that_has_expired_is_uploaded_anew_by_the_phone() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    for reference in [
        a_file(&scene, account, Media::Image).await,
        a_status(&scene, account).await,
    ] {
        let fault = Fault::MediaMissing {
            code: 410,
            seconds: 600,
        };
        scene.simulator.fail(PHONE, fault).await.unwrap();

        let direct_path = scene.supervisor.request_reupload(account, &reference).await.unwrap();

        assert_ne!(direct_path, reference.direct_path);
        let renewed = MediaReference {
            direct_path,
            ..reference
        };
        scene.supervisor.download(account, &renewed).await.unwrap();
    }
    scene.close().await;
}

#[tokio::test]
async fn a_file_that_the_phone_does_not_have_does_not_come_again() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let mut reference = a_file(&scene, account, Media::Image).await;

    reference.origin.as_mut().unwrap().wa_id = "3EB0NEVER".to_owned();
    let unknown = scene.supervisor.request_reupload(account, &reference).await;
    reference.origin = None;
    let from_nowhere = scene.supervisor.request_reupload(account, &reference).await;

    for refused in [unknown, from_nowhere] {
        assert!(matches!(refused, Err(ReuploadError::Refused(_))), "{refused:?}");
    }
    scene.close().await;
}

#[tokio::test]
async fn a_phone_is_not_asked_by_an_account_that_is_not_linked() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let reference = a_file(&scene, account, Media::Image).await;
    scene.supervisor.stop(account).await;

    let refused = scene.supervisor.request_reupload(account, &reference).await;

    assert!(matches!(refused, Err(ReuploadError::Refused(_))), "{refused:?}");
    scene.close().await;
}

async fn a_status(scene: &Scene, account: AccountRef) -> MediaReference {
    let status = Happens::Status {
        from: ALICE.to_owned(),
        text: None,
        media: Some(Media::Image),
    };
    let wa_id = scene.simulator.perform(PHONE, status).await.unwrap();
    media_of(scene, account, &wa_id).await
}

async fn a_file(scene: &Scene, account: AccountRef, media: Media) -> MediaReference {
    let message = Happens::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(media),
    };
    let wa_id = scene.simulator.perform(PHONE, message).await.unwrap();
    media_of(scene, account, &wa_id).await
}

async fn media_of(scene: &Scene, account: AccountRef, wa_id: &str) -> MediaReference {
    match scene.message(account, wa_id).await.content {
        Content::Media(media) => *media,
        other => panic!("media was wanted, not {other:?}"),
    }
}
