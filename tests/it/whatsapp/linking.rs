//! Linking, and the states of a link.

use amda::event::{Event, LinkEvent, StopCause};
use amda::whatsapp::LinkMethod;
use futures::FutureExt as _;

use super::session_harness::{PHONE, SessionHarness};

#[tokio::test]
async fn an_account_is_linked_by_qr_code() {
    let harness = SessionHarness::open().await;
    let account = harness.an_account().await;

    harness.supervisor.link(account, LinkMethod::Qr).await.unwrap();
    let (code, attempt, attempts, expires_at) = harness
        .wait_for_link_event(account, "a QR code", |event| match event {
            LinkEvent::Qr {
                code,
                attempt,
                attempts,
                expires_at,
            } => Some((code.clone(), *attempt, *attempts, *expires_at)),
            _ => None,
        })
        .await;
    harness.simulator.scan(PHONE, &code).await.unwrap();
    let owner = harness
        .wait_for_link_event(account, "the link", |event| match event {
            LinkEvent::Paired { owner, .. } => Some(owner.clone()),
            _ => None,
        })
        .await;
    harness.online(account).await;

    assert_eq!((attempt, attempts), (1, 6));
    assert!(expires_at > harness.now());
    assert_eq!(owner.phone_number.as_deref(), Some(PHONE));
    assert!(owner.lid.is_some());
    harness.close().await;
}

#[tokio::test]
async fn an_account_is_linked_by_pairing_code() {
    let harness = SessionHarness::open().await;
    let account = harness.an_account().await;
    let method = LinkMethod::PairingCode {
        phone_number: PHONE.to_owned(),
    };

    harness.supervisor.link(account, method).await.unwrap();
    let code = harness
        .wait_for_link_event(account, "a pairing code", |event| match event {
            LinkEvent::PairingCode { code, .. } => Some(code.clone()),
            _ => None,
        })
        .await;
    harness.simulator.enter_code(PHONE, &code).await.unwrap();
    harness.online(account).await;

    assert_eq!(harness.simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    harness.close().await;
}

#[tokio::test]
async fn a_restarted_server_finds_its_accounts_linked() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.forget();

    harness.restart_server().await;
    harness.supervisor.start(account).await.unwrap();
    harness.online(account).await;

    let states = harness.states(account);
    assert!(
        states
            .iter()
            .all(|state| matches!(state, LinkEvent::Syncing | LinkEvent::Online)),
        "no other state was wanted than these: {states:?}"
    );
    assert_eq!(harness.simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    harness.close().await;
}

#[tokio::test]
async fn every_account_that_should_run_is_started_and_no_other() {
    let mut harness = SessionHarness::open().await;
    let (linked, unlinked) = (harness.a_linked_account().await, harness.an_account().await);
    harness.set_linked(linked).await;
    harness.supervisor.link(unlinked, LinkMethod::Qr).await.unwrap();
    harness.restart_server().await;
    harness.forget();

    let started = harness.supervisor.start_all().await.unwrap();
    harness.online(linked).await;

    assert_eq!(started, 1);
    // Its codes went with the server.
    let stopped = LinkEvent::Stopped {
        cause: StopCause::LinkingInterrupted,
        message: "the server restarted while it was being linked; restart the account for a new code"
            .to_owned(),
    };
    assert_eq!(harness.links(unlinked), [stopped]);
    harness.close().await;
}

#[tokio::test]
async fn starting_an_account_that_runs_does_not_interrupt_it() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.forget();

    harness.supervisor.start(account).await.unwrap();
    let wa_id = harness.hears_from_alice("still there?").await;
    harness.message(account, &wa_id).await;

    assert_eq!(harness.states(account), []);
    harness.close().await;
}

#[tokio::test]
async fn a_stop_that_is_not_awaited_makes_no_room_for_a_second_session() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.forget();

    let stopped = harness.supervisor.stop(account).now_or_never();
    let started = harness.supervisor.start(account).now_or_never();

    assert!(
        stopped.is_none() && started.is_none(),
        "the session has not ended"
    );
    harness.supervisor.start(account).await.unwrap();
    harness.online(account).await;
    harness.close().await;
}

#[tokio::test]
async fn a_new_link_that_could_not_be_committed_is_reported_again() {
    let harness = SessionHarness::open().await;
    harness
        .sink
        .fail_at(4, |event| matches!(event, Event::Link(LinkEvent::Paired { .. })));

    let account = harness.a_linked_account().await;

    let links = harness.links(account);
    assert!(
        links.iter().any(|link| matches!(link, LinkEvent::Paired { .. })),
        "{links:?}"
    );
    assert_eq!(harness.sink.failures_left(), 0);
    harness.close().await;
}

#[tokio::test]
async fn an_unlinked_account_is_gone_from_the_phone() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    harness.supervisor.unlink(account).await.unwrap();

    assert_eq!(harness.simulator.phone(PHONE).await.unwrap().linked_devices, 0);
    harness.forget();
    harness.supervisor.start(account).await.unwrap();
    let cause = harness
        .wait_for_link_event(account, "the refusal", |event| match event {
            LinkEvent::Stopped { cause, .. } => Some(*cause),
            _ => None,
        })
        .await;
    assert_eq!(cause, StopCause::NotLinked);
    harness.close().await;
}

#[tokio::test]
async fn linking_an_account_again_leaves_no_second_device() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.forget();

    harness.link_by_qr(account, PHONE).await;

    assert_eq!(harness.simulator.phone(PHONE).await.unwrap().linked_devices, 1);
    harness.close().await;
}

#[tokio::test]
async fn two_accounts_do_not_receive_each_other_s_messages() {
    let harness = SessionHarness::open().await;
    let other_phone = "5511955554444";
    harness.simulator.create_phone(other_phone, "Caio").await.unwrap();
    let bia = harness.a_linked_account().await;
    let caio = harness.an_account_linked_to(other_phone).await;

    let wa_id = harness.hears_from_alice("for Bia").await;
    harness.message(bia, &wa_id).await;

    assert_eq!(harness.count(caio, &wa_id), 0);
    harness.close().await;
}

#[tokio::test]
async fn a_build_with_the_simulator_refuses_whatsapp_s_own_address() {
    let harness = SessionHarness::open().await;

    let refused = harness.supervisor_for("wss://web.whatsapp.com/ws/chat");

    let message = refused.err().unwrap().to_string();
    assert!(message.contains("loopback"), "{message}");
    harness.close().await;
}
