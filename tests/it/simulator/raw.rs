//! Messages and stanzas that no other event makes.

use std::collections::BTreeMap;

use amda::simulator::{Event as Happening, RawMessage, RawNode};
use buffa::Message as _;
use data_encoding::BASE64;
use serde_json::json;
use whatsapp_rust::prelude::*;

use super::client::{ALICE, PHONE, TestClient, a_simulator, heard};
use crate::support::http;

#[tokio::test]
async fn a_message_is_what_its_driver_makes_it() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let message = wa::Message::text("from the past").encode_to_vec();
    let raw = |chat: Option<&str>, id: &str| {
        Happening::Raw(RawMessage {
            from: ALICE.to_owned(),
            chat: chat.map(str::to_owned),
            message: BASE64.encode(&message),
            message_id: Some(id.to_owned()),
            at: Some(1_600_000_000),
            edit: None,
        })
    };

    simulator.perform(PHONE, raw(None, "OLDTEXT")).await.unwrap();
    simulator
        .perform(PHONE, raw(Some("status@broadcast"), "OLDSTATUS"))
        .await
        .unwrap();
    let text = client.message("OLDTEXT").await;
    let status = client.message("OLDSTATUS").await;

    assert_eq!(text.message.text_content(), Some("from the past"));
    assert_eq!(text.info.timestamp.timestamp(), 1_600_000_000);
    assert_eq!(status.info.source.chat.to_string(), "status@broadcast");
    client.shutdown().await;
}

#[tokio::test]
async fn a_stanza_reaches_the_devices_as_it_is_given() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let _stanzas = client.client.acquire_raw_node_forwarding();
    let attrs = [
        ("id", "N1"),
        ("from", "5511988887777@s.whatsapp.net"),
        ("type", "status"),
    ];
    let stanza = RawNode {
        tag: "notification".to_owned(),
        attrs: attrs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        children: vec![RawNode {
            tag: "set".to_owned(),
            text: Some("busy".to_owned()),
            attrs: BTreeMap::new(),
            ..RawNode::default()
        }],
        ..RawNode::default()
    };

    let id = simulator
        .perform(PHONE, Happening::Stanza { stanza })
        .await
        .unwrap();
    let kind = client
        .wait("the stanza", |event| match event {
            Event::RawNode(node) if node.tag() == "notification" => {
                let named = |key: &str| node.get().get_attr(key).map(|value| value.as_str().into_owned());
                (named("id").as_deref() == Some("N1")).then(|| named("type"))
            }
            _ => None,
        })
        .await;

    assert_eq!(id, "N1");
    assert_eq!(kind.as_deref(), Some("status"));
    client.shutdown().await;
}

#[tokio::test]
async fn what_is_no_message_is_refused_with_a_hint() {
    let simulator = a_simulator().await;
    let url = format!("{}/control/phones/{PHONE}/events", simulator.media_base_url());
    let cases = [
        (json!({ "kind": "raw", "from": ALICE, "message": "%%" }), "base64"),
        (
            json!({ "kind": "raw", "from": ALICE, "message": "/////w==" }),
            "protobuf",
        ),
        (
            json!({ "kind": "stanza", "stanza": { "tag": "x", "bytes": "%" } }),
            "base64",
        ),
        (
            json!({ "kind": "stanza", "stanza": { "tag": "x", "child": [] } }),
            "child",
        ),
    ];

    for (event, hint) in cases {
        let answer = http::client()
            .post(&url)
            .body(event.to_string())
            .send()
            .await
            .unwrap();

        assert_eq!(answer.status(), 400, "{event}");
        let answer = answer.text().await.unwrap();
        assert!(answer.contains(hint), "{event}: {answer}");
    }
}

#[tokio::test]
async fn the_whole_protobuf_of_what_a_device_sends_is_told() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let chat = client.meet(&simulator, ALICE).await;

    let text = wa::Message::text("every field");
    client.client.send_message(chat, text).await.unwrap();

    let sent = heard(&simulator, PHONE, |sent| sent.kind == "text").await;
    let bytes = BASE64.decode(sent.protobuf.unwrap().as_bytes()).unwrap();
    let message = wa::Message::decode_from_slice(&bytes).unwrap();
    assert_eq!(message.text_content(), Some("every field"));
    client.shutdown().await;
}
