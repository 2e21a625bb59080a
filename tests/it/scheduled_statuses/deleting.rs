use amda::event::{Outgoing, SendOutcome};
use chrono::TimeDelta;
use serde_json::json;

use super::steps::{add_contact, delete_published, load_status, plan_text, publish_text};
use crate::support::outbox::{report, sends};
use crate::support::whatsapp::{alice, bob};
use crate::support::world::World;

#[tokio::test]
async fn a_published_status_is_deleted_for_those_it_was_sent_to() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, post) = publish_text(&world, account).await;
    add_contact(&world, account, "Bob", &bob()).await;
    world.clock.advance(TimeDelta::minutes(5));

    let asked = delete_published(&world, account, &id).await;

    assert_eq!(asked["errors"], json!([]));
    assert_eq!(asked["scheduledStatus"]["isBeingDeleted"], true);
    let revoke = sends(&world, account).await.pop().unwrap();
    assert_eq!(
        revoke.outgoing,
        Outgoing::StatusRevoke {
            target_wa_id: post.wa_id,
            audience: vec![alice()],
        }
    );
    let twice = delete_published(&world, account, &id).await;
    assert_eq!(twice["errors"][0]["code"], "CONFLICT");
    report(&world, account, revoke.send, SendOutcome::Sent).await;
    report(&world, account, revoke.send, SendOutcome::Acked).await;
    let status = load_status(&world, account, &id).await;
    assert_eq!(
        (&status["state"], &status["deletedAt"], &status["isBeingDeleted"]),
        (
            &json!("PUBLISHED"),
            &json!("2026-11-23T11:15:00+00:00"),
            &json!(false)
        )
    );
    let again = delete_published(&world, account, &id).await;
    assert!(
        again["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("deleted already"),
        "{again}"
    );
}

#[tokio::test]
async fn a_deletion_that_failed_says_why_and_can_be_asked_for_again() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let (id, _) = publish_text(&world, account).await;

    delete_published(&world, account, &id).await;
    let revokes = async || {
        let sends = sends(&world, account).await.into_iter();
        let revokes = sends.filter(|sent| matches!(sent.outgoing, Outgoing::StatusRevoke { .. }));
        revokes.map(|sent| sent.send).collect::<Vec<_>>()
    };
    let first = revokes().await[0];
    let code = "429".to_owned();
    report(&world, account, first, SendOutcome::Rejected { code }).await;
    let status = load_status(&world, account, &id).await;
    assert_eq!(
        (
            &status["deletionFailureReason"],
            &status["deletionFailureMessage"],
            &status["deletionFailureWhatsappCode"]
        ),
        (
            &json!("REJECTED"),
            &json!("WhatsApp refused the deletion with code 429"),
            &json!(429)
        )
    );
    assert_eq!(status["deletedAt"], json!(null));

    let again = delete_published(&world, account, &id).await;
    assert_eq!(again["errors"], json!([]));
    assert_eq!(again["scheduledStatus"]["deletionFailureReason"], json!(null));
    let second = revokes().await.into_iter().find(|send| *send != first).unwrap();
    report(&world, account, second, SendOutcome::Acked).await;
    assert_ne!(load_status(&world, account, &id).await["deletedAt"], json!(null));
}

#[tokio::test]
async fn only_what_whatsapp_still_shows_can_be_deleted() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let waiting = plan_text(&world, account, 60).await;
    let (id, _) = publish_text(&world, account).await;
    world.clock.advance(TimeDelta::hours(24));

    for (id, says) in [
        (&waiting, "waiting for its time"),
        (&id, "stopped showing the status"),
    ] {
        let refused = delete_published(&world, account, id).await;

        assert_eq!(refused["errors"][0]["code"], "CONFLICT");
        assert!(
            refused["errors"][0]["message"].as_str().unwrap().contains(says),
            "{refused}"
        );
    }
    assert_eq!(sends(&world, account).await.len(), 1);
}
