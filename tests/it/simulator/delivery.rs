//! Nothing is lost between a contact and the device, whatever happens to the connection or to the ciphertext.

use amda::simulator::{Event as Happening, Fault};
use whatsapp_rust::prelude::*;

use super::client::{ALICE, BRUNO, PHONE, TestClient, a_simulator, a_status, a_text};

#[tokio::test]
async fn what_was_said_while_the_device_was_away_arrives_in_order_when_it_returns() {
    let simulator = a_simulator().await;
    let (client, store) = TestClient::linked(&simulator, PHONE).await;
    client.shutdown().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let event = a_text(ALICE, &format!("missed {number}"));
        ids.push(simulator.perform(PHONE, event).await.unwrap());
    }
    ids.push(simulator.perform(PHONE, a_status(BRUNO, "missed")).await.unwrap());

    let mut again = TestClient::start(&simulator, &store).await;
    let mut arrived = Vec::new();
    for _ in &ids {
        arrived.push(again.next_message().await);
    }

    let alices: Vec<_> = arrived
        .iter()
        .filter(|message| message.info.source.chat.is_lid())
        .map(|message| message.info.id.clone())
        .collect();
    assert_eq!(alices, ids[..5]);
    assert!(arrived.iter().any(|message| message.info.id == ids[5]));
    assert!(arrived.iter().all(|message| message.info.is_offline));
    again.shutdown().await;
}

#[tokio::test]
async fn what_was_acknowledged_is_not_delivered_again() {
    let simulator = a_simulator().await;
    let (mut client, store) = TestClient::linked(&simulator, PHONE).await;
    let seen = simulator.perform(PHONE, a_text(ALICE, "seen")).await.unwrap();
    client.message(&seen).await;
    simulator.wait_until_acknowledged(PHONE).await.unwrap();
    client.shutdown().await;

    let missed = simulator.perform(PHONE, a_text(ALICE, "missed")).await.unwrap();
    let mut again = TestClient::start(&simulator, &store).await;

    assert_eq!(again.next_message().await.info.id, missed);
    again.shutdown().await;
}

#[tokio::test]
async fn a_message_that_arrives_broken_is_asked_for_again_and_read() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    simulator.fail(PHONE, Fault::CorruptNext).await.unwrap();

    let id = simulator
        .perform(PHONE, a_text(ALICE, "first try"))
        .await
        .unwrap();
    let healed = client.message(&id).await;
    let next = simulator.perform(PHONE, a_text(ALICE, "and on")).await.unwrap();
    let after = client.message(&next).await;

    assert_eq!(healed.message.text_content(), Some("first try"));
    assert_eq!(after.message.text_content(), Some("and on"));
    client.shutdown().await;
}

#[tokio::test]
async fn a_message_of_a_standing_session_that_arrives_broken_heals_too() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let first = simulator.perform(PHONE, a_text(ALICE, "one")).await.unwrap();
    let chat = client.message(&first).await.info.source.chat.clone();
    client
        .client
        .send_message(chat, wa::Message::text("two"))
        .await
        .unwrap();
    simulator.fail(PHONE, Fault::CorruptNext).await.unwrap();

    let id = simulator.perform(PHONE, a_text(ALICE, "three")).await.unwrap();
    let healed = client.message(&id).await;

    assert_eq!(healed.message.text_content(), Some("three"));
    client.shutdown().await;
}

#[tokio::test]
async fn a_status_that_arrives_broken_heals_too() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    simulator.fail(PHONE, Fault::CorruptNext).await.unwrap();

    let id = simulator
        .perform(PHONE, a_status(ALICE, "first try"))
        .await
        .unwrap();
    let healed = client.message(&id).await;
    let next = simulator.perform(PHONE, a_status(ALICE, "second")).await.unwrap();
    let after = client.message(&next).await;

    assert_eq!(healed.message.text_content(), Some("first try"));
    assert_eq!(after.message.text_content(), Some("second"));
    client.shutdown().await;
}

#[tokio::test]
async fn a_message_that_comes_twice_does_not_break_the_session() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    simulator.fail(PHONE, Fault::DuplicateNext).await.unwrap();

    let twice = simulator.perform(PHONE, a_text(ALICE, "twice")).await.unwrap();
    client.message(&twice).await;
    let next = simulator.perform(PHONE, a_text(ALICE, "once")).await.unwrap();

    assert_eq!(client.message(&next).await.message.text_content(), Some("once"));
    simulator.wait_until_acknowledged(PHONE).await.unwrap();
    client.shutdown().await;
}

#[tokio::test]
async fn two_phones_do_not_hear_each_other() {
    let simulator = a_simulator().await;
    simulator.create_phone("4915112345678", "Jonas").await.unwrap();
    simulator
        .add_contact("4915112345678", ALICE, "Alice")
        .await
        .unwrap();
    let (mut first, _) = TestClient::linked(&simulator, PHONE).await;
    let (mut second, _) = TestClient::linked(&simulator, "4915112345678").await;

    let to_first = simulator.perform(PHONE, a_text(ALICE, "for Bia")).await.unwrap();
    let event = Happening::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: Some("for Jonas".to_owned()),
        media: None,
    };
    let to_second = simulator.perform("4915112345678", event).await.unwrap();

    assert_eq!(first.next_message().await.info.id, to_first);
    assert_eq!(second.next_message().await.info.id, to_second);
    first.shutdown().await;
    second.shutdown().await;
}
