//! Linking, and the states of a link.

use amda::event::{Event, LinkEvent};
use amda::whatsapp::LinkMethod;
use futures::FutureExt as _;

use super::scene::{PHONE, Scene};

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
async fn a_restarted_server_finds_its_accounts_linked() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.forget();

    scene.restart_server().await;
    scene.supervisor.start(account).await.unwrap();
    scene.online(account).await;

    let states = scene.states(account);
    assert!(
        states
            .iter()
            .all(|state| matches!(state, LinkEvent::Syncing | LinkEvent::Online)),
        "no other state was wanted than these: {states:?}"
    );
    assert_eq!(scene.simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    scene.close().await;
}

#[tokio::test]
async fn every_account_that_should_run_is_started_and_no_other() {
    let mut scene = Scene::open().await;
    let (linked, unlinked) = (scene.a_linked_account().await, scene.an_account().await);
    scene.set_linked(linked).await;
    scene.restart_server().await;
    scene.forget();

    let started = scene.supervisor.start_all().await.unwrap();
    scene.online(linked).await;

    assert_eq!(started, 1);
    // Its codes went with the server.
    let reason =
        "the server restarted while it was being linked; restart the account for a new code".to_owned();
    assert_eq!(scene.links(unlinked), [LinkEvent::Stopped { reason }]);
    scene.close().await;
}

#[tokio::test]
async fn starting_an_account_that_runs_does_not_throw_it_out() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.forget();

    scene.supervisor.start(account).await.unwrap();
    let wa_id = scene.hears_from_alice("still there?").await;
    scene.message(account, &wa_id).await;

    assert_eq!(scene.states(account), []);
    scene.close().await;
}

#[tokio::test]
async fn a_session_that_nobody_waits_for_to_end_makes_no_room_for_a_second() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.forget();

    let stopped = scene.supervisor.stop(account).now_or_never();
    let started = scene.supervisor.start(account).now_or_never();

    assert!(
        stopped.is_none() && started.is_none(),
        "the session has not ended"
    );
    scene.supervisor.start(account).await.unwrap();
    scene.online(account).await;
    scene.close().await;
}

#[tokio::test]
async fn a_new_link_that_could_not_be_kept_is_told_again() {
    let scene = Scene::open().await;
    scene
        .sink
        .fail_at(4, |event| matches!(event, Event::Link(LinkEvent::Paired { .. })));

    let account = scene.a_linked_account().await;

    let links = scene.links(account);
    assert!(
        links.iter().any(|link| matches!(link, LinkEvent::Paired { .. })),
        "{links:?}"
    );
    assert_eq!(scene.sink.failures_left(), 0);
    scene.close().await;
}

#[tokio::test]
async fn an_unlinked_account_is_gone_from_the_phone() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    scene.supervisor.unlink(account).await.unwrap();

    assert_eq!(scene.simulator.phone(PHONE).await.unwrap().linked_devices, 0);
    scene.forget();
    scene.supervisor.start(account).await.unwrap();
    let reason = scene
        .link(account, "the refusal", |event| match event {
            LinkEvent::Stopped { reason } => Some(reason.clone()),
            _ => None,
        })
        .await;
    assert_eq!(reason, "the account is not linked: link it again");
    scene.close().await;
}

#[tokio::test]
async fn an_account_that_is_linked_anew_leaves_no_second_device() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.forget();

    scene.link_by_qr(account, PHONE).await;

    assert_eq!(scene.simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    scene.close().await;
}

#[tokio::test]
async fn two_accounts_do_not_hear_each_other() {
    let scene = Scene::open().await;
    let other_phone = "5511955554444";
    scene.simulator.create_phone(other_phone, "Caio").await.unwrap();
    let bia = scene.a_linked_account().await;
    let caio = scene.an_account_linked_to(other_phone).await;

    let wa_id = scene.hears_from_alice("for Bia").await;
    scene.message(bia, &wa_id).await;

    assert_eq!(scene.count(caio, &wa_id), 0);
    scene.close().await;
}

#[tokio::test]
async fn a_build_with_the_simulator_refuses_whatsapp_s_own_address() {
    let scene = Scene::open().await;

    let refused = scene.supervisor_for("wss://web.whatsapp.com/ws/chat");

    let message = refused.err().unwrap().to_string();
    assert!(message.contains("loopback"), "{message}");
    scene.close().await;
}
