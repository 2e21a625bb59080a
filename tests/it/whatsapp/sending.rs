//! What goes out: paced, acknowledged, refused, and never twice.

use std::time::Duration;

use amda::account::AccountRef;
use amda::event::{Event, Outgoing, Person, SendOutcome};
use amda::simulator::Fault;
use amda::whatsapp::outbox::Budget;
use chrono::TimeDelta;

use super::scene::{ALICE, AMPLE, PHONE, QUICK, Scene};

#[tokio::test]
async fn a_reaction_goes_to_where_statuses_go_and_reaches_the_author() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;

    let send = scene.send(account, &like(&author, &status)).await;
    let outcome = scene.settled(account, send).await;
    let heard = scene.heard(PHONE, |sent| sent.kind == "reaction").await;

    assert_eq!(outcome, SendOutcome::Acked);
    assert_eq!(scene.state_of(account, send).await, "ACKED");
    assert_eq!(heard.target_message_id, Some(status));
    assert_eq!(
        (&*heard.to, heard.recipients),
        ("status@broadcast", vec![ALICE.to_owned()])
    );
    scene.close().await;
}

#[tokio::test]
async fn a_send_is_told_before_its_answer() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;

    let send = scene.send(account, &like(&author, &status)).await;
    scene.settled(account, send).await;

    assert_eq!(scene.outcomes(send), [SendOutcome::Sent, SendOutcome::Acked]);
    scene.close().await;
}

#[tokio::test]
async fn refusals_that_mean_wait_pause_the_account() {
    for (code, wait) in [(429, TimeDelta::hours(1)), (463, TimeDelta::hours(24))] {
        let scene = Scene::open().await;
        let account = scene.a_linked_account().await;
        let (author, status) = a_status(&scene, account).await;
        scene
            .simulator
            .fail(PHONE, Fault::NackNext { code })
            .await
            .unwrap();
        let before = scene.now();

        let refused = scene.send(account, &like(&author, &status)).await;
        let outcome = scene.settled(account, refused).await;
        let (until, reason) = scene.pause(account).await;

        assert_eq!(
            outcome,
            SendOutcome::Rejected {
                code: code.to_string()
            }
        );
        assert_eq!(reason, Some(code.to_string()));
        assert!(until.unwrap() >= before + wait);
        let next = scene.send(account, &like(&author, &status)).await;
        let wa_id = scene.hears_from_alice("time passes").await;
        scene.message(account, &wa_id).await;
        assert_eq!(scene.state_of(account, next).await, "QUEUED");
        scene.close().await;
    }
}

#[tokio::test]
async fn the_reach_out_timelock_lasts_until_the_end_that_whatsapp_names() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, _) = a_status(&scene, account).await;
    scene
        .simulator
        .fail(PHONE, Fault::Timelock { seconds: 1_800 })
        .await
        .unwrap();
    let words = Outgoing::Text {
        to: author,
        contact: scene.core.ids.next(),
        text: "hello?".to_owned(),
    };
    let before = scene.now();

    let send = scene.send(account, &words).await;
    let outcome = scene.settled(account, send).await;
    let (least, most) = (before + TimeDelta::minutes(29), before + TimeDelta::minutes(31));
    let named = scene
        .told(account, "the end of the timelock", |event| match event {
            Event::Pause(pause) if pause.until < most => Some(pause.clone()),
            _ => None,
        })
        .await;

    let code = "463".to_owned();
    assert_eq!(outcome, SendOutcome::Rejected { code: code.clone() });
    assert!(named.until > least, "{named:?}");
    assert_eq!(named.code, code);
    assert_eq!(scene.pause(account).await, (Some(named.until), Some(code)));
    scene.close().await;
}

#[tokio::test]
async fn a_refusal_of_one_message_pauses_nothing() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;
    scene
        .simulator
        .fail(PHONE, Fault::NackNext { code: 479 })
        .await
        .unwrap();

    let refused = scene.send(account, &like(&author, &status)).await;
    let next = scene.send(account, &like(&author, &status)).await;

    let code = "479".to_owned();
    assert_eq!(
        scene.settled(account, refused).await,
        SendOutcome::Rejected { code }
    );
    assert_eq!(scene.settled(account, next).await, SendOutcome::Acked);
    assert_eq!(scene.pause(account).await, (None, None));
    scene.close().await;
}

#[tokio::test]
async fn the_budget_of_a_minute_is_kept() {
    let narrow = Budget {
        per_minute: 2,
        ..AMPLE
    };
    let scene = Scene::open_with(QUICK, narrow).await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;

    let mut sends = Vec::new();
    for _ in 0..3 {
        sends.push(scene.send(account, &like(&author, &status)).await);
    }
    for send in &sends[..2] {
        assert_eq!(scene.settled(account, *send).await, SendOutcome::Acked);
    }
    let wa_id = scene.hears_from_alice("time passes").await;
    scene.message(account, &wa_id).await;

    assert_eq!(scene.state_of(account, sends[2]).await, "QUEUED");
    scene.close().await;
}

#[tokio::test]
async fn what_was_queued_while_the_server_was_away_is_sent_when_it_is_back() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;
    scene.restart_server().await;
    let send = scene.enqueue(account, &like(&author, &status), scene.now()).await;

    scene.supervisor.start(account).await.unwrap();

    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    scene.close().await;
}

#[tokio::test]
async fn words_that_may_have_arrived_are_not_sent_again() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;
    let words = Outgoing::Text {
        to: author.clone(),
        contact: scene.core.ids.next(),
        text: "once only".to_owned(),
    };
    scene.restart_server().await;
    let text = scene.enqueue(account, &words, scene.now()).await;
    let reaction = scene.enqueue(account, &like(&author, &status), scene.now()).await;
    for send in [text, reaction] {
        scene.pretend_it_was_being_sent(account, send).await;
    }

    scene.supervisor.start(account).await.unwrap();

    let reason = "the server stopped while sending it; it may have arrived".to_owned();
    assert_eq!(scene.settled(account, text).await, SendOutcome::Failed { reason });
    assert_eq!(scene.settled(account, reaction).await, SendOutcome::Acked);
    scene.close().await;
}

#[tokio::test]
async fn a_reaction_to_nobody_fails_for_good() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;

    let send = scene.send(account, &like(&Person::default(), "3EB0")).await;

    let reason = "the receiver has no name on WhatsApp".to_owned();
    assert_eq!(scene.settled(account, send).await, SendOutcome::Failed { reason });
    assert_eq!(scene.state_of(account, send).await, "FAILED");
    scene.close().await;
}

#[tokio::test]
async fn a_send_without_an_answer_is_not_believed() {
    let impatient = Budget {
        answer_within: Duration::from_secs(3),
        ..AMPLE
    };
    let scene = Scene::open_with(QUICK, impatient).await;
    let account = scene.a_linked_account().await;
    let (author, _) = a_status(&scene, account).await;
    let words = Outgoing::Text {
        to: author,
        contact: scene.core.ids.next(),
        text: "hello?".to_owned(),
    };
    let first = scene.send(account, &words).await;
    assert_eq!(scene.settled(account, first).await, SendOutcome::Acked);

    scene
        .simulator
        .fail(PHONE, Fault::Stall { seconds: 600 })
        .await
        .unwrap();
    let second = scene.send(account, &words).await;

    let reason = "WhatsApp did not answer; it may have arrived".to_owned();
    assert_eq!(
        scene.settled(account, second).await,
        SendOutcome::Failed { reason }
    );
    scene.close().await;
}

#[tokio::test]
async fn words_are_typed_before_they_are_sent() {
    let typing = Budget {
        least_typing: Duration::from_millis(10),
        most_typing: Duration::from_millis(20),
        ..AMPLE
    };
    let scene = Scene::open_with(QUICK, typing).await;
    let account = scene.a_linked_account().await;
    let (author, _) = a_status(&scene, account).await;
    let words = Outgoing::Text {
        to: author,
        contact: scene.core.ids.next(),
        text: "back at six".to_owned(),
    };

    let send = scene.send(account, &words).await;
    scene.settled(account, send).await;

    let sent = scene.simulator.sent(PHONE).await.unwrap();
    let kinds: Vec<&str> = sent.iter().map(|sent| &*sent.kind).collect();
    assert_eq!(kinds, ["typing", "text"]);
    assert_eq!(sent[0].to, sent[1].to);
    scene.close().await;
}

#[tokio::test]
async fn what_a_lost_connection_kept_from_leaving_grows_no_younger() {
    let typing = Budget {
        least_typing: Duration::from_secs(1),
        most_typing: Duration::from_secs(1),
        ..AMPLE
    };
    let scene = Scene::open_with(QUICK, typing).await;
    let account = scene.a_linked_account().await;
    let (author, _) = a_status(&scene, account).await;
    let words = Outgoing::Text {
        to: author,
        contact: scene.core.ids.next(),
        text: "back at six".to_owned(),
    };

    let send = scene.send(account, &words).await;
    let send_at = scene.send_at_of(account, send).await;
    scene.heard(PHONE, |sent| sent.kind == "typing").await;
    scene.simulator.fail(PHONE, Fault::Cut).await.unwrap();

    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    assert_eq!(scene.send_at_of(account, send).await, send_at);
    scene.close().await;
}

#[tokio::test]
async fn what_nobody_has_begun_to_send_can_be_taken_back() {
    let mut scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;
    scene.restart_server().await;
    let untouched = scene.enqueue(account, &like(&author, &status), scene.now()).await;
    let begun = scene.enqueue(account, &like(&author, &status), scene.now()).await;
    scene.pretend_it_was_being_sent(account, begun).await;

    assert!(scene.cancel(account, untouched).await);
    assert!(!scene.cancel(account, begun).await);

    scene.supervisor.start(account).await.unwrap();
    assert_eq!(scene.settled(account, begun).await, SendOutcome::Acked);
    assert_eq!(scene.outcomes(untouched), []);
    scene.close().await;
}

#[tokio::test]
async fn a_status_can_be_said_to_be_seen() {
    let scene = Scene::open().await;
    let account = scene.a_linked_account().await;
    let (author, status) = a_status(&scene, account).await;
    let view = Outgoing::StatusView {
        author,
        target_wa_id: status.clone(),
    };

    let send = scene.send(account, &view).await;

    assert_eq!(scene.settled(account, send).await, SendOutcome::Acked);
    let seen = scene.heard(PHONE, |sent| sent.kind == "read").await;
    assert_eq!(seen.target_message_id, Some(status));
    assert_eq!(seen.to, "status@broadcast");
    scene.close().await;
}

/// A status of Alice's, and how the account knows her.
async fn a_status(scene: &Scene, account: AccountRef) -> (Person, String) {
    let wa_id = scene.sees_a_status_of_alice().await;
    let author = scene
        .told(account, "the status", |event| match event {
            Event::Message(message) if message.wa_id == wa_id => Some(message.sender.clone()),
            _ => None,
        })
        .await;
    (author, wa_id)
}

fn like(author: &Person, status: &str) -> Outgoing {
    Outgoing::StatusReaction {
        author: author.clone(),
        target_wa_id: status.to_owned(),
        emoji: "💚".to_owned(),
    }
}
