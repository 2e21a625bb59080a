use std::time::Duration;

use amda::account::AccountRef;
use amda::contacts::phone_number_print;
use amda::db::schema::{contacts, outbox};
use amda::event::{
    Event, LinkEvent, LogoutCause, Mute, Muted, Outgoing, Pause, Person, SendEvent, SendOutcome,
};
use amda::id::SendId;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{likes, posts, says, state, turn_on, update};
use crate::support::core::noon;
use crate::support::outbox::{OutboxSend, queued, report};
use crate::support::whatsapp::{alice, bob, owner, person, revoke, words};
use crate::support::world::World;

/// Reports these outcomes of the only send, one each minute.
async fn report_each(world: &World, account: AccountRef, outcomes: &[SendOutcome]) {
    let mut work = world.core.begin(account.user).await.unwrap();
    let send: SendId = outbox::table.select(outbox::id).first(&mut *work).await.unwrap();
    work.commit().await.unwrap();
    for (minute, outcome) in (1..).zip(outcomes) {
        let at = noon() + TimeDelta::minutes(minute);
        let event = SendEvent {
            send,
            outcome: outcome.clone(),
            at,
        };
        world.receive(account, &[Event::Send(event)]).await;
    }
}

/// A world with one account that likes, and one status of Alice's with a queued like.
async fn a_queued_like() -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    world.receive(account, &[posts(alice(), "S1", "hello")]).await;
    (world, account)
}

/// The reason of each skipped like, by the status's text.
async fn reasons(world: &World, account: AccountRef) -> Vec<(String, Value)> {
    let likes = likes(world, account).await;
    let reason = |like: &Value| {
        told((
            like["status"]["text"].as_str().unwrap(),
            like["skipReason"].clone(),
        ))
    };
    let mut reasons: Vec<_> = likes.iter().map(reason).collect();
    reasons.sort_by(|one, other| one.0.cmp(&other.0));
    reasons
}

fn told((text, reason): (&str, Value)) -> (String, Value) {
    (text.to_owned(), reason)
}

fn skipped(reason: &str) -> (String, Option<String>) {
    ("SKIPPED".to_owned(), Some(reason.to_owned()))
}

#[tokio::test]
async fn nothing_is_liked_until_auto_like_is_turned_on() {
    let (world, account) = World::with_user("FREE").await;

    world.receive(account, &[posts(alice(), "S1", "hello")]).await;

    assert!(likes(&world, account).await.is_empty());
    assert!(queued(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_new_status_is_queued_to_be_liked_two_to_twenty_seconds_later_once() {
    let (world, account) = a_queued_like().await;

    world
        .receive(
            account,
            &[posts(alice(), "S1", "hello"), posts(owner(), "S2", "mine")],
        )
        .await;

    let waiting = queued(&world, account).await;
    assert_eq!(waiting.len(), 1);
    let OutboxSend {
        send_at, outgoing, ..
    } = &waiting[0];
    assert!((2..=20).contains(&(*send_at - noon()).num_seconds()), "{send_at}");
    let wanted = Outgoing::StatusReaction {
        author: alice(),
        target_wa_id: "S1".to_owned(),
        emoji: "💚".to_owned(),
    };
    assert_eq!(*outgoing, wanted);
    assert_eq!(state(&world, account).await, ("QUEUED".to_owned(), None));
}

#[tokio::test]
async fn it_is_liked_only_once_whatsapp_took_it() {
    let (world, account) = a_queued_like().await;

    report_each(&world, account, &[SendOutcome::Sent]).await;
    assert_eq!(state(&world, account).await.0, "SENT");
    report_each(
        &world,
        account,
        &[SendOutcome::Sent, SendOutcome::Acked, SendOutcome::Acked],
    )
    .await;

    let likes = likes(&world, account).await;
    assert_eq!(likes[0]["state"], "LIKED");
    assert_eq!(
        likes[0]["timeline"],
        json!([
            { "stage": "QUEUED", "occurredAt": "2026-11-23T11:00:00+00:00" },
            { "stage": "SENT", "occurredAt": "2026-11-23T11:01:00+00:00" },
            { "stage": "ACKED", "occurredAt": "2026-11-23T11:02:00+00:00" },
        ])
    );
    // Posted, and the settings; then queued, sent, taken, each once.
    assert_eq!(world.events(account).await.len(), 2 + 3);
}

#[tokio::test]
async fn a_refusal_is_kept_with_whatsapps_code_and_stays() {
    let (world, account) = a_queued_like().await;
    let refused = SendOutcome::Rejected {
        code: "463".to_owned(),
    };

    report_each(&world, account, &[SendOutcome::Sent, refused, SendOutcome::Acked]).await;

    let likes = likes(&world, account).await;
    assert_eq!(likes[0]["state"], "REJECTED");
    assert_eq!(likes[0]["failureWhatsappCode"], 463);
    assert_eq!(
        likes[0]["failureMessage"],
        "WhatsApp refused it with the code 463"
    );
    assert_eq!(likes[0]["skipReason"], json!(null));
}

#[tokio::test]
async fn a_like_that_could_not_be_sent_says_why() {
    let (world, account) = a_queued_like().await;
    let failed = SendOutcome::Failed {
        reason: "no device of the author is known".to_owned(),
    };

    report_each(&world, account, &[failed]).await;

    let likes = likes(&world, account).await;
    assert_eq!(likes[0]["state"], "FAILED");
    assert_eq!(likes[0]["failureMessage"], "no device of the author is known");
    assert_eq!(likes[0]["failureWhatsappCode"], json!(null));
    assert_eq!(likes[0]["timeline"][1]["stage"], "FAILED");
}

#[tokio::test]
async fn the_like_of_a_deleted_status_is_taken_back_unless_it_is_on_its_way() {
    let (world, account) = a_queued_like().await;

    world
        .receive(account, &[says(alice(), "R1", noon(), revoke("S1"))])
        .await;
    assert_eq!(state(&world, account).await, skipped("DELETED"));
    assert!(queued(&world, account).await.is_empty());

    let (world, account) = a_queued_like().await;
    report_each(&world, account, &[SendOutcome::Sent]).await;
    world
        .receive(account, &[says(alice(), "R1", noon(), revoke("S1"))])
        .await;
    assert_eq!(state(&world, account).await.0, "SENT");
}

#[tokio::test]
async fn turning_it_off_takes_back_what_waits() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({ "sendsViewReceipts": true })).await;
    world.receive(account, &[posts(alice(), "S1", "hello")]).await;
    assert_eq!(queued(&world, account).await.len(), 2);

    update(&world, account, account, json!({ "isEnabled": false })).await;

    assert_eq!(state(&world, account).await, skipped("TURNED_OFF"));
    assert!(queued(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_pause_takes_back_what_waits_and_lets_nothing_pile_up() {
    let (world, account) = a_queued_like().await;
    let until = noon() + TimeDelta::hours(1);
    let pause = Pause {
        until,
        code: "429".to_owned(),
    };

    world
        .receive(account, &[Event::Pause(pause), posts(bob(), "S2", "S2")])
        .await;
    world.clock.advance(TimeDelta::hours(1));
    world
        .receive(account, &[says(alice(), "S3", until, words("S3"))])
        .await;

    let budget = json!("RISK_BUDGET");
    let wanted = [("S2", budget.clone()), ("S3", json!(null)), ("hello", budget)];
    assert_eq!(reasons(&world, account).await, wanted.map(told));
    assert_eq!(queued(&world, account).await.len(), 1);
}

#[tokio::test]
async fn a_like_that_waited_longer_than_it_is_of_use_is_skipped() {
    let (world, account) = a_queued_like().await;
    let send = queued(&world, account).await[0].send;
    let given_up = SendOutcome::Failed {
        reason: "it waited too long to be of use".to_owned(),
    };

    world.clock.advance(TimeDelta::minutes(61));
    report(&world, account, send, given_up).await;

    assert_eq!(state(&world, account).await, skipped("WAITED_TOO_LONG"));
}

#[tokio::test]
async fn what_waits_goes_with_the_link() {
    let logged_out = LinkEvent::LoggedOut {
        cause: LogoutCause::DeviceRemoved,
        message: "removed on the phone".to_owned(),
    };
    for gone in [LinkEvent::Replaced, logged_out] {
        let (world, account) = a_queued_like().await;

        world.receive(account, &[Event::Link(gone)]).await;

        assert_eq!(state(&world, account).await, skipped("UNLINKED"));
        assert!(queued(&world, account).await.is_empty());
    }
}

#[tokio::test]
async fn a_status_whose_deletion_came_first_is_not_liked() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;

    world
        .receive(
            account,
            &[
                says(alice(), "R1", noon(), revoke("S1")),
                posts(alice(), "S1", "hello"),
            ],
        )
        .await;

    assert_eq!(state(&world, account).await, skipped("DELETED"));
}

#[tokio::test]
async fn muted_contacts_are_skipped_unless_the_owner_wants_them() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    let mute = |who: Person, what| {
        Event::Mute(Mute {
            person: who,
            what,
            is_muted: true,
        })
    };
    world
        .receive(
            account,
            &[mute(alice(), Muted::Statuses), mute(bob(), Muted::Chat)],
        )
        .await;

    world
        .receive(account, &[posts(alice(), "S1", "S1"), posts(bob(), "S2", "S2")])
        .await;
    update(&world, account, account, json!({ "skipsMuted": false })).await;
    world.receive(account, &[posts(alice(), "S3", "S3")]).await;

    let muted = json!("MUTED_CONTACT");
    assert_eq!(
        reasons(&world, account).await,
        [("S1", muted.clone()), ("S2", muted), ("S3", json!(null))].map(told)
    );
}

#[tokio::test]
async fn whoever_is_muted_by_one_name_is_muted_by_both() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    let by_phone = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    let mute = Mute {
        person: by_phone,
        what: Muted::Statuses,
        is_muted: true,
    };

    // Only the last of them tells that the two names are one person's.
    world
        .receive(account, &[Event::Mute(mute), posts(by_lid, "S1", "S1")])
        .await;
    world.receive(account, &[posts(alice(), "S2", "S2")]).await;

    assert_eq!(
        reasons(&world, account).await,
        [("S1", json!(null)), ("S2", json!("MUTED_CONTACT"))].map(told)
    );
}

#[tokio::test]
async fn a_status_that_comes_more_than_an_hour_late_is_skipped() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    let earlier = noon() - TimeDelta::minutes(61);

    world
        .receive(account, &[says(alice(), "S1", earlier, words("hello"))])
        .await;

    assert_eq!(state(&world, account).await, skipped("TOO_OLD"));
}

#[tokio::test]
async fn no_more_than_the_wanted_number_is_liked_in_an_hour() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({ "maxPerHour": 2 })).await;

    for number in 1..=3 {
        world
            .receive(
                account,
                &[posts(
                    person(number),
                    &format!("S{number}"),
                    &format!("S{number}"),
                )],
            )
            .await;
    }
    world.clock.advance(TimeDelta::minutes(60));
    world
        .receive(
            account,
            &[says(alice(), "S4", noon() + TimeDelta::minutes(60), words("S4"))],
        )
        .await;

    let limit = json!("HOURLY_LIMIT");
    let wanted = [
        ("S1", json!(null)),
        ("S2", json!(null)),
        ("S3", limit),
        ("S4", json!(null)),
    ];
    assert_eq!(reasons(&world, account).await, wanted.map(told));
}

/// The contact's global id.
pub(super) async fn contact(world: &World, account: AccountRef, phone: &str) -> String {
    let mut work = world.core.begin(account.user).await.unwrap();
    let id: amda::id::ContactId = contacts::table
        .filter(contacts::phone_number_print.eq(phone_number_print(&work.key, phone)))
        .select(contacts::id)
        .first(&mut *work)
        .await
        .unwrap();
    id.to_global()
}

#[tokio::test]
async fn lists_match_a_contact_by_either_name() {
    let (world, account) = World::with_user("PREMIUM").await;
    let by_phone = Person { lid: None, ..alice() };
    world
        .receive(account, &[posts(by_phone, "S0", "first seen by number")])
        .await;
    let listed = contact(&world, account, "49151001").await;
    turn_on(
        &world,
        account,
        json!({ "scope": "ONLY", "contactIds": [listed] }),
    )
    .await;

    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    // WhatsApp tells of the LID alone first, and only then that both are Alice: her first row gives way.
    world.receive(account, &[posts(by_lid, "S1", "S1")]).await;
    world
        .receive(account, &[posts(alice(), "S2", "S2"), posts(bob(), "S3", "S3")])
        .await;
    update(&world, account, account, json!({ "scope": "EXCEPT" })).await;
    world
        .receive(account, &[posts(alice(), "S4", "S4"), posts(bob(), "S5", "S5")])
        .await;

    let (filtered, liked) = (json!("FILTERED"), json!(null));
    let wanted = [
        ("S1", filtered.clone()),
        ("S2", liked.clone()),
        ("S3", filtered.clone()),
        ("S4", filtered),
        ("S5", liked),
    ];
    assert_eq!(reasons(&world, account).await, wanted.map(told));
}

#[tokio::test]
async fn nothing_is_liked_in_the_quiet_hours_of_the_users_time_zone() {
    let (world, account) = World::with_user("PREMIUM").await;
    // It is noon in Berlin and eleven in UTC.
    turn_on(
        &world,
        account,
        json!({ "quietHours": { "from": "11:30", "until": "12:30" } }),
    )
    .await;

    world.receive(account, &[posts(alice(), "S1", "hello")]).await;

    assert_eq!(state(&world, account).await, skipped("QUIET_HOURS"));
}

#[tokio::test]
async fn the_author_sees_that_the_owner_looked_only_when_that_is_wanted_and_before_the_like() {
    let (world, account) = World::with_user("FREE").await;
    turn_on(&world, account, json!({})).await;
    world.receive(account, &[posts(alice(), "S1", "S1")]).await;
    assert_eq!(queued(&world, account).await.len(), 1);

    update(&world, account, account, json!({ "sendsViewReceipts": true })).await;
    world.receive(account, &[posts(bob(), "S2", "S2")]).await;

    let all = queued(&world, account).await;
    let of_bob = |outgoing: &Outgoing| match outgoing {
        Outgoing::StatusView { author, target_wa_id }
        | Outgoing::StatusReaction {
            author, target_wa_id, ..
        } => *author == bob() && target_wa_id == "S2",
        other => panic!("{other:?} has nothing to do with a status of Bob's"),
    };
    let mut his: Vec<_> = all
        .into_iter()
        .filter(|queued| of_bob(&queued.outgoing))
        .collect();
    his.sort_by_key(|queued| queued.send_at);
    assert_eq!(his.len(), 2);
    assert!(matches!(his[0].outgoing, Outgoing::StatusView { .. }), "{his:?}");
    world
        .receive(account, &[says(bob(), "R2", noon(), revoke("S2"))])
        .await;
    assert_eq!(queued(&world, account).await.len(), 1);
}

#[tokio::test]
async fn quiet_hours_are_by_the_clock_on_the_wall_when_summer_time_begins_and_ends() {
    let (world, account) = World::with_user("PREMIUM").await;
    let hours = json!({ "quietHours": { "from": "02:30", "until": "03:30" } });
    turn_on(&world, account, hours).await;
    // In Berlin 02:00 to 03:00 is left out on 2027-03-28, and comes twice on 2027-10-31.
    let moments = [
        ("2027-03-28T00:59:00Z", false),
        ("2027-03-28T01:00:00Z", true),
        ("2027-03-28T01:30:00Z", false),
        ("2027-10-31T00:30:00Z", true),
        ("2027-10-31T01:00:00Z", false),
        ("2027-10-31T01:30:00Z", true),
        ("2027-10-31T02:30:00Z", false),
    ];

    for (moment, _) in moments {
        let at: DateTime<Utc> = moment.parse().unwrap();
        world.clock.advance(at - world.core.clock.now());
        world
            .receive(account, &[says(alice(), moment, at, words(moment))])
            .await;
    }

    let wanted = moments.map(|(moment, is_quiet)| {
        let reason = if is_quiet {
            json!("QUIET_HOURS")
        } else {
            json!(null)
        };
        (moment.to_owned(), reason)
    });
    assert_eq!(reasons(&world, account).await, wanted);
}

#[tokio::test]
async fn lists_of_a_plan_that_ended_like_nobody() {
    let (world, account) = World::with_user("PREMIUM").await;
    turn_on(&world, account, json!({ "scope": "EXCEPT" })).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    amda::plan::set(&mut work, amda::plan::Plan::Free).await.unwrap();
    work.commit().await.unwrap();

    world.receive(account, &[posts(alice(), "S1", "hello")]).await;

    assert_eq!(state(&world, account).await, skipped("PLAN"));
}

#[tokio::test]
async fn quiet_hours_rest_when_their_plan_ends() {
    let (world, account) = World::with_user("PREMIUM").await;
    let hours = json!({ "quietHours": { "from": "11:30", "until": "12:30" } });
    turn_on(&world, account, hours).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    amda::plan::set(&mut work, amda::plan::Plan::Free).await.unwrap();
    work.commit().await.unwrap();

    world.receive(account, &[posts(alice(), "S1", "hello")]).await;

    assert_eq!(state(&world, account).await, ("QUEUED".to_owned(), None));
}

#[tokio::test]
async fn a_subscription_names_at_most_a_hundred_accounts() {
    let (world, account) = World::with_user("FREE").await;
    let query = "subscription($of: [ID!]) { statusLikeChanged(accountIds: $of) { sequence } }";
    let named = vec![account.id.to_global(); 101];

    let mut heard = world.subscribe(account, query, json!({ "of": named }));
    let refused = tokio::time::timeout(Duration::from_secs(10), heard.next())
        .await
        .unwrap()
        .unwrap();

    let extensions = refused.errors[0].extensions.as_ref().unwrap();
    assert_eq!(
        extensions.get("code"),
        Some(&async_graphql::Value::from("BAD_USER_INPUT"))
    );
}

#[tokio::test]
async fn a_subscriber_hears_each_step_of_a_like_from_its_cursor_on() {
    let (world, account) = a_queued_like().await;
    let query =
        "subscription($after: Cursor, $of: [ID!]) { statusLikeChanged(after: $after, accountIds: $of) {
        sequence kind statusLike { state status { text } } account { id }
    } }";
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0));
    let of = [account.id.to_global()];
    let mut heard = world.subscribe(account, query, json!({ "after": start, "of": of }));
    let mut next = async || {
        let reply = tokio::time::timeout(Duration::from_secs(10), heard.next())
            .await
            .unwrap()
            .unwrap();
        assert!(reply.errors.is_empty(), "{:?}", reply.errors);
        reply.data.into_json().unwrap()["statusLikeChanged"].take()
    };

    let replayed = next().await;
    report_each(&world, account, &[SendOutcome::Sent]).await;
    let live = next().await;
    report_each(&world, account, &[SendOutcome::Acked]).await;
    let liked = next().await;

    assert_eq!(replayed["statusLike"]["status"]["text"], "hello");
    assert_eq!(replayed["account"]["id"], of[0]);
    assert_eq!(live["statusLike"]["state"], "SENT");
    assert!(live["sequence"].as_i64() > replayed["sequence"].as_i64());
    let kinds = [&replayed["kind"], &live["kind"], &liked["kind"]];
    assert_eq!(
        kinds,
        ["STATUS_LIKE_CHANGED", "STATUS_LIKE_CHANGED", "STATUS_LIKED"]
    );
}
