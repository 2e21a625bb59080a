//! Linking, and the states of a link.

use amda::simulator::Event as Happens;
use amda::whatsapp::LinkMethod;
use amda::whatsapp::event::{Content, LinkEvent, Outgoing, Person, SendOutcome};

use super::scene::{ALICE, PHONE, Scene};

#[tokio::test]
async fn an_account_is_linked_by_qr_code() {
    let scene = Scene::open().await;
    let account = scene.an_account().await;

    scene.supervisor.link(account, LinkMethod::Qr).await.unwrap();
    let (code, attempt, attempts, expires_at) = scene
        .link(account, "a QR code", |event| match event {
            LinkEvent::Qr {
                code,
                attempt,
                attempts,
                expires_at,
            } => Some((code.clone(), *attempt, *attempts, *expires_at)),
            _ => None,
        })
        .await;
    scene.simulator.scan(PHONE, &code).await.unwrap();
    let owner = scene
        .link(account, "the link", |event| match event {
            LinkEvent::Paired { owner, .. } => Some(owner.clone()),
            _ => None,
        })
        .await;
    scene.online(account).await;

    assert_eq!((attempt, attempts), (1, 6));
    assert!(expires_at > scene.now());
    assert_eq!(owner.phone_number.as_deref(), Some(PHONE));
    assert!(owner.lid.is_some());
    scene.close().await;
}

#[tokio::test]
async fn an_account_is_linked_by_pairing_code() {
    let scene = Scene::open().await;
    let account = scene.an_account().await;
    let method = LinkMethod::PairingCode {
        phone_number: PHONE.to_owned(),
    };

    scene.supervisor.link(account, method).await.unwrap();
    let code = scene
        .link(account, "a pairing code", |event| match event {
            LinkEvent::PairingCode { code, .. } => Some(code.clone()),
            _ => None,
        })
        .await;
    scene.simulator.enter_code(PHONE, &code).await.unwrap();
    scene.online(account).await;

    assert_eq!(scene.simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    scene.close().await;
}

#[tokio::test]
async fn a_status_is_taken_in_and_a_reaction_to_it_is_acknowledged() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let status = Happens::Status {
        from: ALICE.to_owned(),
        text: Some("good morning".to_owned()),
        media: None,
    };
    let wa_id = scene.simulator.happen(PHONE, status).await.unwrap();
    let message = scene.message(account, &wa_id).await;

    let like = Outgoing::StatusReaction {
        author: message.sender.clone(),
        target_wa_id: wa_id.clone(),
        emoji: "💚".to_owned(),
    };
    let send = scene.send(account, &like).await;
    let outcome = scene.settled(account, send).await;
    let heard = scene.heard(PHONE, |sent| sent.kind == "reaction").await;

    assert_eq!(message.content, Content::Text("good morning".to_owned()));
    assert_eq!(message.sender.phone_number.as_deref(), Some(ALICE));
    assert_ne!(message.sender, Person::default());
    assert_eq!(outcome, SendOutcome::Acked);
    assert_eq!(scene.state_of(account, send).await, "ACKED");
    assert_eq!(heard.target_message_id.as_deref(), Some(&*wa_id));
    assert_eq!(heard.to, "status@broadcast");
    assert_eq!(heard.recipients, [ALICE]);
    scene.close().await;
}
