use amda::event::{Outgoing, ReceiptKind, SendOutcome, StatusContent};
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use serde_json::json;

use super::nodes;
use super::press::{GRACE, Press};
use crate::support::whatsapp::{alice, bob, owner, person};

#[tokio::test]
async fn at_its_time_it_leaves_and_is_published_when_whatsapp_took_it() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let id = press.planned(account, 10).await;

    press.house.clock.advance(TimeDelta::minutes(10));
    press.run_until_changed(account, 1).await;
    assert_eq!(press.state(account, &id).await.0, "PUBLISHING");
    let waiting = press.outbox(account).await.pop().unwrap();
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

    press.settle(account, waiting.send, SendOutcome::Sent).await;
    assert_eq!(press.state(account, &id).await.0, "PUBLISHING");
    press.settle(account, waiting.send, SendOutcome::Acked).await;
    press.settle(account, waiting.send, SendOutcome::Acked).await;

    let status = press.status(account, &id).await;
    assert_eq!(
        (&status["state"], &status["publishedAt"], &status["expiresAt"]),
        (
            &json!("PUBLISHED"),
            &json!("2026-11-23T11:10:00+00:00"),
            &json!("2026-11-24T11:10:00+00:00")
        )
    );
    assert_eq!(press.notices(account).await, ["STATUS_PUBLISHED"]);
    assert_eq!(press.changes(account).await, 3);
}

#[tokio::test]
async fn a_job_that_runs_again_posts_no_second_time() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (id, _) = press.started(account).await;

    press.repeat_job(account, &id).await;
    // Another status that starts proves that the job ran.
    press.planned(account, 0).await;
    press.run_until_changed(account, 1).await;
    assert_eq!(press.outbox(account).await.len(), 2);
    let (_, waiting) = press.published(account).await;
    press.repeat_job(account, &id).await;
    press.planned(account, 0).await;
    press.run_until_changed(account, 1).await;

    assert_eq!(press.outbox(account).await.len(), 4, "one for each status");
    assert_eq!(press.due().await, 0, "every job ran");
    assert_ne!(waiting.wa_id, "");
}

#[tokio::test]
async fn what_whatsapp_refuses_has_failed_and_says_why() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (refused, first) = press.started(account).await;
    let (failed, second) = press.started(account).await;

    let code = "479".to_owned();
    press
        .settle(account, first.send, SendOutcome::Rejected { code })
        .await;
    let reason = "nobody of those who may see the status is on WhatsApp".to_owned();
    press
        .settle(account, second.send, SendOutcome::Failed { reason })
        .await;
    press.settle(account, second.send, SendOutcome::Acked).await;

    assert_eq!(
        press.state(account, &refused).await,
        ("FAILED".to_owned(), json!("WhatsApp refused it with code 479"))
    );
    assert_eq!(
        press.state(account, &failed).await.1,
        json!("nobody of those who may see the status is on WhatsApp")
    );
    assert_eq!(press.notices(account).await, ["STATUS_FAILED", "STATUS_FAILED"]);
}

#[tokio::test]
async fn a_status_that_nobody_would_see_fails_at_its_time() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.owner(account, &owner()).await;
    let id = press.planned(account, 1).await;

    press.house.clock.advance(TimeDelta::minutes(1));
    press.run_until_changed(account, 1).await;

    let (state, reason) = press.state(account, &id).await;
    assert_eq!(state, "FAILED");
    assert!(
        reason.as_str().unwrap().contains("nobody would see it"),
        "{reason}"
    );
    assert!(press.outbox(account).await.is_empty());
}

#[tokio::test]
async fn a_status_that_could_not_leave_within_the_grace_is_taken_back_and_missed() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (id, waiting) = press.started(account).await;

    press.house.clock.advance(GRACE + TimeDelta::seconds(1));
    press.run_until_changed(account, 1).await;

    let (state, reason) = press.state(account, &id).await;
    assert_eq!(state, "MISSED");
    assert!(reason.as_str().unwrap().contains("was not online"), "{reason}");
    assert!(press.outbox(account).await.is_empty(), "it can leave no more");
    assert_eq!(press.notices(account).await, ["STATUS_MISSED"]);
    press.settle(account, waiting.send, SendOutcome::Acked).await;
    assert_eq!(press.state(account, &id).await.0, "MISSED");
}

#[tokio::test]
async fn a_status_that_may_have_arrived_is_not_missed() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (id, waiting) = press.started(account).await;
    press.claim(account, waiting.send).await;
    assert!(!press.take_back(account, waiting.send).await);

    press.house.clock.advance(GRACE + TimeDelta::seconds(1));
    press.planned(account, 0).await;
    press.run_until_changed(account, 1).await;
    assert_eq!(press.due().await, 0);
    assert_eq!(press.state(account, &id).await.0, "PUBLISHING");

    press.settle(account, waiting.send, SendOutcome::Acked).await;
    assert_eq!(press.state(account, &id).await.0, "PUBLISHED");
}

#[tokio::test]
async fn a_status_of_which_nothing_more_is_heard_has_failed_when_its_day_is_over() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (id, waiting) = press.started(account).await;
    press.claim(account, waiting.send).await;
    press.house.clock.advance(GRACE + TimeDelta::seconds(1));
    // Another one that starts proves that the first was looked at.
    press.planned(account, 0).await;
    press.run_until_changed(account, 1).await;
    assert_eq!(press.due().await, 0);

    press.house.clock.advance(TimeDelta::hours(24));
    // The other one was not sent within its grace.
    press.run_until_changed(account, 2).await;

    let over = (
        "FAILED".to_owned(),
        json!("WhatsApp never answered; it may have been published"),
    );
    assert_eq!(press.state(account, &id).await, over);
    press.settle(account, waiting.send, SendOutcome::Acked).await;
    assert_eq!(press.state(account, &id).await, over);
    assert_eq!(press.due().await, 0);
}

#[tokio::test]
async fn taking_back_waits_for_nobody_who_works_on_the_message() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (_, waiting) = press.started(account).await;
    let mut held = press.house.core.begin(account.user).await.unwrap();
    let lock = format!(
        "SELECT FROM outbox WHERE id = '{}' FOR UPDATE",
        waiting.send.as_uuid()
    );
    held.batch_execute(&lock).await.unwrap();

    assert!(!press.take_back(account, waiting.send).await);

    held.rollback().await.unwrap();
    assert!(press.take_back(account, waiting.send).await);
}

#[tokio::test]
async fn a_status_whose_time_passed_while_the_server_was_down_is_missed() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let late = press.planned(account, 1).await;
    let in_time = press.planned(account, 10).await;

    press.house.clock.advance(TimeDelta::minutes(17));
    press.run_until_changed(account, 2).await;

    let (state, reason) = press.state(account, &late).await;
    assert_eq!(state, "MISSED");
    assert!(reason.as_str().unwrap().contains("was not running"), "{reason}");
    assert_eq!(press.state(account, &in_time).await.0, "PUBLISHING");
}

#[tokio::test]
async fn a_time_that_was_moved_is_the_only_one_at_which_it_leaves() {
    let press = Press::build().await;
    let account = press.house.user("PREMIUM").await;
    press.contact(account, "Alice", &alice()).await;
    let (later, sooner) = (press.planned(account, 10).await, press.planned(account, 60).await);
    let there_and_back = press.planned(account, 10).await;
    let first = press.in_minutes(10);
    press
        .update(account, &later, json!({"publishAt": press.in_minutes(30)}))
        .await;
    press
        .update(account, &sooner, json!({"publishAt": press.in_minutes(10)}))
        .await;
    press
        .update(
            account,
            &there_and_back,
            json!({"publishAt": press.in_minutes(30)}),
        )
        .await;
    press
        .update(account, &there_and_back, json!({"publishAt": first}))
        .await;

    press.house.clock.advance(TimeDelta::minutes(10));
    press.run_until_changed(account, 2).await;
    assert_eq!(press.state(account, &later).await.0, "SCHEDULED");
    assert_eq!(press.state(account, &sooner).await.0, "PUBLISHING");
    assert_eq!(press.state(account, &there_and_back).await.0, "PUBLISHING");

    press.house.clock.advance(TimeDelta::minutes(20));
    // It starts, and the other two were not sent within their grace.
    press.run_until_changed(account, 3).await;
    assert_eq!(press.state(account, &later).await.0, "PUBLISHING");
    assert_eq!(press.state(account, &sooner).await.0, "MISSED");
}

#[tokio::test]
async fn of_a_cancellation_and_a_publication_one_wins() {
    let press = Press::build().await;
    let account = press.house.user("PREMIUM").await;
    press.contact(account, "Alice", &alice()).await;
    for _ in 0..8 {
        let before = press.outbox(account).await.len();
        let id = press.planned(account, 1).await;
        press.house.clock.advance(TimeDelta::minutes(1));

        // Whichever it is, one change comes of it.
        let ((), cancelled) = tokio::join!(press.run_until_changed(account, 1), press.cancel(account, &id));

        let (state, _) = press.state(account, &id).await;
        let sent = press.outbox(account).await.len() - before;
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
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.owner(account, &owner()).await;
    press.contact(account, "Alice", &alice()).await;
    press.contact(account, "Bob", &bob()).await;
    let carol = person(3);
    let by_number = amda::event::Person {
        lid: None,
        ..carol.clone()
    };
    let by_lid = amda::event::Person {
        phone_number: None,
        ..carol.clone()
    };
    let (id, post) = press.published(account).await;
    let changes = press.changes(account).await;

    press
        .look(account, &alice(), &post.wa_id, ReceiptKind::Delivered)
        .await;
    press.look(account, &alice(), "another", ReceiptKind::Read).await;
    press
        .look(account, &owner(), &post.wa_id, ReceiptKind::Read)
        .await;
    assert_eq!(press.status(account, &id).await["viewerCount"], 0);
    press
        .look(account, &alice(), &post.wa_id, ReceiptKind::Read)
        .await;
    press.house.clock.advance(TimeDelta::minutes(1));
    press
        .look(account, &alice(), &post.wa_id, ReceiptKind::Played)
        .await;
    press
        .look(account, &by_number, &post.wa_id, ReceiptKind::Read)
        .await;
    press.house.clock.advance(TimeDelta::minutes(1));
    press.look(account, &by_lid, &post.wa_id, ReceiptKind::Read).await;
    assert_eq!(
        press.status(account, &id).await["viewerCount"],
        3,
        "not known to be one"
    );
    press.contact(account, "Carol", &carol).await;

    assert_eq!(press.status(account, &id).await["viewerCount"], 2);
    let query = "query ($id: ID!, $after: String) { node(id: $id) { ... on ScheduledStatus {
        viewers(first: 1, after: $after) {
            edges { node { viewedAt contact { displayName } } } pageInfo { endCursor hasNextPage }
        }
    } } }";
    let first = press.ask(account, query, json!({"id": id})).await["node"]["viewers"].take();
    assert_eq!(
        nodes(&first),
        [json!({"viewedAt": "2026-11-23T11:11:00+00:00", "contact": {"displayName": "Carol"}})]
    );
    let after = &first["pageInfo"]["endCursor"];
    let rest = press.ask(account, query, json!({"id": id, "after": after})).await["node"]["viewers"].take();
    assert_eq!(
        nodes(&rest),
        [json!({"viewedAt": "2026-11-23T11:10:00+00:00", "contact": {"displayName": "Alice"}})]
    );
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    assert_eq!(press.changes(account).await, changes + 3);
}
