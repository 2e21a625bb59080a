//! Phones of one simulator write to each other, and contacts change as people do.

use amda::simulator::{BusinessProfile, Event as Happening};
use whatsapp_rust::prelude::*;

use super::client::{ALICE, PHONE, TestClient, a_simulator, a_text, heard};

const JONAS: &str = "4915112345678";

#[tokio::test]
async fn two_phones_of_one_simulator_write_to_each_other() {
    let simulator = a_simulator().await;
    simulator.create_phone(JONAS, "Jonas").await.unwrap();
    let jonas = simulator.add_contact(PHONE, JONAS, "Jonas").await.unwrap();
    let (mut bia, _) = TestClient::linked(&simulator, PHONE).await;
    let (mut jonas_client, _) = TestClient::linked(&simulator, JONAS).await;

    let chat: Jid = jonas.parse().unwrap();
    let text = wa::Message::text("are you real?");
    let sent = bia.client.send_message(chat.clone(), text).await.unwrap();
    let question = jonas_client.message(&sent.message_id).await;
    let text = wa::Message::text("as real as you");
    let back = question.info.source.chat.clone();
    let sent = jonas_client.client.send_message(back, text).await.unwrap();
    let answer = bia.message(&sent.message_id).await;
    let by_phone = Happening::Message {
        from: JONAS.to_owned(),
        chat: Some(PHONE.to_owned()),
        text: Some("from my phone".to_owned()),
        media: None,
    };
    let id = simulator.perform(JONAS, by_phone).await.unwrap();
    let from_phone = bia.message(&id).await;

    assert_eq!(question.message.text_content(), Some("are you real?"));
    assert_eq!(question.info.push_name, "Bia");
    assert_eq!(answer.message.text_content(), Some("as real as you"));
    assert_eq!(answer.info.source.chat, chat);
    assert_eq!(from_phone.info.source.chat, chat);
    bia.shutdown().await;
    jonas_client.shutdown().await;
}

#[tokio::test]
async fn a_contact_who_installed_anew_is_read_and_answered() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let chat = client.meet(&simulator, ALICE).await;
    let text = wa::Message::text("before");
    client.client.send_message(chat.clone(), text).await.unwrap();
    heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("before")).await;

    let event = Happening::Reinstall {
        from: ALICE.to_owned(),
    };
    simulator.perform(PHONE, event).await.unwrap();
    let id = simulator
        .perform(PHONE, a_text(ALICE, "new phone"))
        .await
        .unwrap();
    let message = client.message(&id).await;
    client
        .client
        .send_message(chat, wa::Message::text("after"))
        .await
        .unwrap();
    let after = heard(&simulator, PHONE, |sent| sent.text.as_deref() == Some("after")).await;

    assert_eq!(message.message.text_content(), Some("new phone"));
    assert_eq!(after.recipients, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn a_business_has_a_profile_and_others_have_none() {
    let simulator = a_simulator().await;
    let (client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = Jid::pn(ALICE);
    let none = client.client.get_business_profile(&alice).await.unwrap();

    let profile = BusinessProfile {
        description: Some("Cakes".to_owned()),
        email: Some("cakes@example.org".to_owned()),
        address: None,
    };
    let event = Happening::Business {
        from: ALICE.to_owned(),
        profile,
    };
    simulator.perform(PHONE, event).await.unwrap();
    let profile = client.client.get_business_profile(&alice).await.unwrap().unwrap();

    assert!(none.is_none());
    assert_eq!(profile.description, "Cakes");
    assert_eq!(profile.email.as_deref(), Some("cakes@example.org"));
    client.shutdown().await;
}
