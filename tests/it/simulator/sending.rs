//! What the device says reaches those whom it is meant for, and nobody else.

use amda::simulator::Fault;
use whatsapp_rust::UploadOptions;
use whatsapp_rust::prelude::*;
use whatsapp_rust::wacore::download::MediaType;
use whatsapp_rust::waproto::whatsapp::message::extended_text_message::FontType;

use super::client::{ALICE, BRUNO, PHONE, TestClient, a_simulator, a_status, a_text, heard};

#[tokio::test]
async fn a_status_arrives_and_a_reaction_to_it_is_received() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let id = simulator.perform(PHONE, a_status(ALICE, "sunny")).await.unwrap();
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
async fn an_answer_reaches_the_contact() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "ping")).await.unwrap();
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

#[tokio::test]
async fn a_text_status_reaches_the_named_audience_only() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    let alice = client.message(&id).await.info.source.sender.to_non_ad();

    client
        .client
        .status()
        .send_text(
            "hello all",
            0xff11_2233,
            FontType::SYSTEM,
            &[alice],
            whatsapp_rust::StatusSendOptions::default(),
        )
        .await
        .unwrap();

    let status = heard(&simulator, PHONE, |sent| sent.to == "status@broadcast").await;
    assert_eq!(status.kind, "text");
    assert_eq!(status.text.as_deref(), Some("hello all"));
    assert_eq!(status.recipients, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn a_contact_without_the_key_of_a_status_asks_for_it() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    let alice = client.message(&id).await.info.source.sender.to_non_ad();
    // The refused status carries the key, and the client takes it as shared.
    let refusal = Fault::NackNext { code: 479 };
    simulator.fail(PHONE, refusal).await.unwrap();

    for text in ["refused", "readable"] {
        client
            .client
            .status()
            .send_text(
                text,
                0xff11_2233,
                FontType::SYSTEM,
                std::slice::from_ref(&alice),
                whatsapp_rust::StatusSendOptions::default(),
            )
            .await
            .unwrap();
    }

    let status = heard(&simulator, PHONE, |sent| sent.to == "status@broadcast").await;
    assert_eq!(status.text.as_deref(), Some("readable"));
    assert_eq!(status.recipients, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn a_contact_can_open_the_picture_that_the_device_posts() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(BRUNO, "hi")).await.unwrap();
    let bruno = client.message(&id).await.info.source.sender.to_non_ad();
    let picture = vec![7; 30_000];

    let upload = client
        .client
        .upload(picture.clone(), MediaType::Image, UploadOptions::default())
        .await
        .unwrap();
    client
        .client
        .status()
        .send_image(
            upload,
            vec![0xff, 0xd8],
            Some("look"),
            &[bruno],
            whatsapp_rust::StatusSendOptions::default(),
        )
        .await
        .unwrap();

    let status = heard(&simulator, PHONE, |sent| sent.kind == "image").await;
    assert_eq!(status.text.as_deref(), Some("look"));
    let media = status.media.as_ref().unwrap();
    assert!(media.opens && media.has_thumbnail, "{media:?}");
    assert_eq!(media.size_bytes, Some(30_000));
    assert_eq!(status.recipients, [BRUNO]);
    let opened = simulator.sent_media(PHONE, &status.message_id).await.unwrap();
    assert_eq!(opened, picture);
    client.shutdown().await;
}

#[tokio::test]
async fn a_group_message_reaches_every_member() {
    let simulator = a_simulator().await;
    let group = simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    let (client, _) = TestClient::linked(&simulator, PHONE).await;

    let chat: Jid = group.parse().unwrap();
    client
        .client
        .send_message(chat, wa::Message::text("hello group"))
        .await
        .unwrap();

    let message = heard(&simulator, PHONE, |sent| sent.to == group).await;
    assert_eq!(message.text.as_deref(), Some("hello group"));
    assert_eq!(message.recipients, [BRUNO, ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn a_second_device_sees_what_the_first_sends() {
    let simulator = a_simulator().await;
    let (mut first, _) = TestClient::linked(&simulator, PHONE).await;
    let (mut second, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "both?")).await.unwrap();
    let chat = first.message(&id).await.info.source.chat.clone();
    second.message(&id).await;

    let sent = first
        .client
        .send_message(chat, wa::Message::text("both"))
        .await
        .unwrap();
    let copy = second.message(&sent.message_id).await;

    assert!(copy.info.source.is_from_me);
    assert_eq!(copy.message.text_content(), Some("both"));
    assert_eq!(simulator.phone(PHONE).await.unwrap().linked_devices, 2);
    first.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn a_second_device_reads_what_the_first_writes_to_a_group_and_posts() {
    let simulator = a_simulator().await;
    let group = simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    let (mut first, _) = TestClient::linked(&simulator, PHONE).await;
    let (mut second, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = first.meet(&simulator, ALICE).await;
    let chat: Jid = group.parse().unwrap();

    for said in ["once", "and again, under a key that all have"] {
        let text = wa::Message::text(said);
        let sent = first.client.send_message(chat.clone(), text).await.unwrap();
        let copy = second.message(&sent.message_id).await;
        assert_eq!(copy.message.text_content(), Some(said));
        assert_eq!(copy.info.source.chat, chat);
        assert!(copy.info.source.is_from_me);
    }
    let (status, audience) = (first.client.status(), [alice]);
    let options = whatsapp_rust::StatusSendOptions::default();
    let posted = status.send_text("sunny", 0xff11_2233, FontType::SYSTEM, &audience, options);
    let copy = second.message(&posted.await.unwrap().message_id).await;

    assert_eq!(copy.message.text_content(), Some("sunny"));
    assert!(copy.info.source.is_from_me);
    first.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn a_contacts_read_receipt_names_the_status_it_viewed() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    let alice = client.message(&id).await.info.source.sender.to_non_ad();
    let sent = client
        .client
        .status()
        .send_text(
            "view me",
            0xff11_2233,
            FontType::SYSTEM,
            &[alice],
            whatsapp_rust::StatusSendOptions::default(),
        )
        .await
        .unwrap();
    heard(&simulator, PHONE, |status| status.message_id == sent.message_id).await;

    let event = amda::simulator::Event::Read {
        from: ALICE.to_owned(),
        message_id: sent.message_id.clone(),
    };
    simulator.perform(PHONE, event).await.unwrap();

    client
        .wait("the view", |event| match event {
            Event::Receipt(receipt) => (receipt.message_ids.contains(&sent.message_id)
                && receipt.r#type == whatsapp_rust::types::presence::ReceiptType::Read)
                .then_some(()),
            _ => None,
        })
        .await;
    client.shutdown().await;
}
