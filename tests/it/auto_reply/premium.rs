use amda::account::AccountRef;
use amda::db::schema::notifications;
use amda::event::{Content, Person};
use amda::plan::Plan;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use super::{asks, away, contact, minutes, outcomes, put_on, said, says, update};
use crate::support::whatsapp::{alice, bob};
use crate::support::world::World;

/// A world whose account knows Alice and Bob, the cooldown of both being over.
async fn acquainted(plan: &str) -> (World, AccountRef) {
    let (world, account) = away(plan, json!({})).await;
    world
        .receive(
            account,
            &[asks(&world, alice(), "A0", "hi"), asks(&world, bob(), "B0", "hi")],
        )
        .await;
    world.clock.advance(TimeDelta::hours(2));
    (world, account)
}

async fn silenced_notices(world: &World, account: AccountRef) -> i64 {
    let mut work = world.core.begin(account.user).await.unwrap();
    let found = notifications::table
        .filter(notifications::kind.eq("SILENCED_CONTACT_WROTE"))
        .count()
        .get_result(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    found
}

#[tokio::test]
async fn only_the_contacts_of_the_list_or_all_but_them_are_answered() {
    let (world, account) = acquainted("PREMIUM").await;
    let listed = contact(&world, account, &alice()).await;

    update(
        &world,
        account,
        account,
        json!({ "scope": "ONLY", "contactIds": [listed] }),
    )
    .await;
    world
        .receive(
            account,
            &[
                asks(&world, alice(), "A1", "one"),
                asks(&world, bob(), "B1", "two"),
            ],
        )
        .await;
    world.clock.advance(TimeDelta::hours(2));
    update(&world, account, account, json!({ "scope": "EXCEPT" })).await;
    world
        .receive(
            account,
            &[
                asks(&world, alice(), "A2", "three"),
                asks(&world, bob(), "B2", "four"),
            ],
        )
        .await;

    assert_eq!(said(&world, account).await.len(), 4);
    let mut after = outcomes(&world, account).await.split_off(2);
    after.sort();
    assert_eq!(
        after,
        ["QUEUED", "QUEUED", "SKIPPED: FILTERED", "SKIPPED: FILTERED"]
    );
}

#[tokio::test]
async fn a_list_names_a_person_by_whichever_name_they_are_known() {
    let (world, account) = away("PREMIUM", json!({})).await;
    let by_number = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    world
        .receive(account, &[asks(&world, by_number.clone(), "A0", "hi")])
        .await;
    let listed = contact(&world, account, &by_number).await;
    update(
        &world,
        account,
        account,
        json!({ "scope": "EXCEPT", "contactIds": [listed] }),
    )
    .await;
    world.clock.advance(TimeDelta::hours(2));

    // Both names come together, and later the other alone.
    world
        .receive(account, &[says(&world, alice(), "A1", Content::Other("poll"))])
        .await;
    world.receive(account, &[asks(&world, by_lid, "A2", "one")]).await;

    assert_eq!(outcomes(&world, account).await, ["QUEUED", "SKIPPED: FILTERED"]);
}

#[tokio::test]
async fn outside_the_schedule_nothing_is_answered_by_the_users_clock() {
    // It is Monday noon in Berlin.
    let afternoons = json!({ "schedule": [{ "weekday": "MONDAY", "from": "12:30", "until": "00:30" }] });
    let (world, account) = away("PREMIUM", afternoons).await;

    world
        .receive(account, &[asks(&world, alice(), "A1", "one")])
        .await;
    world.clock.advance(minutes(30));
    world
        .receive(account, &[asks(&world, alice(), "A2", "two")])
        .await;
    world.clock.advance(minutes(11 * 60 + 59));
    world
        .receive(account, &[asks(&world, alice(), "A3", "three")])
        .await;
    world.clock.advance(minutes(1));
    world.receive(account, &[asks(&world, bob(), "B1", "four")]).await;

    assert_eq!(
        outcomes(&world, account).await,
        ["SKIPPED: SCHEDULE", "QUEUED", "QUEUED", "SKIPPED: SCHEDULE"]
    );
}

#[tokio::test]
async fn after_a_downgrade_the_lists_and_the_schedule_hold_no_longer_and_nothing_is_answered() {
    let (world, account) = acquainted("PREMIUM").await;
    let listed = contact(&world, account, &alice()).await;
    update(
        &world,
        account,
        account,
        json!({ "scope": "ONLY", "contactIds": [listed] }),
    )
    .await;
    put_on(&world, account, Plan::Free).await;

    world
        .receive(account, &[asks(&world, alice(), "A1", "one")])
        .await;
    world.clock.advance(minutes(1));
    let to_all = update(&world, account, account, json!({ "scope": "ALL" })).await;
    world
        .receive(account, &[asks(&world, alice(), "A2", "two")])
        .await;

    assert_eq!(
        outcomes(&world, account).await,
        ["QUEUED", "QUEUED", "SKIPPED: PLAN", "QUEUED"]
    );
    assert_eq!(to_all["errors"], json!([]));
    assert_eq!(
        to_all["autoReplySettings"]["contacts"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_silenced_contact_who_writes_is_told_once_a_day() {
    let (world, account) = acquainted("PREMIUM").await;
    update(&world, account, account, json!({ "scope": "ONLY" })).await;

    // At 14:00 and 14:05, 22:00, and 8:00 of the next day.
    for (number, wait) in [5, 8 * 60, 10 * 60, 0].into_iter().enumerate() {
        world
            .receive(account, &[asks(&world, alice(), &format!("A{number}x"), "psst")])
            .await;
        world.clock.advance(minutes(wait));
    }

    assert_eq!(silenced_notices(&world, account).await, 2);
    let query = "{ viewer { notifications(first: 1) { edges { node { kind body subject { ... on Contact { phoneNumber } } } } } } }";
    let told = world.ask(account, query, json!({})).await;
    let notice = &told["viewer"]["notifications"]["edges"][0]["node"];
    assert_eq!(notice["kind"], "SILENCED_CONTACT_WROTE");
    assert_eq!(notice["subject"]["phoneNumber"], "+49151001");
    assert!(notice["body"].as_str().unwrap().contains("49151001"), "{notice}");
}

#[tokio::test]
async fn on_free_nobody_is_told_of_silenced_contacts() {
    let (world, account) = acquainted("PREMIUM").await;
    update(&world, account, account, json!({ "scope": "ONLY" })).await;
    put_on(&world, account, Plan::Free).await;

    world
        .receive(account, &[asks(&world, alice(), "A1", "psst")])
        .await;

    assert_eq!(silenced_notices(&world, account).await, 0);
}
