//! Linking devices, and logging in again.

use super::client::{ALICE, PHONE, TestClient, a_simulator, a_store, a_text, a_view_once};
use amda::simulator::ViewOnceForm;
use whatsapp_rust::prelude::*;

#[tokio::test]
async fn a_device_is_linked_by_its_qr_code() {
    let simulator = a_simulator().await;
    let store = a_store();
    let mut client = TestClient::start(&simulator, &store).await;

    let code = client.qr_code().await;
    simulator.scan(PHONE, &code).await.unwrap();
    client.connected().await;

    let phone = simulator.phone(PHONE).await.unwrap();
    assert_eq!(phone.linked_devices, 1);
    assert!(phone.is_connected);
    client.shutdown().await;
}

#[tokio::test]
async fn a_device_is_linked_by_a_code_typed_with_a_dash() {
    let simulator = a_simulator().await;
    let store = a_store();
    let mut client = TestClient::start_for_code(&simulator, &store, PHONE).await;

    let code = client
        .wait("a link code", |event| match event {
            Event::PairingCode(code) => Some(code.code.clone()),
            _ => None,
        })
        .await
        .replace('-', "");
    let typed = format!("{}-{}", &code[..4], &code[4..]);
    simulator.enter_code(PHONE, &typed).await.unwrap();
    client.connected().await;

    assert_eq!(simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    client.shutdown().await;
}

#[tokio::test]
async fn a_linked_device_logs_in_again_without_a_code() {
    let simulator = a_simulator().await;
    let (client, store) = TestClient::linked(&simulator, PHONE).await;
    client.shutdown().await;

    let mut again = TestClient::start(&simulator, &store).await;
    again.connected().await;

    assert_eq!(simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    again.shutdown().await;
}

#[tokio::test]
async fn a_newly_linked_device_is_told_of_recent_chats_but_not_of_what_was_to_be_seen_once() {
    let simulator = a_simulator().await;
    let said = simulator
        .perform(PHONE, a_text(ALICE, "before you came"))
        .await
        .unwrap();
    let event = a_view_once(true, ViewOnceForm::Inline);
    let hidden = simulator.perform(PHONE, event).await.unwrap();
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let past = client
        .wait("the past", |event| match event {
            Event::HistorySync(part) => part.get().filter(|part| !part.conversations.is_empty()).cloned(),
            _ => None,
        })
        .await;

    let ids: Vec<_> = past
        .conversations
        .iter()
        .flat_map(|chat| &chat.messages)
        .filter_map(|message| message.message.key.id.clone())
        .collect();
    assert!(ids.contains(&said));
    assert!(!ids.contains(&hidden));
    client.shutdown().await;
}
