use amda::event::{Outgoing, SendOutcome};
use chrono::TimeDelta;
use serde_json::json;

use super::press::Press;
use crate::support::whatsapp::{alice, bob};

#[tokio::test]
async fn a_published_status_is_deleted_for_those_it_was_sent_to() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (id, post) = press.published(account).await;
    press.contact(account, "Bob", &bob()).await;
    press.house.clock.advance(TimeDelta::minutes(5));

    let asked = press.delete(account, &id).await;

    assert_eq!(asked["errors"], json!([]));
    assert_eq!(asked["scheduledStatus"]["isBeingDeleted"], true);
    let revoke = press.outbox(account).await.pop().unwrap();
    assert_eq!(
        revoke.outgoing,
        Outgoing::StatusRevoke {
            target_wa_id: post.wa_id,
            audience: vec![alice()],
        }
    );
    let twice = press.delete(account, &id).await;
    assert_eq!(twice["errors"][0]["code"], "CONFLICT");
    press.settle(account, revoke.send, SendOutcome::Sent).await;
    press.settle(account, revoke.send, SendOutcome::Acked).await;
    let status = press.status(account, &id).await;
    assert_eq!(
        (&status["state"], &status["deletedAt"], &status["isBeingDeleted"]),
        (
            &json!("PUBLISHED"),
            &json!("2026-11-23T11:15:00+00:00"),
            &json!(false)
        )
    );
    let again = press.delete(account, &id).await;
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
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let (id, _) = press.published(account).await;

    press.delete(account, &id).await;
    let revokes = async || {
        let sends = press.outbox(account).await.into_iter();
        let revokes = sends.filter(|sent| matches!(sent.outgoing, Outgoing::StatusRevoke { .. }));
        revokes.map(|sent| sent.send).collect::<Vec<_>>()
    };
    let first = revokes().await[0];
    let code = "429".to_owned();
    press.settle(account, first, SendOutcome::Rejected { code }).await;
    let status = press.status(account, &id).await;
    assert_eq!(status["deletionError"], "WhatsApp refused it with code 429");
    assert_eq!(status["deletedAt"], json!(null));

    let again = press.delete(account, &id).await;
    assert_eq!(again["errors"], json!([]));
    assert_eq!(again["scheduledStatus"]["deletionError"], json!(null));
    let second = revokes().await.into_iter().find(|send| *send != first).unwrap();
    press.settle(account, second, SendOutcome::Acked).await;
    assert_ne!(press.status(account, &id).await["deletedAt"], json!(null));
}

#[tokio::test]
async fn only_what_whatsapp_still_shows_can_be_deleted() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let waiting = press.planned(account, 60).await;
    let (id, _) = press.published(account).await;
    press.house.clock.advance(TimeDelta::hours(24));

    for (id, says) in [
        (&waiting, "waiting for its time"),
        (&id, "stopped showing the status"),
    ] {
        let refused = press.delete(account, id).await;

        assert_eq!(refused["errors"][0]["code"], "CONFLICT");
        assert!(
            refused["errors"][0]["message"].as_str().unwrap().contains(says),
            "{refused}"
        );
    }
    assert_eq!(press.outbox(account).await.len(), 1);
}
