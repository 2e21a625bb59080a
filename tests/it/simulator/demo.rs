//! The demonstration lives by itself, and the simulator can make load.

use amda::simulator::{Burst, demo};
use tokio_util::sync::CancellationToken;
use whatsapp_rust::wacore_binary::JidExt as _;

use super::client::{PHONE, TestClient, a_simulator, an_empty_simulator};

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
