//! Contacts, names and mutes travel as app state.

use amda::simulator::Event as Happening;
use whatsapp_rust::prelude::*;

use super::client::{ALICE, BRUNO, PHONE, TestClient, a_simulator};

#[tokio::test]
async fn contacts_and_the_owners_name_are_synchronised_when_a_device_is_linked() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    for (number, name) in [(ALICE, "Alice Alves"), (BRUNO, "Bruno Braga")] {
        let action = client
            .wait("the contact", |event| match event {
                Event::ContactUpdate(update) if update.jid.user == number => Some(update.action.clone()),
                _ => None,
            })
            .await;

        assert_eq!(action.full_name.as_deref(), Some(name));
        assert!(action.lid_jid.is_some_and(|lid| lid.ends_with("@lid")));
    }
    assert_eq!(client.client.push_name(), "Bia");
    client.shutdown().await;
}

#[tokio::test]
async fn a_contact_that_is_added_later_is_pushed() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    simulator
        .add_contact(PHONE, "351912345678", "Clara Costa")
        .await
        .unwrap();
    let name = client
        .wait("the contact", |event| match event {
            Event::ContactUpdate(update) if update.jid.user == "351912345678" => {
                Some(update.action.full_name.clone())
            }
            _ => None,
        })
        .await;

    assert_eq!(name.as_deref(), Some("Clara Costa"));
    client.shutdown().await;
}

#[tokio::test]
async fn mutes_of_a_chat_and_of_its_statuses_are_pushed_and_taken_back() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let mute = |status, muted| Happening::Mute {
        from: ALICE.to_owned(),
        status,
        muted,
    };

    for is_muted in [true, false] {
        simulator.perform(PHONE, mute(false, is_muted)).await.unwrap();
        simulator.perform(PHONE, mute(true, is_muted)).await.unwrap();
        let chat = client
            .wait("the mute", |event| match event {
                Event::MuteUpdate(update) => Some(update.action.muted),
                _ => None,
            })
            .await;
        let status = client
            .wait("the status mute", |event| match event {
                Event::UserStatusMuteUpdate(update) => Some(update.muted),
                _ => None,
            })
            .await;

        assert_eq!(chat, Some(is_muted));
        assert_eq!(status, is_muted);
    }
    client.shutdown().await;
}

#[tokio::test]
async fn a_mute_that_a_device_makes_reaches_the_other_device() {
    let simulator = a_simulator().await;
    let (first, _) = TestClient::linked(&simulator, PHONE).await;
    let (mut second, _) = TestClient::linked(&simulator, PHONE).await;
    let chat = Jid::pn(ALICE);

    let actions = first.client.chat_actions();
    Box::pin(actions.mute_chat(&chat)).await.unwrap();
    let muted = second
        .wait("the mute", |event| match event {
            Event::MuteUpdate(update) => Some(update.action.muted),
            _ => None,
        })
        .await;

    assert_eq!(muted, Some(true));
    first.shutdown().await;
    second.shutdown().await;
}
