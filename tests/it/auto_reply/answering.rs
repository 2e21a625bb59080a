use amda::event::{Chat, Content, Outgoing, Person, SendOutcome};
use chrono::TimeDelta;
use serde_json::json;

use super::{asks, away, minutes, outcomes, owner_says, replies, said, says, update};
use crate::support::core::noon;
use crate::support::outbox::{OutboxSend, queued, report_last};
use crate::support::whatsapp::{alice, arrives, bob, group, message, owner, picture, revoke, words};
use crate::support::world::World;

#[tokio::test]
async fn nothing_is_answered_until_it_is_turned_on() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;

    assert!(replies(&world, account).await.is_empty());
    assert!(queued(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_message_is_answered_once_seconds_later_whatever_is_delivered_again() {
    let (world, account) = away("FREE", json!({})).await;

    for _ in 0..2 {
        world
            .receive(account, &[asks(&world, alice(), "M1", "hello?")])
            .await;
    }

    let waiting = queued(&world, account).await;
    assert_eq!(waiting.len(), 1);
    let OutboxSend {
        send_at, outgoing, ..
    } = &waiting[0];
    assert!((2..=20).contains(&(*send_at - noon()).num_seconds()), "{send_at}");
    let Outgoing::Text { to, text, .. } = outgoing else {
        panic!("{outgoing:?}")
    };
    assert_eq!((to, text.as_str()), (&alice(), "away"));
    let replies = replies(&world, account).await;
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0]["text"], "away");
    assert_eq!(replies[0]["mode"], "OFFLINE");
    assert_eq!(replies[0]["state"], "QUEUED");
    assert_eq!(replies[0]["contact"]["phoneNumber"], "+49151001");
}

#[tokio::test]
async fn its_way_is_kept_step_by_step() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let before = world.events(account).await.len();

    world.clock.advance(minutes(1));
    report_last(&world, account, SendOutcome::Sent).await;
    world.clock.advance(minutes(1));
    for _ in 0..2 {
        report_last(&world, account, SendOutcome::Acked).await;
    }
    // What comes too late changes nothing.
    report_last(&world, account, super::refused("479")).await;

    let replies = replies(&world, account).await;
    assert_eq!(replies[0]["state"], "SENT");
    assert_eq!(
        replies[0]["timeline"],
        json!([
            { "stage": "QUEUED", "occurredAt": "2026-11-23T11:00:00+00:00" },
            { "stage": "SENT", "occurredAt": "2026-11-23T11:01:00+00:00" },
            { "stage": "ACKED", "occurredAt": "2026-11-23T11:02:00+00:00" },
        ])
    );
    let told = world.events(account).await.split_off(before);
    let kinds: Vec<_> = told.iter().map(|row| row.event.kind.as_str()).collect();
    assert_eq!(kinds, ["AUTO_REPLY_CHANGED", "AUTO_REPLY_CHANGED"]);
}

#[tokio::test]
async fn refusals_and_failures_are_kept_with_their_cause() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    report_last(&world, account, SendOutcome::Sent).await;
    report_last(&world, account, super::refused("479")).await;
    world.clock.advance(minutes(1));
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;
    let failed = SendOutcome::Failed {
        reason: "the receiver has no device".to_owned(),
    };
    report_last(&world, account, failed).await;

    assert_eq!(
        outcomes(&world, account).await,
        ["REJECTED: 479", "FAILED: the receiver has no device"]
    );
}

#[tokio::test]
async fn only_what_one_person_says_to_the_owner_is_answered() {
    let (world, account) = away("FREE", json!({})).await;
    let reaction = Content::Reaction {
        target_wa_id: "M0".to_owned(),
        emoji: Some("👍".to_owned()),
    };
    let edit = Content::Edit {
        target_wa_id: "M0".to_owned(),
        text: "hello!".to_owned(),
    };
    let in_chat = |chat: Chat, id: &str| arrives(message(chat, alice(), id, noon(), words("hello?")));
    let channel = Chat::Channel(amda::event::Jid("1@newsletter".to_owned()));

    world
        .receive(
            account,
            &[
                in_chat(group(), "G1"),
                in_chat(Chat::Status, "S1"),
                in_chat(channel, "C1"),
                says(&world, alice(), "R1", reaction),
                says(&world, alice(), "E1", edit),
                says(&world, alice(), "D1", revoke("M0")),
                says(&world, alice(), "U1", Content::Undecrypted),
                says(&world, alice(), "O1", Content::Other("poll")),
                owner_says(alice(), "W1", noon() - minutes(1), words("mine")),
                owner_says(owner(), "W2", noon(), words("a note to myself")),
            ],
        )
        .await;

    assert!(replies(&world, account).await.is_empty());
    assert!(queued(&world, account).await.is_empty());
}

#[tokio::test]
async fn media_and_view_once_messages_are_answered_too() {
    let (world, account) = away("FREE", json!({})).await;

    world
        .receive(account, &[says(&world, alice(), "M1", picture("look"))])
        .await;
    world
        .receive(account, &[says(&world, bob(), "M2", Content::ViewOnce(None))])
        .await;

    assert_eq!(said(&world, account).await, ["away", "away"]);
}

#[tokio::test]
async fn a_message_that_became_readable_at_the_second_delivery_is_answered_then() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[says(&world, alice(), "M1", Content::Undecrypted)])
        .await;

    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;

    assert_eq!(said(&world, account).await, ["away"]);
}

#[tokio::test]
async fn what_was_written_more_than_two_minutes_ago_is_not_answered() {
    let (world, account) = away("FREE", json!({})).await;
    let written = |sender: Person, wa_id: &str, seconds_ago| {
        let at = noon() - TimeDelta::seconds(seconds_ago);
        arrives(message(
            Chat::Direct(sender.clone()),
            sender,
            wa_id,
            at,
            words("hello?"),
        ))
    };

    world.receive(account, &[written(alice(), "M1", 121)]).await;
    world.receive(account, &[written(bob(), "M2", 120)]).await;

    assert_eq!(outcomes(&world, account).await, ["SKIPPED: TOO_OLD", "QUEUED"]);
}

#[tokio::test]
async fn a_contact_is_answered_again_only_after_the_cooldown_by_whatever_name_they_write() {
    let (world, account) = away("FREE", json!({ "cooldownMinutes": 30 })).await;
    let by_number = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };

    world
        .receive(account, &[asks(&world, by_number, "M1", "hello?")])
        .await;
    world.clock.advance(minutes(29));
    world
        .receive(account, &[asks(&world, by_lid.clone(), "M2", "are you there?")])
        .await;
    world
        .receive(
            account,
            &[
                asks(&world, alice(), "M3", "I ask"),
                asks(&world, by_lid, "M4", "again"),
            ],
        )
        .await;
    let within = said(&world, account).await.len();
    world.clock.advance(minutes(1));
    world
        .receive(account, &[asks(&world, alice(), "M5", "and again")])
        .await;

    // Who the LID is, is known only since both names came together.
    assert_eq!(within, 2);
    assert_eq!(said(&world, account).await.len(), 2);
    world.clock.advance(minutes(29));
    world.receive(account, &[asks(&world, alice(), "M6", "hm")]).await;
    assert_eq!(said(&world, account).await.len(), 3);
}

#[tokio::test]
async fn whatever_the_cooldown_nobody_is_answered_thrice_in_ten_minutes() {
    let (world, account) = away("FREE", json!({ "cooldownMinutes": 1 })).await;

    for number in 0..8 {
        let text = format!("number {number}");
        world
            .receive(account, &[asks(&world, alice(), &format!("M{number}"), &text)])
            .await;
        world.clock.advance(minutes(2));
    }

    // At 0, 2, then not until 10, 12.
    assert_eq!(said(&world, account).await.len(), 4);
    assert_eq!(
        outcomes(&world, account).await,
        ["QUEUED", "QUEUED", "SKIPPED: LOOP", "QUEUED", "QUEUED"]
    );
}

#[tokio::test]
async fn a_machine_that_says_the_same_again_is_not_answered() {
    let (world, account) = away("FREE", json!({ "cooldownMinutes": 1 })).await;
    let machine = "Thank you for your message, our office is closed.";
    let again = "THANK you  for your message, our office is closed.";

    world
        .receive(account, &[asks(&world, alice(), "M1", machine)])
        .await;
    world.clock.advance(minutes(20));
    world
        .receive(account, &[asks(&world, alice(), "M2", again)])
        .await;
    // Short words are a person's: nobody is a machine for saying hello again.
    world
        .receive(account, &[asks(&world, bob(), "M3", "hello")])
        .await;
    world.clock.advance(minutes(20));
    world
        .receive(account, &[asks(&world, bob(), "M4", "hello")])
        .await;

    assert_eq!(said(&world, account).await.len(), 3);
    assert!(
        outcomes(&world, account)
            .await
            .contains(&"SKIPPED: LOOP".to_owned())
    );
}

#[tokio::test]
async fn an_echo_of_the_answer_is_not_answered() {
    let (world, account) = away("FREE", json!({ "cooldownMinutes": 1 })).await;

    world
        .receive(account, &[asks(&world, alice(), "M1", "away")])
        .await;
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;
    update(
        &world,
        account,
        account,
        json!({ "offlineMessage": "still away" }),
    )
    .await;
    world.clock.advance(minutes(20));
    world
        .receive(account, &[asks(&world, bob(), "M3", " Away ")])
        .await;

    assert_eq!(said(&world, account).await, ["away"]);
}

#[tokio::test]
async fn the_words_name_the_contact_and_the_time_of_the_users_clock() {
    let settings = json!({
        "offlineMessage": "Hi {name}, it is {time}", "busyMessage": "{name}: until {time}", "cooldownMinutes": 1,
    });
    let (world, account) = away("FREE", settings).await;
    let mut named = message(Chat::Direct(alice()), alice(), "M1", noon(), words("hello?"));
    named.push_name = Some("Ally {time}".to_owned());

    world.receive(account, &[arrives(named)]).await;
    world.clock.advance(TimeDelta::seconds(1));
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;
    let busy = json!({ "mode": "BUSY", "busyUntil": "2026-11-23T14:30:00Z" });
    update(&world, account, account, busy).await;
    world.clock.advance(minutes(10));
    world
        .receive(account, &[asks(&world, bob(), "M3", "well?")])
        .await;

    assert_eq!(
        said(&world, account).await,
        [
            "Hi Ally {time}, it is 12:00",
            "Hi +49151002, it is 12:00",
            "+49151002: until 15:30"
        ]
    );
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_left_out_of_the_words() {
    let (world, account) = away("FREE", json!({ "offlineMessage": "{name}" })).await;
    let by_lid = |who: Person| Person {
        phone_number: None,
        ..who
    };

    world
        .receive(account, &[asks(&world, by_lid(alice()), "M1", "hello?")])
        .await;
    let words = json!({ "offlineMessage": "Hi {name}, back soon." });
    update(&world, account, account, words).await;
    world
        .receive(account, &[asks(&world, by_lid(bob()), "M2", "hello?")])
        .await;

    assert_eq!(
        said(&world, account).await,
        [
            "I am not available just now and will answer later.",
            "Hi, back soon."
        ]
    );
}

#[tokio::test]
async fn being_busy_ends_at_its_time() {
    let (world, account) = away(
        "FREE",
        json!({ "mode": "BUSY", "busyUntil": "2026-11-23T11:30:00Z" }),
    )
    .await;

    world.clock.advance(minutes(30));
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;

    assert!(replies(&world, account).await.is_empty());
    let query = "{ viewer { accounts { nodes { autoReplySettings { mode busyUntil } } } } }";
    let settings = world.ask(account, query, json!({})).await;
    assert_eq!(
        settings["viewer"]["accounts"]["nodes"][0]["autoReplySettings"],
        json!({ "mode": "OFF", "busyUntil": null })
    );
}
