//! Statuses of the owner's are seen by those whom they reach, and by nobody else.

use amda::simulator::{Event as Happening, Simulator};
use whatsapp_rust::StatusSendOptions;
use whatsapp_rust::prelude::*;
use whatsapp_rust::waproto::whatsapp::message::extended_text_message::FontType;

use super::client::{ALICE, BRUNO, PHONE, TestClient, a_simulator, a_status, a_text, heard};

fn view(from: &str, message_id: &str) -> Happening {
    Happening::View {
        from: from.to_owned(),
        message_id: message_id.to_owned(),
    }
}

/// Posts a status of text, under this id if one is given. Answers its id when the simulator has it.
async fn post(
    simulator: &Simulator,
    client: &TestClient,
    text: &str,
    audience: &[Jid],
    id: Option<&str>,
) -> String {
    let options = StatusSendOptions {
        message_id: id.map(str::to_owned),
        ..StatusSendOptions::default()
    };
    let colour = 0xff11_2233;
    let status = client.client.status();
    let sent = status.send_text(text, colour, FontType::CALISTOGA_REGULAR, audience, options);
    let id = sent.await.unwrap().message_id.clone();
    heard(simulator, PHONE, |sent| sent.message_id == id).await;
    id
}

#[tokio::test]
async fn a_view_is_a_receipt_of_the_viewer() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = client.meet(&simulator, ALICE).await;
    let id = post(&simulator, &client, "view me", std::slice::from_ref(&alice), None).await;

    let _stanzas = client.client.acquire_raw_node_forwarding();
    simulator.perform(PHONE, view(ALICE, &id)).await.unwrap();

    let receipt = client
        .wait("the view", |event| match event {
            Event::RawNode(node) if node.tag() == "receipt" => {
                let named = |key: &str| node.get().get_attr(key).map(|value| value.as_str().into_owned());
                (named("id") == Some(id.clone()))
                    .then(|| ["from", "participant", "type"].map(|key| named(key).unwrap_or_default()))
                    .filter(|[_, _, kind]| kind == "read")
            }
            _ => None,
        })
        .await;
    assert_eq!(receipt, ["status@broadcast", &alice.to_string(), "read"]);
    client.shutdown().await;
}

#[tokio::test]
async fn nobody_views_what_was_not_for_them_or_is_gone() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = [client.meet(&simulator, ALICE).await];
    let id = post(&simulator, &client, "for Alice", &alice, None).await;
    let hers = simulator.perform(PHONE, a_status(ALICE, "mine")).await.unwrap();
    let text = simulator
        .perform(PHONE, a_text(ALICE, "no status"))
        .await
        .unwrap();
    let refused = [
        (view(BRUNO, &id), "not for them"),
        (view(PHONE, &id), "name a contact"),
        (view(BRUNO, &hers), "no status of the phone's owner"),
        (view(ALICE, &text), "no status of the phone's owner"),
    ];
    for (event, why) in refused {
        let error = simulator.perform(PHONE, event).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }

    let options = StatusSendOptions::default();
    let status = client.client.status();
    status.revoke(id.clone(), &alice, options).await.unwrap();
    let revoke = heard(&simulator, PHONE, |sent| sent.kind == "revoke").await;

    assert_eq!(revoke.target_message_id.as_deref(), Some(id.as_str()));
    assert_eq!(revoke.recipients, [ALICE]);
    let error = simulator.perform(PHONE, view(ALICE, &id)).await.unwrap_err();
    assert!(error.to_string().contains("it was deleted"));
    client.shutdown().await;
}

#[tokio::test]
async fn a_contact_who_reads_statuses_reads_only_those_for_them() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = client.meet(&simulator, ALICE).await;
    let bruno = client.meet(&simulator, BRUNO).await;

    let both = [alice.clone(), bruno];
    let first = post(&simulator, &client, "for both", &both, None).await;
    let second = post(&simulator, &client, "for Alice", &[alice], None).await;

    let readers = |id: String| {
        let simulator = simulator.clone();
        async move {
            heard(&simulator, PHONE, |sent| sent.message_id == id)
                .await
                .recipients
        }
    };
    assert_eq!(readers(first).await, [BRUNO, ALICE]);
    assert_eq!(readers(second).await, [ALICE]);
    client.shutdown().await;
}

#[tokio::test]
async fn a_status_that_is_sent_twice_under_one_id_is_one() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let alice = [client.meet(&simulator, ALICE).await];

    post(&simulator, &client, "once", &alice, Some("3EB0TWICE")).await;
    post(&simulator, &client, "once", &alice, Some("3EB0TWICE")).await;
    post(&simulator, &client, "after", &alice, None).await;

    let sent = simulator.sent(PHONE).await.unwrap();
    let statuses: Vec<_> = sent.iter().filter(|sent| sent.kind == "text").collect();
    assert_eq!(statuses.len(), 2, "{statuses:?}");
    assert_eq!(statuses[0].times, 2);
    assert_eq!(statuses[0].recipients, [ALICE]);
    let style = statuses[0].style.as_ref().unwrap();
    assert_eq!(style.background.as_deref(), Some("#112233"));
    assert_eq!(style.font.as_deref(), Some("CALISTOGA_REGULAR"));
    client.shutdown().await;
}

#[tokio::test]
async fn what_a_device_reads_is_told_with_its_author() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let mut ids = Vec::new();
    for text in ["one", "two"] {
        ids.push(simulator.perform(PHONE, a_status(ALICE, text)).await.unwrap());
    }
    let status = client.message(&ids[1]).await.info.source.clone();

    let named: Vec<&str> = ids.iter().map(String::as_str).collect();
    client
        .client
        .mark_as_read(&status.chat, Some(&status.sender), &named)
        .await
        .unwrap();

    for id in ids {
        let read = heard(&simulator, PHONE, |sent| {
            sent.kind == "read" && sent.message_id == id
        })
        .await;
        assert_eq!(read.to, "status@broadcast");
        assert_eq!(read.recipients, [ALICE]);
    }
    client.shutdown().await;
}
