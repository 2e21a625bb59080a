//! Who is there and who types: what devices say of themselves is remembered, and what they may hear is what WhatsApp
//! lets them.

use amda::simulator::{Event as Happening, SentPresence, Simulator, Typing};
use tokio::time::timeout;
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::presence::{ChatPresence, ChatPresenceMedia};

use super::client::{ALICE, BRUNO, PATIENCE, PHONE, TestClient, a_simulator, heard};

fn typing(from: &str, state: Typing) -> Happening {
    Happening::Typing {
        from: from.to_owned(),
        chat: None,
        state,
    }
}

async fn seen_typing(client: &mut TestClient) -> (ChatPresence, ChatPresenceMedia) {
    client
        .wait("the typing", |event| match event {
            Event::ChatPresence(update) => Some((update.state, update.media)),
            _ => None,
        })
        .await
}

async fn announced(simulator: &Simulator, ask: impl Fn(&SentPresence) -> bool) -> SentPresence {
    timeout(PATIENCE, simulator.wait_for_presence(PHONE, ask))
        .await
        .expect("the simulator hears it in time")
        .expect("the phone exists")
}

#[tokio::test]
async fn a_device_that_says_it_is_away_is_remembered_so() {
    let simulator = a_simulator().await;
    let (client, _) = TestClient::linked(&simulator, PHONE).await;
    announced(&simulator, |said| said.kind == "available").await;

    client.client.presence().set_unavailable().await.unwrap();
    announced(&simulator, |said| said.kind == "unavailable").await;

    let all = simulator.presences(PHONE).await.unwrap();
    assert_eq!(all.last().unwrap().kind, "unavailable");
    assert_eq!(all.last().unwrap().to, None);
    client.shutdown().await;
}

#[tokio::test]
async fn the_typing_of_a_device_is_heard_before_its_message() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let chat = client.meet(&simulator, ALICE).await;

    client.client.chatstate().send_composing(&chat).await.unwrap();
    let text = wa::Message::text("done typing");
    client.client.send_message(chat.clone(), text).await.unwrap();
    client.client.chatstate().send_paused(&chat).await.unwrap();
    heard(&simulator, PHONE, |sent| sent.kind == "text").await;
    let paused = announced(&simulator, |said| said.kind == "paused").await;

    let sent = simulator.sent(PHONE).await.unwrap();
    let kinds: Vec<&str> = sent.iter().map(|sent| sent.kind.as_str()).collect();
    assert_eq!(kinds, ["typing", "text"]);
    assert_eq!(sent[0].recipients, [ALICE]);
    assert_eq!(sent[0].to, chat.to_string());
    assert_eq!(paused.to, Some(chat.to_string()));
    client.shutdown().await;
}

#[tokio::test]
async fn an_available_device_sees_a_contact_type() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    announced(&simulator, |said| said.kind == "available").await;

    simulator
        .perform(PHONE, typing(ALICE, Typing::Composing))
        .await
        .unwrap();
    assert!(matches!(
        seen_typing(&mut client).await,
        (ChatPresence::Composing, ChatPresenceMedia::Text)
    ));
    simulator
        .perform(PHONE, typing(ALICE, Typing::Recording))
        .await
        .unwrap();
    assert!(matches!(
        seen_typing(&mut client).await,
        (ChatPresence::Composing, ChatPresenceMedia::Audio)
    ));
    client.shutdown().await;
}

#[tokio::test]
async fn a_device_that_subscribes_to_a_contact_is_told_when_they_were_last_there() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = client.meet(&simulator, ALICE).await;

    client.client.presence().subscribe(alice.clone()).await.unwrap();
    let (from, unavailable, last_seen) = client
        .wait("the presence", |event| match event {
            Event::Presence(update) => Some((update.from.clone(), update.unavailable, update.last_seen)),
            _ => None,
        })
        .await;

    assert_eq!(from, alice);
    assert!(unavailable && last_seen.is_some());
    client.shutdown().await;
}

#[tokio::test]
async fn a_device_that_is_away_is_not_told_who_types() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    client.client.presence().set_unavailable().await.unwrap();
    announced(&simulator, |said| said.kind == "unavailable").await;

    simulator
        .perform(PHONE, typing(ALICE, Typing::Composing))
        .await
        .unwrap();
    // The stanzas of one connection are in order: typing would have come before this.
    client.meet(&simulator, BRUNO).await;

    let told = client.unclaimed();
    assert!(!told.iter().any(|event| matches!(**event, Event::ChatPresence(_))));
    let own = simulator.perform(PHONE, typing(PHONE, Typing::Composing)).await;
    assert!(own.unwrap_err().to_string().contains("name a contact's number"));
    client.shutdown().await;
}
