use amda::event::{Content, Event, Person, SendEvent, SendOutcome};
use chrono::TimeDelta;
use serde_json::json;

use super::{likes, posts, says, turn_on};
use crate::support::core::noon;
use crate::support::outbox::{queued, report};
use crate::support::whatsapp::{alice, bob, owner};
use crate::support::world::World;

/// Somebody reacts to the status `S1`, or takes the reaction back.
fn reacts(who: Person, wa_id: &str, emoji: Option<&str>) -> Event {
    let reaction = Content::Reaction {
        target_wa_id: "S1".to_owned(),
        emoji: emoji.map(str::to_owned),
    };
    says(who, wa_id, noon(), reaction)
}

#[tokio::test]
async fn a_status_to_which_the_owner_reacted_or_reacts_is_not_liked() {
    let status = || posts(alice(), "S1", "hello");
    let fire = || reacts(owner(), "R1", Some("🔥"));
    let taken_back = || reacts(owner(), "R2", None);
    for events in [
        vec![status(), fire()],
        vec![status(), taken_back()],
        vec![fire(), status()],
        vec![fire(), taken_back(), status()],
    ] {
        let (world, account) = World::with_user("FREE").await;
        turn_on(&world, account, json!({ "sendsViewReceipts": true })).await;

        for event in events {
            world.receive(account, &[event]).await;
        }

        let likes = likes(&world, account).await;
        assert_eq!(likes[0]["state"], "SKIPPED");
        assert_eq!(likes[0]["skipReason"], "ALREADY_REACTED");
        assert!(queued(&world, account).await.is_empty());
    }
}

#[tokio::test]
async fn a_reaction_of_somebody_else_hinders_no_like() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;

    world
        .receive(
            account,
            &[posts(alice(), "S1", "hello"), reacts(bob(), "R1", Some("🔥"))],
        )
        .await;

    assert_eq!(likes(&world, account).await[0]["state"], "QUEUED");
}

#[tokio::test]
async fn a_like_that_was_withdrawn_after_its_first_try_is_skipped() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    world.receive(account, &[posts(alice(), "S1", "hello")]).await;
    let send = queued(&world, account).await[0].send;
    report(&world, account, send, SendOutcome::Sent).await;

    world.receive(account, &[reacts(owner(), "R1", Some("🔥"))]).await;
    let withdrawn = SendEvent {
        send,
        outcome: SendOutcome::Withdrawn {
            reason: "ALREADY_REACTED".to_owned(),
        },
        at: noon() + TimeDelta::minutes(1),
    };
    world.receive(account, &[Event::Send(withdrawn)]).await;

    let likes = likes(&world, account).await;
    assert_eq!(likes[0]["state"], "SKIPPED");
    assert_eq!(likes[0]["skipReason"], "ALREADY_REACTED");
}
