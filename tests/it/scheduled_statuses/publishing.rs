use amda::clock::Clock;
use amda::event::{Event, Outgoing, Pause, ReceiptKind, SendOutcome, StatusContent};
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use serde_json::json;

use super::steps::{
    GRACE, add_contact, add_owner, cancel, claim, count_changes, count_due, load_notices, load_state,
    load_status, plan_text, planned_in, publish_text, receive_receipt, repeat_job, run_until_changed,
    start_text, take_back, update,
};
use crate::support::graphql::nodes;
use crate::support::outbox::{report, sends};
use crate::support::whatsapp::{alice, bob, owner, person};
use crate::support::world::World;

#[tokio::test]
async fn at_its_time_it_leaves_and_is_published_when_whatsapp_took_it() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let id = plan_text(&world, account, 10).await;

    world.clock.advance(TimeDelta::minutes(10));
    run_until_changed(&world, account, 1).await;
    assert_eq!(load_state(&world, account, &id).await.0, "PUBLISHING");
    let waiting = sends(&world, account).await.pop().unwrap();
    let Outgoing::Status { content, audience } = &waiting.outgoing else {
        panic!("no status waits");
    };
    assert_eq!(audience, &[alice()]);
    assert_eq!(
        content,
        &StatusContent::Text {
            text: "hello".to_owned(),
            background_argb: 0xFF07_5E54,
            font: 0,
        }
    );

    report(&world, account, waiting.send, SendOutcome::Sent).await;
    assert_eq!(load_state(&world, account, &id).await.0, "PUBLISHING");
    report(&world, account, waiting.send, SendOutcome::Acked).await;
    report(&world, account, waiting.send, SendOutcome::Acked).await;

    let status = load_status(&world, account, &id).await;
    assert_eq!(
        (&status["state"], &status["publishedAt"], &status["expiresAt"]),
        (
            &json!("PUBLISHED"),
            &json!("2026-11-23T11:10:00+00:00"),
            &json!("2026-11-24T11:10:00+00:00")
        )
    );
    assert_eq!(
        load_notices(&world, account).await,
        ["SCHEDULED_STATUS_PUBLISHED"]
    );
    assert_eq!(count_changes(&world, account).await, 3);
}

#[tokio::test]
async fn a_job_that_runs_again_posts_no_second_time() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, _) = start_text(&world, account).await;

    repeat_job(&world, account, &id).await;
    // Another status that starts proves that the job ran.
    plan_text(&world, account, 0).await;
    run_until_changed(&world, account, 1).await;
    assert_eq!(sends(&world, account).await.len(), 2);
    let (_, waiting) = publish_text(&world, account).await;
    repeat_job(&world, account, &id).await;
    plan_text(&world, account, 0).await;
    run_until_changed(&world, account, 1).await;

    assert_eq!(sends(&world, account).await.len(), 4, "one for each status");
    assert_eq!(count_due(&world).await, 0, "every job ran");
    assert_ne!(waiting.wa_id, "");
}

#[tokio::test]
async fn what_whatsapp_refuses_has_failed_and_says_why() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (refused, first) = start_text(&world, account).await;
    let (failed, second) = start_text(&world, account).await;

    let code = "479".to_owned();
    report(&world, account, first.send, SendOutcome::Rejected { code }).await;
    let reason = "nobody of those who may see the status is on WhatsApp".to_owned();
    report(&world, account, second.send, SendOutcome::Failed { reason }).await;
    report(&world, account, second.send, SendOutcome::Acked).await;

    let refused = load_status(&world, account, &refused).await;
    assert_eq!(refused["state"], "FAILED");
    assert_eq!(
        (&refused["failureReason"], &refused["failureWhatsappCode"]),
        (&json!("REJECTED"), &json!(479))
    );
    assert_eq!(
        refused["failureMessage"],
        "WhatsApp refused the status with code 479"
    );
    let failed = load_status(&world, account, &failed).await;
    assert_eq!(
        (&failed["failureReason"], &failed["failureWhatsappCode"]),
        (&json!("NOT_SENT"), &json!(null))
    );
    assert_eq!(
        failed["failureMessage"],
        "nobody of those who may see the status is on WhatsApp"
    );
    assert_eq!(
        load_notices(&world, account).await,
        ["SCHEDULED_STATUS_FAILED", "SCHEDULED_STATUS_FAILED"]
    );
}

#[tokio::test]
async fn a_status_that_nobody_would_see_fails_at_its_time() {
    let (world, account) = World::with_user("FREE").await;
    add_owner(&world, account, &owner()).await;
    let id = plan_text(&world, account, 1).await;

    world.clock.advance(TimeDelta::minutes(1));
    run_until_changed(&world, account, 1).await;

    assert_eq!(
        load_state(&world, account, &id).await,
        ("FAILED".to_owned(), json!("EMPTY_AUDIENCE"))
    );
    assert!(sends(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_status_that_could_not_leave_within_the_grace_is_taken_back_and_missed() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, waiting) = start_text(&world, account).await;

    world.clock.advance(GRACE + TimeDelta::seconds(1));
    run_until_changed(&world, account, 1).await;

    assert_eq!(
        load_state(&world, account, &id).await,
        ("MISSED".to_owned(), json!("ACCOUNT_OFFLINE"))
    );
    assert!(sends(&world, account).await.is_empty(), "it can leave no more");
    assert_eq!(load_notices(&world, account).await, ["SCHEDULED_STATUS_MISSED"]);
    report(&world, account, waiting.send, SendOutcome::Acked).await;
    assert_eq!(load_state(&world, account, &id).await.0, "MISSED");
}

#[tokio::test]
async fn a_status_that_a_pause_held_back_says_so_and_when_the_pause_ends() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, _) = start_text(&world, account).await;
    let pause = Pause {
        until: world.core.clock.now() + TimeDelta::hours(1),
        code: "429".to_owned(),
    };
    world.receive(account, &[Event::Pause(pause)]).await;

    world.clock.advance(GRACE + TimeDelta::seconds(1));
    run_until_changed(&world, account, 1).await;

    let missed = load_status(&world, account, &id).await;
    assert_eq!(
        (&missed["state"], &missed["failureReason"]),
        (&json!("MISSED"), &json!("SENDS_PAUSED"))
    );
    assert_eq!(
        missed["failureMessage"],
        "sending is paused until 2026-11-23T12:10:00Z: \
         WhatsApp says that too much was sent in a short time (429)"
    );
    let query = "{ viewer { notifications(first: 1) { nodes { kind body } } } }";
    let told = world.ask(account, query, json!({})).await;
    let notice = &told["viewer"]["notifications"]["nodes"][0];
    assert_eq!(notice["kind"], "SCHEDULED_STATUS_MISSED");
    assert!(
        notice["body"]
            .as_str()
            .unwrap()
            .contains("until 23 November 2026, 13:10"),
        "{notice}"
    );
}

#[tokio::test]
async fn a_status_that_may_have_arrived_is_not_missed() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, waiting) = start_text(&world, account).await;
    claim(&world, account, waiting.send).await;
    assert!(!take_back(&world, account, waiting.send).await);

    world.clock.advance(GRACE + TimeDelta::seconds(1));
    plan_text(&world, account, 0).await;
    run_until_changed(&world, account, 1).await;
    assert_eq!(count_due(&world).await, 0);
    assert_eq!(load_state(&world, account, &id).await.0, "PUBLISHING");

    report(&world, account, waiting.send, SendOutcome::Acked).await;
    assert_eq!(load_state(&world, account, &id).await.0, "PUBLISHED");
}

#[tokio::test]
async fn a_status_of_which_nothing_more_is_heard_has_failed_when_its_day_is_over() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, waiting) = start_text(&world, account).await;
    claim(&world, account, waiting.send).await;
    world.clock.advance(GRACE + TimeDelta::seconds(1));
    // Another one that starts proves that the first was looked at.
    plan_text(&world, account, 0).await;
    run_until_changed(&world, account, 1).await;
    assert_eq!(count_due(&world).await, 0);

    world.clock.advance(TimeDelta::hours(24));
    // The other one was not sent within its grace.
    run_until_changed(&world, account, 2).await;

    let over = ("FAILED".to_owned(), json!("NO_ANSWER"));
    assert_eq!(load_state(&world, account, &id).await, over);
    report(&world, account, waiting.send, SendOutcome::Acked).await;
    assert_eq!(load_state(&world, account, &id).await, over);
    assert_eq!(count_due(&world).await, 0);
}

#[tokio::test]
async fn taking_back_waits_for_nobody_who_works_on_the_message() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (_, waiting) = start_text(&world, account).await;
    let mut held = world.core.begin(account.user).await.unwrap();
    let lock = format!(
        "SELECT FROM outbox WHERE id = '{}' FOR UPDATE",
        waiting.send.as_uuid()
    );
    held.batch_execute(&lock).await.unwrap();

    assert!(!take_back(&world, account, waiting.send).await);

    held.rollback().await.unwrap();
    assert!(take_back(&world, account, waiting.send).await);
}

#[tokio::test]
async fn a_status_whose_time_passed_while_the_server_was_down_is_missed() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let late = plan_text(&world, account, 1).await;
    let in_time = plan_text(&world, account, 10).await;

    world.clock.advance(TimeDelta::minutes(17));
    run_until_changed(&world, account, 2).await;

    assert_eq!(
        load_state(&world, account, &late).await,
        ("MISSED".to_owned(), json!("SERVER_DOWN"))
    );
    assert_eq!(load_state(&world, account, &in_time).await.0, "PUBLISHING");
}

#[tokio::test]
async fn a_time_that_was_moved_is_the_only_one_at_which_it_leaves() {
    let (world, account) = World::with_user("PREMIUM").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (later, sooner) = (
        plan_text(&world, account, 10).await,
        plan_text(&world, account, 60).await,
    );
    let there_and_back = plan_text(&world, account, 10).await;
    let first = planned_in(&world, 10);
    update(
        &world,
        account,
        &later,
        json!({"publishAt": planned_in(&world, 30)}),
    )
    .await;
    update(
        &world,
        account,
        &sooner,
        json!({"publishAt": planned_in(&world, 10)}),
    )
    .await;
    update(
        &world,
        account,
        &there_and_back,
        json!({"publishAt": planned_in(&world, 30)}),
    )
    .await;
    update(&world, account, &there_and_back, json!({"publishAt": first})).await;

    world.clock.advance(TimeDelta::minutes(10));
    run_until_changed(&world, account, 2).await;
    assert_eq!(load_state(&world, account, &later).await.0, "SCHEDULED");
    assert_eq!(load_state(&world, account, &sooner).await.0, "PUBLISHING");
    assert_eq!(load_state(&world, account, &there_and_back).await.0, "PUBLISHING");

    world.clock.advance(TimeDelta::minutes(20));
    // It starts, and the other two were not sent within their grace.
    run_until_changed(&world, account, 3).await;
    assert_eq!(load_state(&world, account, &later).await.0, "PUBLISHING");
    assert_eq!(load_state(&world, account, &sooner).await.0, "MISSED");
}

#[tokio::test]
async fn of_a_cancellation_and_a_publication_one_wins() {
    let (world, account) = World::with_user("PREMIUM").await;
    add_contact(&world, account, "Alice", &alice()).await;
    for _ in 0..8 {
        let before = sends(&world, account).await.len();
        let id = plan_text(&world, account, 1).await;
        world.clock.advance(TimeDelta::minutes(1));

        // Whichever it is, one change comes of it.
        let ((), cancelled) = tokio::join!(
            run_until_changed(&world, account, 1),
            cancel(&world, account, &id)
        );

        let (state, _) = load_state(&world, account, &id).await;
        let sent = sends(&world, account).await.len() - before;
        if cancelled["errors"] == json!([]) {
            assert_eq!((state.as_str(), sent), ("CANCELLED", 0));
        } else {
            assert_eq!(cancelled["errors"][0]["code"], "CONFLICT");
            assert_eq!((state.as_str(), sent), ("PUBLISHING", 1));
        }
    }
}

#[tokio::test]
async fn viewers_are_people_and_each_counts_once() {
    let (world, account) = World::with_user("FREE").await;
    add_owner(&world, account, &owner()).await;
    add_contact(&world, account, "Alice", &alice()).await;
    add_contact(&world, account, "Bob", &bob()).await;
    let carol = person(3);
    let by_number = amda::event::Person {
        lid: None,
        ..carol.clone()
    };
    let by_lid = amda::event::Person {
        phone_number: None,
        ..carol.clone()
    };
    let (id, post) = publish_text(&world, account).await;
    let changes = count_changes(&world, account).await;

    receive_receipt(&world, account, &alice(), &post.wa_id, ReceiptKind::Delivered).await;
    receive_receipt(&world, account, &alice(), "another", ReceiptKind::Read).await;
    receive_receipt(&world, account, &owner(), &post.wa_id, ReceiptKind::Read).await;
    assert_eq!(load_status(&world, account, &id).await["viewerCount"], 0);
    receive_receipt(&world, account, &alice(), &post.wa_id, ReceiptKind::Read).await;
    world.clock.advance(TimeDelta::minutes(1));
    receive_receipt(&world, account, &alice(), &post.wa_id, ReceiptKind::Played).await;
    receive_receipt(&world, account, &by_number, &post.wa_id, ReceiptKind::Read).await;
    world.clock.advance(TimeDelta::minutes(1));
    receive_receipt(&world, account, &by_lid, &post.wa_id, ReceiptKind::Read).await;
    assert_eq!(
        load_status(&world, account, &id).await["viewerCount"],
        3,
        "not known to be one"
    );
    add_contact(&world, account, "Carol", &carol).await;

    assert_eq!(load_status(&world, account, &id).await["viewerCount"], 2);
    let query = "query ($id: ID!, $after: Cursor) { node(id: $id) { ... on ScheduledStatus {
        viewers(first: 1, after: $after) {
            edges { node { viewedAt contact { displayName } } } pageInfo { endCursor hasNextPage }
        }
    } } }";
    let first = world.ask(account, query, json!({"id": id})).await["node"]["viewers"].take();
    assert_eq!(
        nodes(&first),
        [json!({"viewedAt": "2026-11-23T11:11:00+00:00", "contact": {"displayName": "Carol"}})]
    );
    let after = &first["pageInfo"]["endCursor"];
    let rest = world.ask(account, query, json!({"id": id, "after": after})).await["node"]["viewers"].take();
    assert_eq!(
        nodes(&rest),
        [json!({"viewedAt": "2026-11-23T11:10:00+00:00", "contact": {"displayName": "Alice"}})]
    );
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    assert_eq!(count_changes(&world, account).await, changes + 3);
}

#[tokio::test]
async fn overdue_statuses_leave_in_the_order_of_their_times() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    for minutes in [12, 10, 11] {
        plan_text(&world, account, minutes).await;
    }

    world.clock.advance(TimeDelta::minutes(13));
    run_until_changed(&world, account, 3).await;

    let mut waiting = sends(&world, account).await;
    waiting.sort_by_key(|send| (send.send_at, send.send));
    let times: Vec<_> = waiting
        .iter()
        .map(|send| send.send_at - world.clock.now())
        .collect();
    assert_eq!(times, [-3, -2, -1].map(TimeDelta::minutes));
}

#[tokio::test]
async fn a_status_that_is_cancelled_or_moved_leaves_no_job_behind() {
    let (world, account) = World::with_user("FREE").await;
    let (cancelled, moved) = (
        plan_text(&world, account, 10).await,
        plan_text(&world, account, 10).await,
    );

    cancel(&world, account, &cancelled).await;
    update(
        &world,
        account,
        &moved,
        json!({"publishAt": planned_in(&world, 20)}),
    )
    .await;

    world.clock.advance(TimeDelta::minutes(15));
    assert_eq!(count_due(&world).await, 0);
    world.clock.advance(TimeDelta::minutes(15));
    assert_eq!(count_due(&world).await, 1);
}
