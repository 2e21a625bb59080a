//! With a data folder, a restart of the simulator is a short break and nothing more.

use amda::simulator::{Addressing, Simulator, SimulatorConfig, SimulatorError, ViewOnceForm};
use whatsapp_rust::prelude::*;

use super::client::{ALICE, PHONE, TestClient, a_status, a_text, a_view_once, furnish, heard};

async fn a_simulator_in(folder: &tempfile::TempDir) -> Simulator {
    Simulator::start(SimulatorConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: Some(folder.path().to_owned()),
    })
    .await
    .expect("any port is free and the folder is ours")
}

#[tokio::test]
async fn a_linked_device_goes_on_after_the_simulator_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let before = a_simulator_in(&folder).await;
    furnish(&before, Addressing::Lid).await;
    let (mut client, store) = TestClient::linked(&before, PHONE).await;
    let first = before.perform(PHONE, a_status(ALICE, "before")).await.unwrap();
    client.message(&first).await;
    let id = before.perform(PHONE, a_text(ALICE, "before")).await.unwrap();
    let chat = client.message(&id).await.info.source.chat.clone();
    client.shutdown().await;
    let missed = before.perform(PHONE, a_text(ALICE, "missed")).await.unwrap();
    let event = a_view_once(true, ViewOnceForm::Inline);
    let picture = before.perform(PHONE, event).await.unwrap();
    before.shutdown().await;

    let after = a_simulator_in(&folder).await;
    let mut client = TestClient::start(&after, &store).await;
    client.connected().await;
    let late = client.message(&missed).await;
    let image = client
        .message(&picture)
        .await
        .message
        .image_message
        .as_option()
        .unwrap()
        .clone();
    let second = after.perform(PHONE, a_status(ALICE, "after")).await.unwrap();
    let status = client.message(&second).await;
    client
        .client
        .send_message(chat, wa::Message::text("still here"))
        .await
        .unwrap();

    assert_eq!(late.message.text_content(), Some("missed"));
    assert_eq!(status.message.text_content(), Some("after"));
    assert!(client.client.download(&image).await.is_ok());
    let answer = heard(&after, PHONE, |sent| sent.kind == "text").await;
    assert_eq!(answer.text.as_deref(), Some("still here"));
    client.shutdown().await;
}

#[tokio::test]
async fn an_address_in_use_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let first = a_simulator_in(&folder).await;

    let second = Simulator::start(SimulatorConfig {
        listen: first.address(),
        data_dir: None,
    })
    .await;

    let error = second.err().unwrap().to_string();
    assert!(error.contains(&first.address().to_string()), "{error}");
    assert!(error.contains("must be free"), "{error}");
}

#[tokio::test]
async fn a_simulator_does_not_listen_where_others_reach_it() {
    for address in ["0.0.0.0:0", "[::]:0", "[::ffff:192.0.2.1]:0"] {
        let started = Simulator::start(SimulatorConfig {
            listen: address.parse().unwrap(),
            data_dir: None,
        });

        let refused = started.await.err();
        assert!(
            matches!(refused, Some(SimulatorError::NotLoopback { .. })),
            "{address}: {refused:?}"
        );
    }
}
