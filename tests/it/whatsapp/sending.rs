//! Sending: paced, acknowledged, refused, and never twice.

use std::time::Duration;

use amda::account::AccountRef;
use amda::event::{Event, Outgoing, Pause, Person, SendOutcome, StatusContent};
use amda::simulator::Fault;
use amda::whatsapp::outbox::Budget;
use chrono::TimeDelta;

use super::session_harness::{ALICE, AMPLE, PHONE, QUICK, SessionHarness};

#[tokio::test]
async fn a_reaction_to_a_status_reaches_its_author() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;

    let send = harness.send(account, &like(&author, &status)).await;
    let outcome = harness.settled(account, send).await;
    let heard = harness.heard(PHONE, |sent| sent.kind == "reaction").await;

    assert_eq!(outcome, SendOutcome::Acked);
    assert_eq!(harness.state_of(account, send).await, "ACKED");
    assert_eq!(heard.target_message_id, Some(status));
    assert_eq!(
        (&*heard.to, heard.recipients),
        ("status@broadcast", vec![ALICE.to_owned()])
    );
    harness.close().await;
}

#[tokio::test]
async fn a_send_is_reported_before_its_answer() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;

    let send = harness.send(account, &like(&author, &status)).await;
    harness.settled(account, send).await;

    assert_eq!(harness.outcomes(send), [SendOutcome::Sent, SendOutcome::Acked]);
    harness.close().await;
}

#[tokio::test]
async fn refusals_that_mean_a_pause_pause_the_account() {
    for (code, wait) in [(429, TimeDelta::hours(1)), (463, TimeDelta::hours(24))] {
        let harness = SessionHarness::open().await;
        let account = harness.a_linked_account().await;
        let (author, status) = a_status(&harness, account).await;
        harness
            .simulator
            .fail(PHONE, Fault::NackNext { code })
            .await
            .unwrap();
        let before = harness.now();

        let refused = harness.send(account, &like(&author, &status)).await;
        let outcome = harness.settled(account, refused).await;
        let (until, reason) = harness.pause(account).await;

        assert_eq!(
            outcome,
            SendOutcome::Rejected {
                code: code.to_string()
            }
        );
        assert_eq!(reason, Some(code.to_string()));
        assert!(until.unwrap() >= before + wait);
        let next = harness.send(account, &like(&author, &status)).await;
        let wa_id = harness.hears_from_alice("time passes").await;
        harness.message(account, &wa_id).await;
        assert_eq!(harness.state_of(account, next).await, "QUEUED");
        harness.close().await;
    }
}

#[tokio::test]
async fn the_reach_out_timelock_lasts_until_the_end_that_whatsapp_names() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, _) = a_status(&harness, account).await;
    harness
        .simulator
        .fail(PHONE, Fault::Timelock { seconds: 1_800 })
        .await
        .unwrap();
    let words = Outgoing::Text {
        to: author,
        contact: harness.core.ids.next(),
        text: "hello?".to_owned(),
        timer_seconds: None,
    };
    let before = harness.now();

    let send = harness.send(account, &words).await;
    let outcome = harness.settled(account, send).await;
    let (least, most) = (before + TimeDelta::minutes(29), before + TimeDelta::minutes(31));
    let named = harness
        .wait_for_event(account, "the end of the timelock", |event| match event {
            Event::Pause(pause) if pause.until < most => Some(pause.clone()),
            _ => None,
        })
        .await;

    let code = "463".to_owned();
    assert_eq!(outcome, SendOutcome::Rejected { code: code.clone() });
    assert!(named.until > least, "{named:?}");
    assert_eq!(named.code, code);
    assert_eq!(harness.pause(account).await, (Some(named.until), Some(code)));
    assert_eq!(pauses(&harness), [named], "no other end was announced");
    harness.close().await;
}

#[tokio::test]
async fn an_estimated_end_of_the_timelock_is_corrected_with_the_next_connection() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    let nack = Fault::NackNext { code: 463 };
    harness.simulator.fail(PHONE, nack).await.unwrap();
    let refused = harness.send(account, &like(&author, &status)).await;
    harness.settled(account, refused).await;
    let estimated = pauses(&harness);
    let timelock = Fault::Timelock { seconds: 1_800 };
    harness.simulator.fail(PHONE, timelock).await.unwrap();
    harness.forget();

    harness.restart_server().await;
    harness.supervisor.start(account).await.unwrap();

    let corrected = harness
        .wait_for_event(account, "the true end", |event| match event {
            Event::Pause(pause) => Some(pause.until),
            _ => None,
        })
        .await;
    assert_eq!(estimated.len(), 1);
    assert!(estimated[0].until > harness.now() + TimeDelta::hours(23));
    assert!(corrected <= harness.now() + TimeDelta::minutes(31), "{corrected}");
    harness.close().await;
}

#[tokio::test]
async fn a_refusal_of_one_message_pauses_nothing() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    harness
        .simulator
        .fail(PHONE, Fault::NackNext { code: 479 })
        .await
        .unwrap();

    let refused = harness.send(account, &like(&author, &status)).await;
    let next = harness.send(account, &like(&author, &status)).await;

    let code = "479".to_owned();
    assert_eq!(
        harness.settled(account, refused).await,
        SendOutcome::Rejected { code }
    );
    assert_eq!(harness.settled(account, next).await, SendOutcome::Acked);
    assert_eq!(harness.pause(account).await, (None, None));
    harness.close().await;
}

#[tokio::test]
async fn the_budget_of_a_minute_is_obeyed() {
    let narrow = Budget {
        per_minute: 2,
        ..AMPLE
    };
    let harness = SessionHarness::open_with(QUICK, narrow).await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;

    let mut sends = Vec::new();
    for _ in 0..3 {
        sends.push(harness.send(account, &like(&author, &status)).await);
    }
    for send in &sends[..2] {
        assert_eq!(harness.settled(account, *send).await, SendOutcome::Acked);
    }
    let wa_id = harness.hears_from_alice("time passes").await;
    harness.message(account, &wa_id).await;

    assert_eq!(harness.state_of(account, sends[2]).await, "QUEUED");
    harness.close().await;
}

#[tokio::test]
async fn a_message_queued_while_the_server_was_away_is_sent_when_it_is_back() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    harness.restart_server().await;
    let send = harness
        .enqueue(account, &like(&author, &status), harness.now())
        .await;

    harness.supervisor.start(account).await.unwrap();

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    harness.close().await;
}

#[tokio::test]
async fn a_text_that_may_have_arrived_is_not_sent_again() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    let words = Outgoing::Text {
        to: author.clone(),
        contact: harness.core.ids.next(),
        text: "once only".to_owned(),
        timer_seconds: None,
    };
    harness.restart_server().await;
    let text = harness.enqueue(account, &words, harness.now()).await;
    let reaction = harness
        .enqueue(account, &like(&author, &status), harness.now())
        .await;
    for send in [text, reaction] {
        harness.pretend_it_was_being_sent(account, send).await;
    }

    harness.supervisor.start(account).await.unwrap();

    let reason = "the server stopped while sending it; it may have arrived".to_owned();
    assert_eq!(
        harness.settled(account, text).await,
        SendOutcome::Failed { reason }
    );
    assert_eq!(harness.settled(account, reaction).await, SendOutcome::Acked);
    harness.close().await;
}

#[tokio::test]
async fn a_reaction_without_a_receiver_fails_for_good() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;

    let send = harness.send(account, &like(&Person::default(), "3EB0")).await;

    let reason = "the receiver has no name on WhatsApp".to_owned();
    assert_eq!(
        harness.settled(account, send).await,
        SendOutcome::Failed { reason }
    );
    assert_eq!(harness.state_of(account, send).await, "FAILED");
    harness.close().await;
}

#[tokio::test]
async fn a_text_without_an_answer_fails() {
    let impatient = Budget {
        answer_within: Duration::from_secs(3),
        ..AMPLE
    };
    let harness = SessionHarness::open_with(QUICK, impatient).await;
    let account = harness.a_linked_account().await;
    let (author, _) = a_status(&harness, account).await;
    let words = Outgoing::Text {
        to: author,
        contact: harness.core.ids.next(),
        text: "hello?".to_owned(),
        timer_seconds: None,
    };
    let first = harness.send(account, &words).await;
    assert_eq!(harness.settled(account, first).await, SendOutcome::Acked);

    harness
        .simulator
        .fail(PHONE, Fault::Stall { seconds: 600 })
        .await
        .unwrap();
    let second = harness.send(account, &words).await;

    let reason = "WhatsApp did not answer; it may have arrived".to_owned();
    assert_eq!(
        harness.settled(account, second).await,
        SendOutcome::Failed { reason }
    );
    harness.close().await;
}

#[tokio::test]
async fn typing_is_shown_before_a_text_is_sent() {
    let typing = Budget {
        least_typing: Duration::from_millis(10),
        most_typing: Duration::from_millis(20),
        ..AMPLE
    };
    let harness = SessionHarness::open_with(QUICK, typing).await;
    let account = harness.a_linked_account().await;
    let (author, _) = a_status(&harness, account).await;
    let words = Outgoing::Text {
        to: author,
        contact: harness.core.ids.next(),
        text: "back at six".to_owned(),
        timer_seconds: None,
    };

    let send = harness.send(account, &words).await;
    harness.settled(account, send).await;

    let sent = harness.simulator.sent(PHONE).await.unwrap();
    let kinds: Vec<&str> = sent.iter().map(|sent| &*sent.kind).collect();
    assert_eq!(kinds, ["typing", "text"]);
    assert_eq!(sent[0].to, sent[1].to);
    harness.close().await;
}

#[tokio::test]
async fn a_lost_connection_does_not_change_when_a_message_was_due() {
    let typing = Budget {
        least_typing: Duration::from_secs(1),
        most_typing: Duration::from_secs(1),
        ..AMPLE
    };
    let harness = SessionHarness::open_with(QUICK, typing).await;
    let account = harness.a_linked_account().await;
    let (author, _) = a_status(&harness, account).await;
    let words = Outgoing::Text {
        to: author,
        contact: harness.core.ids.next(),
        text: "back at six".to_owned(),
        timer_seconds: None,
    };

    let send = harness.send(account, &words).await;
    let send_at = harness.send_at_of(account, send).await;
    harness.heard(PHONE, |sent| sent.kind == "typing").await;
    harness.simulator.fail(PHONE, Fault::Cut).await.unwrap();

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    assert_eq!(harness.send_at_of(account, send).await, send_at);
    harness.close().await;
}

#[tokio::test]
async fn only_a_message_that_is_not_being_sent_can_be_cancelled() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    harness.restart_server().await;
    let untouched = harness
        .enqueue(account, &like(&author, &status), harness.now())
        .await;
    let begun = harness
        .enqueue(account, &like(&author, &status), harness.now())
        .await;
    harness.pretend_it_was_being_sent(account, begun).await;

    assert!(harness.cancel(account, untouched).await);
    assert!(!harness.cancel(account, begun).await);

    harness.supervisor.start(account).await.unwrap();
    assert_eq!(harness.settled(account, begun).await, SendOutcome::Acked);
    assert_eq!(harness.outcomes(untouched), []);
    harness.close().await;
}

#[tokio::test]
async fn a_like_without_an_answer_is_not_tried_again_once_it_is_withdrawn() {
    let mut harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    harness.restart_server().await;
    let send = harness
        .enqueue(account, &like(&author, &status), harness.now())
        .await;
    harness.pretend_it_was_being_sent(account, send).await;

    assert!(!harness.withdraw(account, send, "already reacted").await);
    harness.supervisor.start(account).await.unwrap();

    let reason = "already reacted".to_owned();
    assert_eq!(
        harness.settled(account, send).await,
        SendOutcome::Withdrawn { reason }
    );
    assert_eq!(harness.simulator.sent(PHONE).await.unwrap(), []);
    harness.close().await;
}

#[tokio::test]
async fn planned_statuses_leave_first_then_answers_and_likes_fill_what_is_left() {
    let budget = Budget {
        per_minute: 8,
        ..AMPLE
    };
    let mut harness = SessionHarness::open_with(QUICK, budget).await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    harness.restart_server().await;
    let mut likes = Vec::new();
    for _ in 0..10 {
        likes.push(
            harness
                .enqueue(account, &like(&author, &status), harness.now())
                .await,
        );
    }
    let answer = harness
        .enqueue(account, &words(&harness, &author), harness.now())
        .await;
    let post = harness.enqueue(account, &post(&author), harness.now()).await;

    harness.supervisor.start(account).await.unwrap();
    for like in &likes[..4] {
        harness.settled(account, *like).await;
    }

    let sent = harness.simulator.sent(PHONE).await.unwrap();
    let order: Vec<(&str, &str)> = sent.iter().map(|sent| (&*sent.kind, &*sent.to)).collect();
    assert_eq!(order[0], ("text", "status@broadcast"));
    assert_eq!(order[1].0, "text");
    assert_eq!(order[2..], [("reaction", "status@broadcast"); 4]);
    for send in [post, answer] {
        assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    }
    harness.close().await;
}

#[tokio::test]
async fn likes_that_used_their_share_up_leave_room_for_answers_and_statuses() {
    let budget = Budget {
        per_minute: 8,
        ..AMPLE
    };
    let harness = SessionHarness::open_with(QUICK, budget).await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    let mut likes = Vec::new();
    for _ in 0..7 {
        likes.push(harness.send(account, &like(&author, &status)).await);
    }
    for like in &likes[..6] {
        assert_eq!(harness.settled(account, *like).await, SendOutcome::Acked);
    }

    for outgoing in [words(&harness, &author), post(&author)] {
        let send = harness.send(account, &outgoing).await;
        assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    }

    assert_eq!(harness.state_of(account, likes[6]).await, "QUEUED");
    harness.close().await;
}

#[tokio::test]
async fn a_status_can_be_marked_as_seen() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    let (author, status) = a_status(&harness, account).await;
    let view = Outgoing::StatusView {
        author,
        target_wa_id: status.clone(),
    };

    let send = harness.send(account, &view).await;

    assert_eq!(harness.settled(account, send).await, SendOutcome::Acked);
    let seen = harness.heard(PHONE, |sent| sent.kind == "read").await;
    assert_eq!(seen.target_message_id, Some(status));
    assert_eq!(seen.to, "status@broadcast");
    harness.close().await;
}

/// A status of Alice's, and Alice as the account knows her.
async fn a_status(harness: &SessionHarness, account: AccountRef) -> (Person, String) {
    let wa_id = harness.sees_a_status_of_alice().await;
    let author = harness
        .wait_for_event(account, "the status", |event| match event {
            Event::Message(message) if message.wa_id == wa_id => Some(message.sender.clone()),
            _ => None,
        })
        .await;
    (author, wa_id)
}

/// The pauses that were announced.
fn pauses(harness: &SessionHarness) -> Vec<Pause> {
    let events = harness.sink.events.borrow();
    let pauses = events.iter().filter_map(|(_, event)| match event {
        Event::Pause(pause) => Some(pause.clone()),
        _ => None,
    });
    pauses.collect()
}

/// A text to a person.
fn words(harness: &SessionHarness, to: &Person) -> Outgoing {
    Outgoing::Text {
        to: to.clone(),
        contact: harness.core.ids.next(),
        text: "hello?".to_owned(),
        timer_seconds: None,
    }
}

/// A status of the owner's for one person.
fn post(audience: &Person) -> Outgoing {
    Outgoing::Status {
        content: StatusContent::Text {
            text: "good evening".to_owned(),
            background_argb: 0xff1e_6e4f,
            font: 2,
        },
        audience: vec![audience.clone()],
    }
}

fn like(author: &Person, status: &str) -> Outgoing {
    Outgoing::StatusReaction {
        author: author.clone(),
        target_wa_id: status.to_owned(),
        emoji: "💚".to_owned(),
    }
}
