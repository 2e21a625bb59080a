//! The demonstration lives by itself, and the simulator can make load.

use std::num::NonZeroU32;

use amda::simulator::{Burst, demo};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::StatusSendOptions;
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore_binary::JidExt as _;
use whatsapp_rust::waproto::whatsapp::message::extended_text_message::FontType;
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::client::{ALICE, PHONE, TestClient, a_simulator, an_empty_simulator, heard};

#[tokio::test]
async fn the_demo_phone_is_made_once() {
    let simulator = an_empty_simulator().await;

    let first = demo::prepare(&simulator).await.unwrap();
    let again = demo::prepare(&simulator).await.unwrap();

    assert_eq!(first, again);
    assert_eq!(simulator.phones().await.len(), 1);
    assert_eq!(simulator.contacts(&first).await.unwrap().len(), 8);
}

#[tokio::test]
async fn contacts_of_the_demo_phone_come_alive_when_a_device_is_linked() {
    let simulator = an_empty_simulator().await;
    let phone = demo::prepare(&simulator).await.unwrap();
    let stop = CancellationToken::new();
    let life = tokio::spawn({
        let (simulator, phone, stop) = (simulator.clone(), phone.clone(), stop.clone());
        async move { demo::run(&simulator, &phone, 7, stop).await }
    });
    let (mut client, _) = TestClient::linked(&simulator, &phone).await;
    let linked = std::time::Instant::now();

    let first = client.next_message().await;

    assert!(linked.elapsed().as_secs() < 5);
    assert!(first.info.source.chat.is_status_broadcast());
    stop.cancel();
    life.await.unwrap().unwrap();
    client.shutdown().await;
}

#[tokio::test]
async fn the_second_phone_is_made_once_and_has_a_smaller_life() {
    let simulator = an_empty_simulator().await;

    let first = demo::prepare_small(&simulator).await.unwrap();
    let again = demo::prepare_small(&simulator).await.unwrap();

    assert_eq!(first, again);
    assert_eq!(first, demo::SMALL_PHONE);
    assert_eq!(simulator.contacts(&first).await.unwrap().len(), 3);
}

#[tokio::test]
async fn the_group_of_the_demo_phone_is_led_by_one_of_its_members() {
    let simulator = an_empty_simulator().await;
    let phone = demo::prepare(&simulator).await.unwrap();

    let groups = simulator.group_infos(&phone).await.unwrap();

    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].admins.len(), 1);
    assert!(groups[0].members.len() >= 3);
}

#[tokio::test]
async fn contacts_of_the_demo_phone_look_at_statuses_and_read_what_is_written_to_them() {
    let simulator = an_empty_simulator().await;
    let phone = demo::prepare(&simulator).await.unwrap();
    let stop = CancellationToken::new();
    let life = tokio::spawn({
        let (simulator, phone, stop) = (simulator.clone(), phone.clone(), stop.clone());
        async move { demo::run(&simulator, &phone, 7, stop).await }
    });
    let (mut client, _) = TestClient::linked(&simulator, &phone).await;
    let status = client.next_message().await;
    let friend = [status.info.source.sender.to_non_ad()];
    let is_read = |event: &Event, id: &str| match event {
        Event::Receipt(receipt) => {
            receipt.r#type == ReceiptType::Read && receipt.message_ids.iter().any(|named| named == id)
        }
        _ => false,
    };

    let options = StatusSendOptions::default();
    let colour = 0xff11_2233;
    let posted = client
        .client
        .status()
        .send_text("see me", colour, FontType::SYSTEM, &friend, options)
        .await
        .unwrap();
    let text = wa::Message::text("hello there");
    let written = client.client.send_message(friend[0].clone(), text).await.unwrap();

    for id in [posted.message_id, written.message_id] {
        client
            .wait("that it was read", |event| is_read(event, &id).then_some(()))
            .await;
    }
    stop.cancel();
    life.await.unwrap().unwrap();
    client.shutdown().await;
}

#[tokio::test]
async fn a_burst_of_changes_is_of_messages_that_were_said_before() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    for (burst, kind) in [
        (Burst::Edits, Type::MESSAGE_EDIT),
        (Burst::Deletions, Type::REVOKE),
    ] {
        for id in simulator.burst(PHONE, burst, 6).await.unwrap() {
            let change = client.message(&id).await;
            let change = change.message.protocol_message.as_option().unwrap();
            assert_eq!(change.r#type, Some(kind));
            let target = change.key.as_option().unwrap().id.clone().unwrap();
            client.message(&target).await;
        }
    }
    client.shutdown().await;
}

#[tokio::test]
async fn a_burst_of_views_is_of_the_latest_status_and_as_fast_as_was_asked() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let nothing_to_see = simulator.burst(PHONE, Burst::Views, 1).await.unwrap_err();
    let alice = [client.meet(&simulator, ALICE).await];
    let options = StatusSendOptions::default();
    let status = client.client.status();
    let posted = status.send_text("see me", 0xff11_2233, FontType::SYSTEM, &alice, options);
    let posted = posted.await.unwrap().message_id;
    heard(&simulator, PHONE, |sent| sent.message_id == posted).await;
    let started = std::time::Instant::now();

    let rate = NonZeroU32::new(100).unwrap();
    let viewed = simulator.burst_at(PHONE, Burst::Views, 21, rate).await.unwrap();

    assert!(started.elapsed().as_millis() >= 200);
    assert!(viewed.iter().all(|id| *id == posted));
    simulator.wait_until_acknowledged(PHONE).await.unwrap();
    assert!(nothing_to_see.to_string().contains("no status to look at"));
    client.shutdown().await;
}

#[tokio::test]
async fn a_burst_arrives_whole_and_in_order() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    let texts = simulator.burst(PHONE, Burst::Texts, 300).await.unwrap();
    let mut arrived = Vec::new();
    for _ in &texts {
        arrived.push(client.next_message().await);
    }
    let hidden = simulator.burst(PHONE, Burst::Placeholders, 10).await.unwrap();
    for id in &hidden {
        client.undecryptable(id).await;
    }

    for turn in 0..2 {
        let expected: Vec<_> = texts.iter().skip(turn).step_by(2).collect();
        let sender = arrived
            .iter()
            .find(|message| message.info.id == *expected[0])
            .unwrap();
        let of_sender = arrived
            .iter()
            .filter(|message| message.info.source.chat == sender.info.source.chat)
            .map(|message| &message.info.id);
        assert!(of_sender.eq(expected));
    }
    client.shutdown().await;
}
