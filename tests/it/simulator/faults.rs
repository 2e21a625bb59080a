//! Each fault is what the client library takes it for.

use amda::simulator::{Fault, Simulator};
use whatsapp_rust::prelude::*;
use whatsapp_rust::types::events::TempBanReason;
use whatsapp_rust::waproto::whatsapp::message::ImageMessage;
use whatsapp_rust::{MediaRetryResult, MediaReuploadRequest};

use super::client::{ALICE, PHONE, TestClient, a_simulator, a_text};
use crate::support::http;

#[tokio::test]
async fn a_refused_message_is_acknowledged_with_the_code() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    let chat = client.message(&id).await.info.source.chat.clone();

    for code in [463, 479, 429] {
        simulator.fail(PHONE, Fault::NackNext { code }).await.unwrap();
        let text = wa::Message::text("refused");
        let sent = client.client.send_message(chat.clone(), text).await.unwrap();
        let error = client
            .wait("the refusal", |event| match event {
                Event::ServerAck(ack) if ack.id == sent.message_id => Some(ack.error.clone()),
                _ => None,
            })
            .await;

        assert_eq!(error, Some(code.to_string()));
    }
    assert!(simulator.sent(PHONE).await.unwrap().is_empty());
    client.shutdown().await;
}

#[tokio::test]
async fn a_client_whose_connection_breaks_returns_and_goes_on() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    simulator.fail(PHONE, Fault::Cut).await.unwrap();
    client.disconnected().await;
    let id = simulator
        .perform(PHONE, a_text(ALICE, "welcome back"))
        .await
        .unwrap();

    assert_eq!(
        client.message(&id).await.message.text_content(),
        Some("welcome back")
    );
    client.shutdown().await;
}

#[tokio::test]
async fn a_client_returns_after_the_servers_maintenance() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    simulator.fail(PHONE, Fault::StreamError503).await.unwrap();
    // The stream ends in order, which the library does not tell of.
    client.connected().await;

    assert!(simulator.phone(PHONE).await.unwrap().is_connected);
    client.shutdown().await;
}

#[tokio::test]
async fn a_replaced_client_is_told_so() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    simulator.fail(PHONE, Fault::Replaced).await.unwrap();

    client
        .wait("the notice", |event| {
            matches!(event, Event::StreamReplaced(_)).then_some(())
        })
        .await;
    client.shutdown().await;
}

#[tokio::test]
async fn a_second_login_of_one_device_replaces_the_first() {
    let simulator = a_simulator().await;
    let (mut first, store) = TestClient::linked(&simulator, PHONE).await;

    let mut second = TestClient::start(&simulator, &store).await;
    second.connected().await;

    first
        .wait("the notice", |event| {
            matches!(event, Event::StreamReplaced(_)).then_some(())
        })
        .await;
    first.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn an_unauthorized_client_is_logged_out() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;

    simulator.fail(PHONE, Fault::Unauthorized).await.unwrap();

    client.logged_out().await;
    client.shutdown().await;
}

#[tokio::test]
async fn an_unlinked_device_is_logged_out_and_refused_when_it_returns() {
    let simulator = a_simulator().await;
    let (mut client, store) = TestClient::linked(&simulator, PHONE).await;
    client.shutdown().await;
    simulator.unlink(PHONE).await.unwrap();

    client = TestClient::start(&simulator, &store).await;

    assert!(client.logged_out().await.on_connect);
    assert_eq!(simulator.phone(PHONE).await.unwrap().linked_devices, 0);
    client.shutdown().await;
}

#[tokio::test]
async fn a_banned_account_is_told_why_and_for_how_long() {
    let simulator = a_simulator().await;
    let (client, store) = TestClient::linked(&simulator, PHONE).await;
    client.shutdown().await;
    let ban = Fault::Ban {
        code: 101,
        seconds: 3_600,
    };
    simulator.fail(PHONE, ban).await.unwrap();

    let mut again = TestClient::start(&simulator, &store).await;
    let (reason, seconds) = again
        .wait("the ban", |event| match event {
            Event::TemporaryBan(ban) => Some((ban.code.clone(), ban.expire.num_seconds())),
            _ => None,
        })
        .await;

    assert_eq!(reason, TempBanReason::SentToTooManyPeople);
    assert!((3_590..=3_600).contains(&seconds));
    again.shutdown().await;
}

#[tokio::test]
async fn an_outdated_client_is_told_so() {
    let simulator = a_simulator().await;
    let (client, store) = TestClient::linked(&simulator, PHONE).await;
    client.shutdown().await;
    simulator.fail(PHONE, Fault::Outdated).await.unwrap();

    let mut again = TestClient::start(&simulator, &store).await;

    again
        .wait("the notice", |event| {
            matches!(event, Event::ClientOutdated(_)).then_some(())
        })
        .await;
    again.shutdown().await;
}

#[tokio::test]
async fn a_stalled_connection_stays_open_and_delivers_later() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let started = std::time::Instant::now();

    simulator.fail(PHONE, Fault::Stall { seconds: 1 }).await.unwrap();
    let id = simulator.perform(PHONE, a_text(ALICE, "late")).await.unwrap();
    client.message(&id).await;

    assert!(started.elapsed().as_millis() >= 950);
    assert!(
        client
            .unclaimed()
            .iter()
            .all(|event| !matches!(**event, Event::Disconnected(_)))
    );
    client.shutdown().await;
}

#[tokio::test]
async fn broken_media_is_refused_by_the_client() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let event = amda::simulator::Event::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(amda::simulator::Media::Image),
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let message = client.message(&id).await;
    let image = message.message.image_message.as_option().unwrap();

    let faults = [
        Fault::MediaMissing {
            code: 410,
            seconds: 60,
        },
        Fault::MediaTruncated { seconds: 60 },
        Fault::MediaTampered { seconds: 60 },
    ];
    for fault in faults {
        simulator.fail(PHONE, fault).await.unwrap();
        assert!(client.client.download(image).await.is_err(), "{fault:?}");
    }
    let over = Fault::MediaTampered { seconds: 0 };
    simulator.fail(PHONE, over).await.unwrap();

    assert!(client.client.download(image).await.is_ok());
    client.shutdown().await;
}

#[tokio::test]
async fn a_timelocked_account_is_refused_until_the_end_that_its_state_names() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let id = simulator.perform(PHONE, a_text(ALICE, "hi")).await.unwrap();
    let chat = client.message(&id).await.info.source.chat.clone();
    let free = client.client.mex().fetch_reachout_timelock().await.unwrap();

    simulator
        .fail(PHONE, Fault::Timelock { seconds: 600 })
        .await
        .unwrap();
    let sent = client
        .client
        .send_message(chat, wa::Message::text("no"))
        .await
        .unwrap();
    let error = client
        .wait("the refusal", |event| match event {
            Event::ServerAck(ack) if ack.id == sent.message_id => Some(ack.error.clone()),
            _ => None,
        })
        .await;
    let locked = client.client.mex().fetch_reachout_timelock().await.unwrap();

    assert_eq!(free.is_active, Some(false));
    assert_eq!(error.as_deref(), Some("463"));
    assert_eq!(locked.is_active, Some(true));
    assert!(locked.time_enforcement_ends.is_some());
    client.shutdown().await;
}

/// Alice sends a picture: the message, and what it says of the picture.
async fn a_picture(simulator: &Simulator, client: &mut TestClient) -> (InboundMessage, ImageMessage) {
    let event = amda::simulator::Event::Message {
        from: ALICE.to_owned(),
        chat: None,
        text: None,
        media: Some(amda::simulator::Media::Image),
    };
    let id = simulator.perform(PHONE, event).await.unwrap();
    let message = client.message(&id).await;
    let image = message.message.image_message.as_option().unwrap().clone();
    (message, image)
}

/// Where the phone put a picture when it was asked for it again.
async fn uploaded_again(client: &TestClient, message: &InboundMessage, image: &ImageMessage) -> String {
    let request = MediaReuploadRequest {
        msg_id: &message.info.id,
        chat_jid: &message.info.source.chat,
        media_key: image.media_key.as_deref().unwrap(),
        is_from_me: false,
        participant: None,
    };
    let answer = client.client.media_reupload().request(&request).await.unwrap();
    let MediaRetryResult::Success { direct_path } = answer else {
        panic!("expected a new path, got {answer:?}");
    };
    direct_path
}

#[tokio::test]
async fn media_whose_link_died_is_uploaded_again_on_request() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let (message, mut image) = a_picture(&simulator, &mut client).await;
    let dead = Fault::MediaMissing {
        code: 410,
        seconds: 60,
    };
    simulator.fail(PHONE, dead).await.unwrap();
    assert!(client.client.download(&image).await.is_err());

    image.direct_path = Some(uploaded_again(&client, &message, &image).await);

    assert!(client.client.download(&image).await.is_ok());
    client.shutdown().await;
}

#[tokio::test]
async fn one_medium_expires_and_is_served_again_after_the_phone_uploads_it() {
    let simulator = a_simulator().await;
    let (mut client, _) = TestClient::linked(&simulator, PHONE).await;
    let (message, mut image) = a_picture(&simulator, &mut client).await;
    let (_, other) = a_picture(&simulator, &mut client).await;
    let expire = |code| amda::simulator::Event::ExpireMedia {
        message_id: message.info.id.clone(),
        code,
    };

    for code in [403, 404, 410] {
        simulator.perform(PHONE, expire(code)).await.unwrap();
        let url = format!(
            "{}{}",
            simulator.media_base_url(),
            image.direct_path.as_deref().unwrap()
        );
        let answer = http::client().get(url).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), code);
    }
    assert!(client.client.download(&image).await.is_err());
    assert!(client.client.download(&other).await.is_ok());
    image.direct_path = Some(uploaded_again(&client, &message, &image).await);

    assert!(client.client.download(&image).await.is_ok());
    let refused = simulator.perform(PHONE, expire(500)).await.unwrap_err();
    assert!(refused.to_string().contains("403, 404 or 410"), "{refused}");
    client.shutdown().await;
}
