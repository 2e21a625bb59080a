use amda::account::AccountRef;
use amda::event::{Chat, ChatTimer, Content, Event, Outgoing, Person};
use chrono::TimeDelta;
use serde_json::json;

use super::{asks, away};
use crate::support::outbox::queued;
use crate::support::whatsapp::{alice, arrives, message, words};
use crate::support::world::World;

/// Alice sends something that tells the timer, which was set so many minutes ago.
fn telling(world: &World, wa_id: &str, content: Content, seconds: i32, minutes_ago: i64) -> Event {
    let now = world.core.clock.now();
    let mut message = message(Chat::Direct(alice()), alice(), wa_id, now, content);
    message.timer = Some(ChatTimer {
        seconds,
        set_at: now - TimeDelta::minutes(minutes_ago),
    });
    arrives(message)
}

/// The timers of the answers that wait.
async fn timers(world: &World, account: AccountRef) -> Vec<Option<u32>> {
    let waiting = queued(world, account).await.into_iter();
    let timers = waiting.map(|queued| match queued.outgoing {
        Outgoing::Text { timer_seconds, .. } => timer_seconds,
        other => panic!("{other:?} is no answer"),
    });
    timers.collect()
}

const SETTING: Content = Content::Other("protocol message");

#[tokio::test]
async fn the_timer_that_was_set_last_holds_whatever_arrives_last() {
    for (first, second, wanted) in [
        ((86_400, 10), (604_800, 5), Some(604_800)),
        ((604_800, 5), (86_400, 10), Some(604_800)),
        ((86_400, 10), (0, 5), None),
        ((0, 5), (86_400, 10), None),
    ] {
        let (world, account) = away("FREE", json!({})).await;
        world
            .receive(
                account,
                &[
                    telling(&world, "T1", SETTING, first.0, first.1),
                    telling(&world, "T2", SETTING, second.0, second.1),
                    asks(&world, alice(), "M1", "are you there?"),
                ],
            )
            .await;

        assert_eq!(timers(&world, account).await, [wanted], "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn a_timer_holds_by_either_name_of_the_contact() {
    let (world, account) = away("FREE", json!({})).await;
    let by_number = Person { lid: None, ..alice() };
    let now = world.core.clock.now();
    let mut told = message(
        Chat::Direct(by_number.clone()),
        by_number,
        "T1",
        now,
        words("by number"),
    );
    told.timer = Some(ChatTimer {
        seconds: 86_400,
        set_at: now,
    });
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };

    // Only the last of them tells that the two names are one person's.
    world
        .receive(
            account,
            &[
                Event::Message(Box::new(told)),
                asks(&world, by_lid, "M1", "by LID"),
                asks(&world, alice(), "M2", "by both"),
            ],
        )
        .await;

    let mut work = world.core.begin(account.user).await.unwrap();
    let chats = amda::contacts::resolve_chat(&mut work, account, &Chat::Direct(alice())).await;
    let known = amda::contacts::timer_seconds(&mut work, chats.unwrap().0).await;
    assert_eq!(known, Ok(Some(86_400)));
}
