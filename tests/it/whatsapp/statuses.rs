//! Statuses of the owner's: they reach their whole audience, once, whatever fails in between.

use amda::event::{
    Chat, Event, MediaKind, Outgoing, OutgoingFile, Person, ReceiptKind, SendOutcome, StatusContent,
};
use amda::id::{MediaId, SendId};
use amda::simulator::{Event as Happens, Fault, SentMessage};

use super::session_harness::{ALICE, PHONE, SessionHarness};

const BRUNO: &str = "5511977776666";
/// A number without WhatsApp.
const NOBODY: &str = "5511900000000";

#[tokio::test]
async fn a_text_status_reaches_its_audience_and_nobody_else() {
    let harness = SessionHarness::open().await;
    harness
        .simulator
        .add_contact(PHONE, BRUNO, "Bruno")
        .await
        .unwrap();
    harness
        .simulator
        .add_contact(PHONE, "5511966665555", "Clara")
        .await
        .unwrap();
    let account = harness.a_linked_account().await;

    let send = harness.send(account, &words(&[ALICE, BRUNO])).await;
    let outcome = harness.settled(account, send).await;

    assert_eq!(outcome, SendOutcome::Acked);
    let heard = harness.heard(PHONE, |sent| sent.kind == "text").await;
    assert_eq!(heard.text.as_deref(), Some("good evening"));
    assert_eq!(heard.to, "status@broadcast");
    assert_eq!(readers(&[heard]), [BRUNO, ALICE]);
    harness.close().await;
}

#[tokio::test]
async fn a_number_without_whatsapp_is_left_out() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    let send = harness.send(account, &words(&[NOBODY, ALICE])).await;

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    assert_eq!(readers(&posts(&harness).await), [ALICE]);
    harness.close().await;
}

#[tokio::test]
async fn a_status_without_an_audience_fails() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    for audience in [&[][..], &[NOBODY]] {
        let send = harness.send(account, &words(audience)).await;

        let reason = "nobody of those who may see the status is on WhatsApp".to_owned();
        assert_eq!(
            harness.settled(account, send).await,
            SendOutcome::Failed { reason }
        );
    }
    assert_eq!(posts(&harness).await, []);
    harness.close().await;
}

#[tokio::test]
async fn pictures_and_videos_are_uploaded_and_shown() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    for (kind, shown) in [(MediaKind::Image, "image"), (MediaKind::Video, "video")] {
        let file = a_file(&harness, kind);

        let send = harness.send(account, &showing(&file)).await;
        assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);

        let heard = harness.heard(PHONE, |sent| sent.kind == shown).await;
        assert_eq!(heard.text.as_deref(), Some("look"));
        assert_eq!(heard.recipients, [ALICE]);
        let uploaded = harness.simulator.sent_media(PHONE, &heard.message_id).await;
        assert_eq!(uploaded.unwrap(), content(kind));
    }
    harness.close().await;
}

#[tokio::test]
async fn a_file_that_is_gone_or_not_a_picture_fails_at_once() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let gone = OutgoingFile {
        media: harness.core.ids.next(),
        ..a_file(&harness, MediaKind::Image)
    };
    let sound = a_file(&harness, MediaKind::Audio);
    for (file, reason) in [
        (gone, "its file is no longer kept"),
        (sound, "a status shows words, a picture or a video"),
    ] {
        let send = harness.send(account, &showing(&file)).await;

        let reason = reason.to_owned();
        assert_eq!(
            harness.settled(account, send).await,
            SendOutcome::Failed { reason }
        );
    }
    harness.close().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_tried_again_three_times() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let file = a_file(&harness, MediaKind::Image);

    harness.files.fail(2);
    let mended = harness.send(account, &showing(&file)).await;
    assert_eq!(harness.settled(account, mended).await, SendOutcome::Acked);

    harness.files.fail(3);
    let broken = harness.send(account, &showing(&file)).await;
    let reason = "its file cannot be read".to_owned();
    assert_eq!(
        harness.settled(account, broken).await,
        SendOutcome::Failed { reason }
    );
    harness.close().await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_place_of_the_answer_makes_no_second_post() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.simulator.fail(PHONE, Fault::LoseAnswer).await.unwrap();

    let send = harness.send(account, &words(&[ALICE])).await;
    let outcome = harness.settled(account, send).await;

    assert_eq!(outcome, SendOutcome::Acked);
    assert_eq!(
        harness.outcomes(send),
        [SendOutcome::Sent, SendOutcome::Sent, SendOutcome::Acked],
        "it was sent twice"
    );
    assert_eq!(readers(&posts(&harness).await), [ALICE], "and read once");
    harness.close().await;
}

#[tokio::test]
async fn the_status_after_a_refused_one_can_be_read() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness
        .simulator
        .fail(PHONE, Fault::NackNext { code: 479 })
        .await
        .unwrap();

    let refused = harness.send(account, &words(&[ALICE])).await;
    harness.settled(account, refused).await;
    let send = harness.send(account, &words(&[ALICE])).await;

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    let posts = posts(&harness).await;
    assert_eq!(readers(&posts), [ALICE]);
    assert_eq!(posts[0].times, 1, "nobody had to ask for it again");
    harness.close().await;
}

#[tokio::test]
async fn a_crash_between_claiming_and_sending_makes_one_post() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.restart_server().await;
    let send = harness.enqueue(account, &words(&[ALICE]), harness.now()).await;
    harness.pretend_it_was_being_sent(account, send).await;

    harness.supervisor.start(account).await.unwrap();

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    assert_eq!(readers(&posts(&harness).await), [ALICE]);
    harness.close().await;
}

#[tokio::test]
async fn a_status_is_deleted_for_everybody_who_may_have_seen_it() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let send = harness.send(account, &words(&[ALICE])).await;
    harness.settled(account, send).await;
    let status = posts(&harness).await.remove(0).message_id;

    let revoke = Outgoing::StatusRevoke {
        target_wa_id: status.clone(),
        audience: vec![by_number(ALICE)],
    };
    let send = harness.send(account, &revoke).await;

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    let heard = harness.heard(PHONE, |sent| sent.kind == "revoke").await;
    assert_eq!(heard.target_message_id, Some(status));
    assert_eq!(heard.recipients, [ALICE]);
    harness.close().await;
}

#[tokio::test]
async fn a_status_is_sent_under_the_id_of_its_outbox_row() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    let send: SendId = harness.send(account, &words(&[ALICE])).await;
    harness.settled(account, send).await;

    let chosen = harness.wa_id_of(account, send).await;
    assert_eq!(posts(&harness).await[0].message_id, chosen);
    harness.close().await;
}

#[tokio::test]
async fn a_view_of_a_status_is_committed() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let send = harness.send(account, &words(&[ALICE])).await;
    harness.settled(account, send).await;
    let status = posts(&harness).await.remove(0).message_id;

    let view = Happens::View {
        from: ALICE.to_owned(),
        message_id: status.clone(),
    };
    harness.simulator.perform(PHONE, view).await.unwrap();
    let receipt = harness
        .wait_for_event(account, "the view", |event| match event {
            Event::Receipt(receipt) if receipt.kind == ReceiptKind::Read => Some(receipt.clone()),
            _ => None,
        })
        .await;

    assert_eq!(receipt.chat, Chat::Status);
    assert_eq!(receipt.wa_ids, [status]);
    let wa_id = harness.hears_from_alice("I saw it").await;
    assert_eq!(
        receipt.from.lid,
        harness.message(account, &wa_id).await.sender.lid
    );
    harness.close().await;
}

fn words(audience: &[&str]) -> Outgoing {
    Outgoing::Status {
        content: StatusContent::Text {
            text: "good evening".to_owned(),
            background_argb: 0xff1e_6e4f,
            font: 2,
        },
        audience: audience.iter().map(|number| by_number(number)).collect(),
    }
}

fn showing(file: &OutgoingFile) -> Outgoing {
    Outgoing::Status {
        content: StatusContent::Media {
            file: file.clone(),
            caption: Some("look".to_owned()),
        },
        audience: vec![by_number(ALICE)],
    }
}

fn by_number(number: &str) -> Person {
    Person {
        lid: None,
        phone_number: Some(number.to_owned()),
    }
}

/// A file that the fake source holds.
fn a_file(harness: &SessionHarness, kind: MediaKind) -> OutgoingFile {
    let media: MediaId = harness.core.ids.next();
    harness.files.put(media, content(kind));
    OutgoingFile {
        media,
        kind,
        mime_type: "image/jpeg".to_owned(),
        width: 640,
        height: 480,
        duration_seconds: (kind == MediaKind::Video).then_some(3),
        thumbnail: Some(vec![0xff, 0xd8, 0xff]),
    }
}

fn content(kind: MediaKind) -> Vec<u8> {
    let letter = kind.as_str().as_bytes()[0];
    vec![letter; 30_000]
}

/// The text statuses that were sent.
async fn posts(harness: &SessionHarness) -> Vec<SentMessage> {
    let mut sent = harness.simulator.sent(PHONE).await.unwrap();
    sent.retain(|sent| sent.kind == "text" && sent.to == "status@broadcast");
    sent
}

/// Recipients of the posts, sorted.
fn readers(posts: &[SentMessage]) -> Vec<String> {
    let mut readers: Vec<String> = posts.iter().flat_map(|post| post.recipients.clone()).collect();
    readers.sort();
    readers
}
