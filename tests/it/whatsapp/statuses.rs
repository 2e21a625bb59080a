//! Statuses of the owner's: to everybody who may see them, once, whatever happens in between.

use amda::event::{
    Chat, Event, MediaKind, Outgoing, OutgoingFile, Person, ReceiptKind, SendOutcome, StatusContent,
};
use amda::id::{MediaId, SendId};
use amda::simulator::{Event as Happens, Fault, SentMessage};

use super::scene::{ALICE, PHONE, Scene};

const BRUNO: &str = "5511977776666";
/// A number without WhatsApp.
const NOBODY: &str = "5511900000000";

#[tokio::test]
async fn words_reach_everybody_of_the_audience_and_nobody_else() {
    let scene = Scene::open().await;
    scene.simulator.add_contact(PHONE, BRUNO, "Bruno").await.unwrap();
    scene
        .simulator
        .add_contact(PHONE, "5511966665555", "Clara")
        .await
        .unwrap();
    let account = scene.a_linked_account().await;

    let send = scene.send(account, &words(&[ALICE, BRUNO])).await;
    let outcome = scene.settled(account, send).await;

    assert_eq!(outcome, SendOutcome::Acked);
    let heard = scene.heard(PHONE, |sent| sent.kind == "text").await;
    assert_eq!(heard.text.as_deref(), Some("good evening"));
    assert_eq!(heard.to, "status@broadcast");
    assert_eq!(readers(&[heard]), [BRUNO, ALICE]);
    scene.close().await;
}

#[tokio::test]
async fn a_number_without_whatsapp_is_left_out() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    let send = scene.send(account, &words(&[NOBODY, ALICE])).await;

    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    assert_eq!(readers(&posts(&scene).await), [ALICE]);
    scene.close().await;
}

#[tokio::test]
async fn a_status_that_nobody_could_see_fails() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    for audience in [&[][..], &[NOBODY]] {
        let send = scene.send(account, &words(audience)).await;

        let reason = "nobody of those who may see the status is on WhatsApp".to_owned();
        assert_eq!(scene.settled(account, send).await, SendOutcome::Failed { reason });
    }
    assert_eq!(posts(&scene).await, []);
    scene.close().await;
}

#[tokio::test]
async fn pictures_and_videos_are_uploaded_and_shown() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    for (kind, shown) in [(MediaKind::Image, "image"), (MediaKind::Video, "video")] {
        let file = a_file(&scene, kind);

        let send = scene.send(account, &showing(&file)).await;
        assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);

        let heard = scene.heard(PHONE, |sent| sent.kind == shown).await;
        assert_eq!(heard.text.as_deref(), Some("look"));
        assert_eq!(heard.recipients, [ALICE]);
        let uploaded = scene.simulator.sent_media(PHONE, &heard.message_id).await;
        assert_eq!(uploaded.unwrap(), content(kind));
    }
    scene.close().await;
}

#[tokio::test]
async fn a_file_that_is_gone_or_no_picture_fails_at_once() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let gone = OutgoingFile {
        media: scene.core.ids.next(),
        ..a_file(&scene, MediaKind::Image)
    };
    let sound = a_file(&scene, MediaKind::Audio);
    for (file, reason) in [
        (gone, "its file is no longer kept"),
        (sound, "a status shows words, a picture or a video"),
    ] {
        let send = scene.send(account, &showing(&file)).await;

        let reason = reason.to_owned();
        assert_eq!(scene.settled(account, send).await, SendOutcome::Failed { reason });
    }
    scene.close().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_tried_again_and_not_for_ever() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let file = a_file(&scene, MediaKind::Image);

    scene.shelf.fail(2);
    let mended = scene.send(account, &showing(&file)).await;
    assert_eq!(scene.settled(account, mended).await, SendOutcome::Acked);

    scene.shelf.fail(3);
    let broken = scene.send(account, &showing(&file)).await;
    let reason = "its file cannot be read".to_owned();
    assert_eq!(
        scene.settled(account, broken).await,
        SendOutcome::Failed { reason }
    );
    scene.close().await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_place_of_the_answer_makes_no_second_post() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.simulator.fail(PHONE, Fault::LoseAnswer).await.unwrap();

    let send = scene.send(account, &words(&[ALICE])).await;
    let outcome = scene.settled(account, send).await;

    assert_eq!(outcome, SendOutcome::Acked);
    assert_eq!(
        scene.outcomes(send),
        [SendOutcome::Sent, SendOutcome::Sent, SendOutcome::Acked],
        "it was sent twice"
    );
    assert_eq!(readers(&posts(&scene).await), [ALICE], "and read once");
    scene.close().await;
}

#[tokio::test]
async fn a_crash_between_claiming_and_sending_makes_one_post() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.restart_server().await;
    let send = scene.enqueue(account, &words(&[ALICE]), scene.now()).await;
    scene.pretend_it_was_being_sent(account, send).await;

    scene.supervisor.start(account).await.unwrap();

    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    assert_eq!(readers(&posts(&scene).await), [ALICE]);
    scene.close().await;
}

#[tokio::test]
async fn a_status_is_deleted_for_everybody_who_may_have_seen_it() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let send = scene.send(account, &words(&[ALICE])).await;
    scene.settled(account, send).await;
    let status = posts(&scene).await.remove(0).message_id;

    let revoke = Outgoing::StatusRevoke {
        target_wa_id: status.clone(),
        audience: vec![by_number(ALICE)],
    };
    let send = scene.send(account, &revoke).await;

    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    let heard = scene.heard(PHONE, |sent| sent.kind == "revoke").await;
    assert_eq!(heard.target_message_id, Some(status));
    assert_eq!(heard.recipients, [ALICE]);
    scene.close().await;
}

#[tokio::test]
async fn everybody_s_receipts_name_the_id_that_was_chosen_at_the_start() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    let send: SendId = scene.send(account, &words(&[ALICE])).await;
    scene.settled(account, send).await;

    let chosen = scene.wa_id_of(account, send).await;
    assert_eq!(posts(&scene).await[0].message_id, chosen);
    scene.close().await;
}

#[tokio::test]
async fn who_looked_at_a_status_is_taken_in() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let send = scene.send(account, &words(&[ALICE])).await;
    scene.settled(account, send).await;
    let status = posts(&scene).await.remove(0).message_id;

    let view = Happens::View {
        from: ALICE.to_owned(),
        message_id: status.clone(),
    };
    scene.simulator.perform(PHONE, view).await.unwrap();
    let receipt = scene
        .told(account, "the view", |event| match event {
            Event::Receipt(receipt) if receipt.kind == ReceiptKind::Read => Some(receipt.clone()),
            _ => None,
        })
        .await;

    assert_eq!(receipt.chat, Chat::Status);
    assert_eq!(receipt.wa_ids, [status]);
    let wa_id = scene.hears_from_alice("I saw it").await;
    assert_eq!(receipt.from.lid, scene.message(account, &wa_id).await.sender.lid);
    scene.close().await;
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

/// A file on the shelf.
fn a_file(scene: &Scene, kind: MediaKind) -> OutgoingFile {
    let media: MediaId = scene.core.ids.next();
    scene.shelf.put(media, content(kind));
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

/// The statuses of words that anybody could read.
async fn posts(scene: &Scene) -> Vec<SentMessage> {
    let mut sent = scene.simulator.sent(PHONE).await.unwrap();
    sent.retain(|sent| sent.kind == "text" && sent.to == "status@broadcast");
    sent
}

/// Who read them, in order.
fn readers(posts: &[SentMessage]) -> Vec<String> {
    let mut readers: Vec<String> = posts.iter().flat_map(|post| post.recipients.clone()).collect();
    readers.sort();
    readers
}
