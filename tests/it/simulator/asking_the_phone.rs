//! The phone answers what its devices ask of it: older messages, and those that they could not read.

use amda::simulator::ViewOnceForm;
use whatsapp_rust::prelude::*;

use super::client::{ALICE, PHONE, TestClient, a_simulator, a_text, a_view_once};

#[tokio::test]
async fn older_messages_of_a_chat_come_when_they_are_asked_for() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let mut ids = Vec::new();
    for text in ["one", "two", "three"] {
        ids.push(simulator.perform(PHONE, a_text(ALICE, text)).await.unwrap());
    }
    let newest = client.message(&ids[2]).await;

    let chat = &newest.info.source.chat;
    let at = newest.info.timestamp.timestamp_millis();
    let asked = client.client.fetch_message_history(chat, &ids[2], false, at, 1);
    let session = asked.await.unwrap();
    let part = client
        .wait("the older messages", |event| match event {
            Event::HistorySync(part) if part.peer_data_request_session_id() == Some(session.as_str()) => {
                part.get().cloned()
            }
            _ => None,
        })
        .await;

    let messages = part.conversations.iter().flat_map(|chat| &chat.messages);
    let told: Vec<_> = messages
        .filter_map(|message| message.message.key.id.clone())
        .collect();
    assert_eq!(told, [ids[1].clone()]);
    client.shutdown().await;
}

#[tokio::test]
async fn the_content_of_a_view_once_message_does_not_come_from_the_phone() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let event = a_view_once(false, ViewOnceForm::ViewOnceMessageV2);
    let hidden = simulator.perform(PHONE, event).await.unwrap();
    client.undecryptable(&hidden).await;

    // The library asks the phone by itself; the stanzas of one connection are in order.
    client.meet(&simulator, ALICE).await;

    let is_hidden = |event: &Event| match event {
        Event::Messages(batch) => batch.iter().any(|message| message.info.id == hidden),
        _ => false,
    };
    assert!(!client.unclaimed().iter().any(|event| is_hidden(event)));
    client.shutdown().await;
}
