//! What contacts say reaches the device, and what the device says reaches contacts.

use amda::simulator::{Event as Happening, Media, ViewOnceForm};
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::events::UnavailableType;

use super::client::{ALICE, PHONE, TestClient, a_simulator, heard};

fn a_text(from: &str, text: &str) -> Happening {
    Happening::Message {
        from: from.to_owned(),
        chat: None,
        text: Some(text.to_owned()),
        media: None,
    }
}

fn a_status(from: &str, text: &str) -> Happening {
    Happening::Status {
        from: from.to_owned(),
        text: Some(text.to_owned()),
        media: None,
    }
}

fn a_view_once(delivered: bool, form: ViewOnceForm) -> Happening {
    Happening::ViewOnce {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(Media::Image),
        delivered,
        form,
    }
}

#[tokio::test]
async fn a_text_arrives_with_its_senders_names() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let id = simulator.happen(PHONE, a_text(ALICE, "hello")).await.unwrap();
    let message = client.message(&id).await;

    assert_eq!(message.message.text_content(), Some("hello"));
    assert_eq!(message.info.push_name, "Alice Alves");
    assert!(message.info.source.sender.is_lid());
    let pn = message.info.source.sender_alt.as_ref().map(ToString::to_string);
    assert_eq!(pn, Some(format!("{ALICE}@s.whatsapp.net")));
    client.shutdown().await;
}

#[tokio::test]
async fn a_status_arrives_and_a_reaction_to_it_is_received() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let id = simulator.happen(PHONE, a_status(ALICE, "sunny")).await.unwrap();
    let status = client.message(&id).await;
    let key = wa::MessageKey {
        remote_jid: Some("status@broadcast".to_owned()),
        from_me: Some(false),
        id: Some(id.clone()),
        participant: Some(status.info.source.sender.to_string()),
    };
    client
        .client
        .send_reaction(status.info.source.chat.clone(), key, "💚")
        .await
        .unwrap();

    assert_eq!(status.message.text_content(), Some("sunny"));
    let like = heard(&simulator, PHONE, |sent| sent.kind == "reaction").await;
    assert_eq!(like.to, "status@broadcast");
    assert_eq!(like.text.as_deref(), Some("💚"));
    assert_eq!(like.target_message_id, Some(id));
    assert_eq!(like.recipients, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn view_once_content_arrives_in_every_form_and_decrypts() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let forms = [
        ViewOnceForm::ViewOnceMessage,
        ViewOnceForm::ViewOnceMessageV2,
        ViewOnceForm::ViewOnceMessageV2Extension,
        ViewOnceForm::Inline,
    ];

    for form in forms {
        let id = simulator.happen(PHONE, a_view_once(true, form)).await.unwrap();
        let message = client.message(&id).await;

        assert!(message.message.is_view_once(), "{form:?}");
        let base = message.message.get_base_message();
        let image = base.image_message.as_option().unwrap();
        let jpeg = client.client.download(image).await.unwrap();
        assert!(jpeg.starts_with(&[0xff, 0xd8]), "{form:?}");
    }
    client.shutdown().await;
}

#[tokio::test]
async fn view_once_that_is_not_delivered_is_a_placeholder() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let event = a_view_once(false, ViewOnceForm::ViewOnceMessageV2);
    let id = simulator.happen(PHONE, event).await.unwrap();
    let notice = client.undecryptable(&id).await;

    assert!(notice.is_unavailable);
    assert_eq!(notice.unavailable_type, UnavailableType::ViewOnce);
    client.shutdown().await;
}

#[tokio::test]
async fn a_deletion_names_the_message_it_deletes() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let target = simulator.happen(PHONE, a_text(ALICE, "oops")).await.unwrap();
    client.message(&target).await;

    let event = Happening::Delete {
        from: ALICE.to_owned(),
        message_id: target.clone(),
    };
    let id = simulator.happen(PHONE, event).await.unwrap();
    let revoke = client.message(&id).await;

    let protocol = revoke.message.protocol_message.as_option().unwrap();
    let kind = protocol.r#type;
    assert_eq!(kind, Some(wa::message::protocol_message::Type::REVOKE));
    let key = protocol.key.as_option().unwrap();
    assert_eq!(key.id.as_deref(), Some(target.as_str()));
    client.shutdown().await;
}

#[tokio::test]
async fn an_answer_reaches_the_contact() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.happen(PHONE, a_text(ALICE, "ping")).await.unwrap();
    let chat = client.message(&id).await.info.source.chat.clone();

    client
        .client
        .send_message(chat.clone(), wa::Message::text("pong"))
        .await
        .unwrap();

    let answer = heard(&simulator, PHONE, |sent| sent.kind == "text").await;
    assert_eq!(answer.text.as_deref(), Some("pong"));
    assert_eq!(answer.to, chat.to_string());
    assert_eq!(answer.recipients, [ALICE]);
    client
        .wait("a delivery receipt", |event| match event {
            Event::Receipt(receipt) => receipt.message_ids.contains(&answer.message_id).then_some(()),
            _ => None,
        })
        .await;
    client.shutdown().await;
}
