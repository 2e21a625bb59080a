//! What goes wrong is a state, never a crash.

use std::time::Duration;

use amda::event::{Event, LinkEvent};
use amda::simulator::Fault;
use amda::whatsapp::Timing;

use super::scene::{AMPLE, PHONE, QUICK, Scene};

#[tokio::test]
async fn a_cut_connection_is_said_and_mended() {
    it_is_mended_after(Fault::Cut).await;
}

#[tokio::test]
async fn maintenance_of_whatsapp_is_said_and_waited_for() {
    it_is_mended_after(Fault::StreamError503).await;
}

async fn it_is_mended_after(fault: Fault) {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.forget();

    scene.simulator.fail(PHONE, fault).await.unwrap();
    scene.online(account).await;

    let reconnecting = scene.links(account).into_iter().find_map(|state| match state {
        LinkEvent::Reconnecting {
            attempt, next_try_at, ..
        } => Some((attempt, next_try_at)),
        _ => None,
    });
    let (attempt, next_try_at) = reconnecting.expect("the loss was told");
    assert_eq!(attempt, 1);
    assert!(next_try_at <= scene.now());
    let wa_id = scene.hears_from_alice("back?").await;
    scene.message(account, &wa_id).await;
    scene.close().await;
}

#[tokio::test]
async fn a_session_that_was_replaced_ends() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    scene.simulator.fail(PHONE, Fault::Replaced).await.unwrap();
    scene
        .link(account, "the replacement", |event| {
            (*event == LinkEvent::Replaced).then_some(())
        })
        .await;
    scene.forget();
    scene.supervisor.restart(account).await.unwrap();

    scene.online(account).await;
    scene.close().await;
}

#[tokio::test]
async fn an_unlinked_device_is_logged_out() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    scene.simulator.unlink(PHONE).await.unwrap();
    let reason = scene
        .link(account, "the end of the link", |event| match event {
            LinkEvent::LoggedOut { reason } => Some(reason.clone()),
            _ => None,
        })
        .await;

    assert_eq!(reason, "the phone or WhatsApp removed this linked device");
    scene.close().await;
}

#[tokio::test]
async fn an_end_that_could_not_be_kept_is_told_again() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.sink.fail_at(4, |event| {
        matches!(event, Event::Link(LinkEvent::LoggedOut { .. }))
    });

    scene.simulator.unlink(PHONE).await.unwrap();

    scene
        .link(account, "the end of the link", |event| {
            matches!(event, LinkEvent::LoggedOut { .. }).then_some(())
        })
        .await;
    assert_eq!(scene.sink.failures_left(), 0);
    scene.close().await;
}

#[tokio::test]
async fn a_banned_account_waits_until_the_ban_is_over() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.forget();
    let before = scene.now();

    let ban = Fault::Ban {
        code: 101,
        seconds: 2,
    };
    scene.simulator.fail(PHONE, ban).await.unwrap();
    let until = scene
        .link(account, "the ban", |event| match event {
            LinkEvent::Banned { until, .. } => Some(until.unwrap()),
            _ => None,
        })
        .await;
    scene.online(account).await;

    assert!(until > before);
    assert!(scene.now() >= until);
    scene.close().await;
}

#[tokio::test]
async fn an_outdated_client_ends() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    scene.simulator.fail(PHONE, Fault::Outdated).await.unwrap();

    scene
        .link(account, "the refusal", |event| {
            (*event == LinkEvent::Outdated).then_some(())
        })
        .await;
    scene.close().await;
}

#[tokio::test]
async fn a_deaf_session_is_told_and_rebuilt() {
    let watchful = Timing {
        silence: Duration::from_millis(300),
        probe: Duration::from_millis(300),
        goodbye: Duration::from_secs(1),
        ..QUICK
    };
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    scene.restart_server_with(watchful).await;
    scene.forget();
    scene.supervisor.start(account).await.unwrap();
    scene.online(account).await;
    scene.forget();

    scene
        .simulator
        .fail(PHONE, Fault::Stall { seconds: 600 })
        .await
        .unwrap();
    scene
        .link(account, "the deafness", |event| {
            (*event == LinkEvent::Deaf).then_some(())
        })
        .await;
    scene.online(account).await;

    let wa_id = scene.hears_from_alice("can you hear me?").await;
    scene.message(account, &wa_id).await;
    scene.close().await;
}

#[tokio::test]
async fn a_quiet_session_is_not_deaf() {
    let watchful = Timing {
        silence: Duration::from_millis(50),
        probe: Duration::from_secs(5),
        ..QUICK
    };
    let scene = Scene::open_with(watchful, AMPLE).await;
    let account = scene.a_linked_account().await;
    scene.forget();

    let deafness = scene.link(account, "deafness", |event| {
        (*event == LinkEvent::Deaf).then_some(())
    });
    let came = tokio::time::timeout(Duration::from_secs(1), deafness).await;

    assert!(came.is_err(), "a session that answers was taken for deaf");
    assert_eq!(scene.states(account), []);
    scene.close().await;
}
