use amda::clock::Clock;
use amda::db::schema::webhook_deliveries as deliveries;
use amda::hub::EventKind;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods, QueryDsl};
use serde_json::{Value, json};

use super::steps::{
    add_endpoint, add_endpoint_with, advance_to_next_try, deliver, delivering_world, emit, emit_like,
    read_log_when, read_settled_log, redeliver, update_endpoint,
};
use super::{number, order, statuses, text, tries};
use crate::support::receiver::{Answer, Nobody, Receiver};

#[tokio::test]
async fn a_refused_event_is_sent_again_with_the_same_id_until_it_is_taken() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500), Answer::Status(404), Answer::Status(204)]);

    emit_like(&world, alice).await;
    advance_to_next_try(&world, alice, 0, 1).await;
    advance_to_next_try(&world, alice, 0, 2).await;

    let log = read_settled_log(&world, alice, 1).await;
    assert_eq!(statuses(&log[0]), [500, 404, 204]);
    assert_eq!(log[0]["state"], "DELIVERED");
    let at =
        |index: usize| -> DateTime<Utc> { text(&log[0]["attempts"][index]["attemptedAt"]).parse().unwrap() };
    let waits = [at(1) - at(0), at(2) - at(1)].map(|wait| wait.num_milliseconds());
    assert!((4_500..=5_500).contains(&waits[0]), "{waits:?}");
    assert!((27_000..=33_000).contains(&waits[1]), "{waits:?}");
    let heard = receiver.drain();
    assert!(
        heard
            .iter()
            .all(|one| one.header("webhook-id") == log[0]["webhookId"])
    );
    assert!(heard.iter().all(|one| one.body == heard[0].body));
}

#[tokio::test]
async fn what_follows_a_refused_event_waits_and_keeps_its_order() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(503)]);

    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    emit_like(&world, alice).await;
    emit_like(&world, alice).await;
    let log = read_log_when(&world, alice, |log| log.len() == 3).await;
    assert!(log[1..].iter().all(|one| tries(one) == 0), "they wait");
    advance_to_next_try(&world, alice, 0, 1).await;

    read_settled_log(&world, alice, 3).await;
    assert_eq!(order(&receiver.drain()), [0, 0, 1, 2]);
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::With(429, "retry-after", "3600".to_owned())]);

    emit_like(&world, alice).await;

    let log = read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    let next: DateTime<Utc> = text(&log[0]["nextTryAt"]).parse().unwrap();
    assert_eq!(next - world.clock.now(), TimeDelta::hours(1));
}

#[tokio::test]
async fn an_event_is_given_up_after_a_day_and_the_next_one_follows() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer_all(Answer::Status(500));
    let begun = world.clock.now();

    emit_like(&world, alice).await;
    for attempt in 1..12 {
        advance_to_next_try(&world, alice, 0, attempt).await;
    }
    let log = read_settled_log(&world, alice, 1).await;
    receiver.answer_all(Answer::Status(200));
    emit_like(&world, alice).await;
    let after = read_settled_log(&world, alice, 2).await;

    assert_eq!((tries(&log[0]), &log[0]["state"]), (12, &json!("FAILED")));
    let took = world.clock.now() - begun;
    assert!(
        took > TimeDelta::hours(21) && took < TimeDelta::hours(27),
        "{took}"
    );
    assert_eq!(after[1]["state"], "DELIVERED");
    assert_eq!(receiver.drain().len(), 13);
}

#[tokio::test]
async fn one_bad_event_steps_aside_once_the_next_one_is_taken() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer(vec![Answer::Status(500); 5]);
    emit_like(&world, alice).await;
    for attempt in 1..5 {
        advance_to_next_try(&world, alice, 0, attempt).await;
    }
    read_log_when(&world, alice, |log| tries(&log[0]) == 5).await;
    // Ahead, then the first once more, then the third.
    receiver.answer([Answer::Status(200), Answer::Status(200), Answer::Status(200)]);

    emit_like(&world, alice).await;
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 3).await;
    world.clock.advance(TimeDelta::minutes(5));

    let log = read_settled_log(&world, alice, 3).await;
    assert!(log.iter().all(|one| one["state"] == "DELIVERED"));
    let order = order(&receiver.drain());
    assert_eq!(order[..6], [0, 0, 0, 0, 0, 1], "the second goes ahead");
    let mut rest = order[6..].to_vec();
    rest.sort_unstable();
    assert_eq!(rest, [0, 2]);
}

#[tokio::test]
async fn events_of_kinds_that_are_not_known_any_more_hold_up_nothing() {
    use diesel_async::RunQueryDsl;

    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    emit(&world, alice, EventKind::StatusLiked, 20).await;
    let waiting = read_log_when(&world, alice, |log| log.len() == 21).await;
    let last = waiting[20]["sequence"].as_i64().unwrap();
    let mut work = world.core.begin(alice.user).await.unwrap();
    diesel::update(deliveries::table.filter(deliveries::sequence.lt(last)))
        .set(deliveries::kind.eq("STATUS_SUNG"))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();

    world.clock.advance(TimeDelta::hours(1));

    let log = read_settled_log(&world, alice, 1).await;
    assert_eq!(
        (&log[0]["sequence"], &log[0]["state"]),
        (&json!(last), &json!("DELIVERED"))
    );
}

#[tokio::test]
async fn while_nothing_is_taken_the_order_is_kept() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer_all(Answer::Status(502));
    emit_like(&world, alice).await;
    for attempt in 1..5 {
        advance_to_next_try(&world, alice, 0, attempt).await;
    }
    read_log_when(&world, alice, |log| tries(&log[0]) == 5).await;

    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 2).await;
    world.clock.advance(TimeDelta::minutes(5));
    read_log_when(&world, alice, |log| tries(&log[1]) == 1).await;
    receiver.answer_all(Answer::Status(200));
    receiver.drain();
    advance_to_next_try(&world, alice, 0, 5).await;

    let log = read_settled_log(&world, alice, 2).await;
    assert_eq!(statuses(&log[1]), [502, 200], "it was tried ahead in vain");
    assert_eq!(order(&receiver.drain()), [0, 1]);
}

#[tokio::test]
async fn what_was_being_sent_when_the_server_went_is_sent_again_with_the_same_id() {
    let ((world, delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Never]);
    emit_like(&world, alice).await;
    let before = receiver.next().await;

    delivering.stop().await;
    emit_like(&world, alice).await;
    let _delivering = deliver(&world);

    let log = read_settled_log(&world, alice, 2).await;
    assert_eq!(tries(&log[0]), 1, "what was broken off is not known of");
    let after = receiver.next().await;
    assert_eq!(after.header("webhook-id"), before.header("webhook-id"));
    assert_eq!(number(&receiver.next().await), 3);
}

#[tokio::test]
async fn a_delivery_is_made_again_with_the_same_id_whatever_else_waits() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    emit_like(&world, alice).await;
    let taken = read_settled_log(&world, alice, 1).await[0].clone();
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 2 && tries(&log[1]) == 1).await;

    let again = redeliver(&world, alice, &taken).await;

    assert_eq!(
        again["webhookDelivery"],
        json!({"id": taken["id"], "state": "PENDING"})
    );
    let log = read_log_when(&world, alice, |log| {
        tries(&log[0]) == 2 && log[0]["state"] == "DELIVERED"
    })
    .await;
    assert_eq!(log[1]["state"], "PENDING", "the other still waits");
    let ids: Vec<_> = receiver
        .drain()
        .iter()
        .map(|one| one.header("webhook-id").to_owned())
        .collect();
    assert_eq!((&ids[0], &ids[2]), (&text(&taken["webhookId"]), &ids[0]));
}

#[tokio::test]
async fn one_that_waits_for_its_next_try_is_sent_at_once_when_asked_for() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    receiver.answer([Answer::Status(500)]);
    emit_like(&world, alice).await;
    let log = read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;

    let again = redeliver(&world, alice, &log[0]).await;

    assert_eq!(again["errors"], json!([]));
    let log = read_settled_log(&world, alice, 1).await;
    assert_eq!(statuses(&log[0]), [500, 200]);
}

#[tokio::test]
async fn an_answer_is_kept_in_part_and_a_redirect_is_a_refusal() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    add_endpoint(&world, alice, &receiver).await;
    let elsewhere = format!("http://{}/elsewhere", receiver.address);
    receiver.answer([Answer::With(302, "location", elsewhere), Answer::Endless]);

    emit_like(&world, alice).await;
    advance_to_next_try(&world, alice, 0, 1).await;

    let log = read_settled_log(&world, alice, 1).await;
    assert_eq!(statuses(&log[0]), [302, 200]);
    let attempts: &Value = &log[0]["attempts"];
    assert_eq!(attempts[0]["isSuccess"], false);
    assert_eq!(text(&attempts[1]["response"]).len(), 1024);
    assert!(receiver.drain().iter().all(|one| one.uri.path() == "/hook"));
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_tried_again_and_the_log_says_why() {
    let ((world, _delivering), receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let nobody = Nobody::stay();
    let endpoint = add_endpoint_with(
        &world,
        alice,
        json!({"url": format!("http://{}/", nobody.address)}),
    )
    .await;

    emit_like(&world, alice).await;
    let log = read_log_when(&world, alice, |log| log.len() == 1 && tries(&log[0]) == 1).await;
    update_endpoint(&world, alice, &endpoint, json!({"url": receiver.url()})).await;
    advance_to_next_try(&world, alice, 0, 1).await;

    let attempt = &log[0]["attempts"][0];
    let message = text(&attempt["failureMessage"]);
    assert!(message.starts_with("no connection could be made"), "{message}");
    assert_eq!(attempt["failureReason"], "NO_CONNECTION");
    assert_eq!(attempt["status"], Value::Null);
    assert_eq!(read_settled_log(&world, alice, 1).await[0]["state"], "DELIVERED");
}
