//! Every fault of WhatsApp or the network becomes a state of the link, never a crash.

use std::time::Duration;

use amda::event::{Event, LinkEvent, LogoutCause};
use amda::simulator::Fault;
use amda::whatsapp::Timing;

use super::session_harness::{AMPLE, PHONE, QUICK, SessionHarness};

#[tokio::test]
async fn a_cut_connection_is_reported_and_restored() {
    it_is_restored_after(Fault::Cut).await;
}

#[tokio::test]
async fn maintenance_of_whatsapp_is_reported_and_waited_for() {
    let message = it_is_restored_after(Fault::StreamError503).await;

    assert_eq!(message, "WhatsApp ended the connection");
}

/// The message that was reported for the loss.
async fn it_is_restored_after(fault: Fault) -> String {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.forget();

    harness.simulator.fail(PHONE, fault).await.unwrap();
    harness.online(account).await;

    let reconnecting = harness.links(account).into_iter().find_map(|state| match state {
        LinkEvent::Reconnecting {
            attempt,
            next_try_at,
            message,
        } => Some((attempt, next_try_at, message)),
        _ => None,
    });
    let (attempt, next_try_at, message) = reconnecting.expect("the loss was reported");
    assert_eq!(attempt, 1);
    assert!(next_try_at <= harness.now());
    let wa_id = harness.hears_from_alice("back?").await;
    harness.message(account, &wa_id).await;
    harness.close().await;
    message
}

#[tokio::test]
async fn a_session_that_was_replaced_ends() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    harness.simulator.fail(PHONE, Fault::Replaced).await.unwrap();
    harness
        .wait_for_link_event(account, "the replacement", |event| {
            (*event == LinkEvent::Replaced).then_some(())
        })
        .await;
    harness.forget();
    harness.supervisor.stop(account).await.unwrap();
    harness.supervisor.start(account).await.unwrap();

    harness.online(account).await;
    harness.close().await;
}

#[tokio::test]
async fn an_unlinked_device_is_logged_out() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    harness.simulator.unlink(PHONE).await.unwrap();
    let (cause, message) = harness
        .wait_for_link_event(account, "the end of the link", |event| match event {
            LinkEvent::LoggedOut { cause, message } => Some((*cause, message.clone())),
            _ => None,
        })
        .await;

    assert_eq!(cause, LogoutCause::DeviceRemoved);
    assert_eq!(message, "the phone or WhatsApp removed this linked device");
    harness.close().await;
}

#[tokio::test]
async fn an_end_that_could_not_be_committed_is_reported_again() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.sink.fail_at(4, |event| {
        matches!(event, Event::Link(LinkEvent::LoggedOut { .. }))
    });

    harness.simulator.unlink(PHONE).await.unwrap();

    harness
        .wait_for_link_event(account, "the end of the link", |event| {
            matches!(event, LinkEvent::LoggedOut { .. }).then_some(())
        })
        .await;
    assert_eq!(harness.sink.failures_left(), 0);
    harness.close().await;
}

#[tokio::test]
async fn a_banned_account_waits_until_the_ban_is_over() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.forget();
    let before = harness.now();

    let ban = Fault::Ban {
        code: 101,
        seconds: 2,
    };
    harness.simulator.fail(PHONE, ban).await.unwrap();
    let until = harness
        .wait_for_link_event(account, "the ban", |event| match event {
            LinkEvent::Banned { until, .. } => Some(until.unwrap()),
            _ => None,
        })
        .await;
    harness.online(account).await;

    assert!(until > before);
    assert!(harness.now() >= until);
    harness.close().await;
}

#[tokio::test]
async fn an_outdated_client_ends() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    harness.simulator.fail(PHONE, Fault::Outdated).await.unwrap();

    harness
        .wait_for_link_event(account, "the refusal", |event| {
            (*event == LinkEvent::Outdated).then_some(())
        })
        .await;
    harness.close().await;
}

#[tokio::test]
async fn a_deaf_session_is_reported_and_rebuilt() {
    let watchful = Timing {
        silence: Duration::from_millis(300),
        probe: Duration::from_millis(300),
        goodbye: Duration::from_secs(1),
        ..QUICK
    };
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.restart_server_with(watchful).await;
    harness.forget();
    harness.supervisor.start(account).await.unwrap();
    harness.online(account).await;
    harness.forget();

    harness
        .simulator
        .fail(PHONE, Fault::Stall { seconds: 600 })
        .await
        .unwrap();
    harness
        .wait_for_link_event(account, "the deafness", |event| {
            (*event == LinkEvent::Deaf).then_some(())
        })
        .await;
    harness.online(account).await;
    let states = harness.states(account);
    let deaf = states.iter().position(|state| *state == LinkEvent::Deaf).unwrap();
    assert_eq!(
        states[deaf + 1..],
        [LinkEvent::Syncing, LinkEvent::Online],
        "it is deaf until it is connected again"
    );

    let wa_id = harness.hears_from_alice("can you hear me?").await;
    harness.message(account, &wa_id).await;
    harness.close().await;
}

#[tokio::test]
async fn a_quiet_session_is_not_deaf() {
    let watchful = Timing {
        silence: Duration::from_millis(50),
        probe: Duration::from_secs(5),
        ..QUICK
    };
    let harness = SessionHarness::open_with(watchful, AMPLE).await;
    let account = harness.a_linked_account().await;
    harness.forget();

    let deafness = harness.wait_for_link_event(account, "deafness", |event| {
        (*event == LinkEvent::Deaf).then_some(())
    });
    let came = tokio::time::timeout(Duration::from_secs(1), deafness).await;

    assert!(came.is_err(), "a session that answers was taken for deaf");
    assert_eq!(harness.states(account), []);
    harness.close().await;
}
