//! Files: downloaded whole, or refused for the right reason.

use amda::account::AccountRef;
use amda::event::{Content, MediaReference};
use amda::simulator::{Event as Happens, Fault, Media};
use amda::whatsapp::media::{DownloadError, LARGEST_FILE_BYTES, MediaFetcher as _, ReuploadError};

use super::session_harness::{ALICE, PHONE, SessionHarness};

#[tokio::test]
async fn a_file_is_downloaded_as_it_was_sent() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    for media in [Media::Image, Media::Video, Media::Audio] {
        let reference = a_file(&harness, account, media).await;

        let file = harness.supervisor.download(account, &reference).await.unwrap();

        assert_eq!(u64::try_from(file.len()).unwrap(), reference.size_bytes);
    }
    harness.close().await;
}

#[tokio::test]
async fn a_file_that_whatsapp_no_longer_serves_has_expired() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let reference = a_file(&harness, account, Media::Image).await;
    for code in [403, 404, 410] {
        let fault = Fault::MediaMissing { code, seconds: 600 };
        harness.simulator.fail(PHONE, fault).await.unwrap();

        let refused = harness.supervisor.download(account, &reference).await;

        assert!(
            matches!(refused, Err(DownloadError::Expired)),
            "{code}: {refused:?}"
        );
    }
    harness.close().await;
}

#[tokio::test]
async fn a_file_that_was_tampered_with_is_refused() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let reference = a_file(&harness, account, Media::Image).await;
    let fault = Fault::MediaTampered { seconds: 600 };
    harness.simulator.fail(PHONE, fault).await.unwrap();

    let refused = harness.supervisor.download(account, &reference).await;

    assert!(matches!(refused, Err(DownloadError::Tampered)), "{refused:?}");
    harness.close().await;
}

#[tokio::test]
async fn a_file_with_another_hash_than_was_sent_is_refused() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let reference = MediaReference {
        sha256: vec![0; 32],
        ..a_file(&harness, account, Media::Image).await
    };

    let refused = harness.supervisor.download(account, &reference).await;

    assert!(matches!(refused, Err(DownloadError::Tampered)), "{refused:?}");
    harness.close().await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_downloaded() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let reference = MediaReference {
        size_bytes: LARGEST_FILE_BYTES + 1,
        ..a_file(&harness, account, Media::Image).await
    };

    let refused = harness.supervisor.download(account, &reference).await;

    assert!(
        matches!(refused, Err(DownloadError::TooLarge { .. })),
        "{refused:?}"
    );
    harness.close().await;
}

#[tokio::test]
async fn an_expired_file_is_uploaded_again_by_the_phone() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    for reference in [
        a_file(&harness, account, Media::Image).await,
        a_status(&harness, account).await,
    ] {
        let fault = Fault::MediaMissing {
            code: 410,
            seconds: 600,
        };
        harness.simulator.fail(PHONE, fault).await.unwrap();

        let direct_path = harness
            .supervisor
            .request_reupload(account, &reference)
            .await
            .unwrap();

        assert_ne!(direct_path, reference.direct_path);
        let reuploaded = MediaReference {
            direct_path,
            ..reference
        };
        harness.supervisor.download(account, &reuploaded).await.unwrap();
    }
    harness.close().await;
}

#[tokio::test]
async fn a_file_that_the_phone_does_not_have_is_refused() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let mut reference = a_file(&harness, account, Media::Image).await;

    reference.origin.as_mut().unwrap().wa_id = "3EB0NEVER".to_owned();
    let unknown = harness.supervisor.request_reupload(account, &reference).await;
    reference.origin = None;
    let from_nowhere = harness.supervisor.request_reupload(account, &reference).await;

    for refused in [unknown, from_nowhere] {
        assert!(matches!(refused, Err(ReuploadError::Refused(_))), "{refused:?}");
    }
    harness.close().await;
}

#[tokio::test]
async fn a_phone_is_asked_for_an_expired_file_by_a_server_that_does_not_run_its_account() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let reference = a_file(&harness, account, Media::Image).await;
    let elsewhere = harness
        .supervisor_for(&harness.simulator.websocket_url())
        .unwrap();
    let mut unknown = reference.clone();
    unknown.origin.as_mut().unwrap().wa_id = "3EB0NEVER".to_owned();

    let found = elsewhere.request_reupload(account, &reference).await.unwrap();
    let refused = elsewhere.request_reupload(account, &unknown).await;

    let reuploaded = MediaReference {
        direct_path: found,
        ..reference
    };
    elsewhere.download(account, &reuploaded).await.unwrap();
    assert!(matches!(refused, Err(ReuploadError::Refused(_))), "{refused:?}");
    harness.close().await;
}

#[tokio::test]
async fn a_reupload_needs_a_running_session() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let reference = a_file(&harness, account, Media::Image).await;
    harness.supervisor.stop(account).await.unwrap();

    let refused = harness.supervisor.request_reupload(account, &reference).await;

    assert!(matches!(refused, Err(ReuploadError::Refused(_))), "{refused:?}");
    harness.close().await;
}

async fn a_status(harness: &SessionHarness, account: AccountRef) -> MediaReference {
    let status = Happens::Status {
        from: ALICE.to_owned(),
        text: None,
        media: Some(Media::Image),
    };
    let wa_id = harness.simulator.perform(PHONE, status).await.unwrap();
    media_of(harness, account, &wa_id).await
}

async fn a_file(harness: &SessionHarness, account: AccountRef, media: Media) -> MediaReference {
    let message = Happens::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(media),
    };
    let wa_id = harness.simulator.perform(PHONE, message).await.unwrap();
    media_of(harness, account, &wa_id).await
}

async fn media_of(harness: &SessionHarness, account: AccountRef, wa_id: &str) -> MediaReference {
    match harness.message(account, wa_id).await.content {
        Content::Media(media) => *media,
        other => panic!("media was wanted, not {other:?}"),
    }
}
