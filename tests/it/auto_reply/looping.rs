use amda::account::AccountRef;
use amda::event::{Event, NumberChange, Outgoing, Person, SendOutcome};
use serde_json::json;

use super::{asks, away, minutes, said, turn_on};
use crate::support::outbox::{queued, report};
use crate::support::whatsapp::{alice, bob, person};
use crate::support::world::World;

/// Somebody whose account answers by itself.
struct Side {
    account: AccountRef,
    /// Who they are to the other one.
    who: Person,
}

/// Somebody who is away, and says so as often as the settings allow.
async fn away_with(world: &World, who: Person, words: &str) -> Side {
    let account = world.user("FREE").await;
    let settings = json!({ "offlineMessage": words, "cooldownMinutes": 1 });
    turn_on(world, account, settings).await;
    Side { account, who }
}

/// Lets what waits on one side leave and reach the other; answers with how much that was.
async fn pass_on(world: &World, from: &Side, to: &Side) -> usize {
    let waiting = queued(world, from.account).await;
    for answer in &waiting {
        let Outgoing::Text { text, .. } = &answer.outgoing else {
            panic!("{answer:?} is no answer")
        };
        for outcome in [SendOutcome::Sent, SendOutcome::Acked] {
            report(world, from.account, answer.send, outcome).await;
        }
        let arrives = asks(world, from.who.clone(), &answer.send.to_string(), text);
        world.receive(to.account, &[arrives]).await;
    }
    waiting.len()
}

#[tokio::test]
async fn two_who_are_both_away_do_not_answer_each_other_for_ever() {
    for (of_alice, of_bob, said) in [
        // Each answer is another one than the last.
        ("Alice was here at {time}", "Bob was here at {time}", (2, 2)),
        (
            "I am away until Monday morning",
            "Ask me on Friday evening",
            (2, 1),
        ),
        ("I am away", "I am away", (1, 0)),
    ] {
        let world = World::build().await;
        let one = away_with(&world, alice(), of_alice).await;
        let other = away_with(&world, bob(), of_bob).await;
        let first = asks(&world, bob(), "M1", "are you there?");
        world.receive(one.account, &[first]).await;

        let mut passed = (0, 0);
        for _ in 0..30 {
            passed.0 += pass_on(&world, &one, &other).await;
            // No answer comes within the cooldown of the one before.
            world.clock.advance(minutes(1));
            passed.1 += pass_on(&world, &other, &one).await;
            world.clock.advance(minutes(1));
        }

        assert_eq!(passed, said, "{of_alice}");
    }
}

#[tokio::test]
async fn a_contact_who_changes_their_number_is_not_answered_anew() {
    let (world, account) = away("FREE", json!({ "cooldownMinutes": 60 })).await;
    let asked = asks(&world, alice(), "M1", "are you there?");
    world.receive(account, &[asked]).await;
    for answer in queued(&world, account).await {
        report(&world, account, answer.send, SendOutcome::Acked).await;
    }
    let change = NumberChange {
        from: alice(),
        to: person(11),
    };
    world.clock.advance(minutes(10));

    let asks_again = asks(&world, person(11), "M2", "it is me");
    world
        .receive(account, &[Event::NumberChange(change), asks_again])
        .await;

    assert!(said(&world, account).await.is_empty());
}
