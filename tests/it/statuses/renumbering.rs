use amda::account::AccountRef;
use amda::event::{Event, Mute, Muted, NumberChange, Person};
use serde_json::{Value, json};

use super::{likes, posts, turn_on, update};
use crate::support::graphql::nodes;
use crate::support::whatsapp::{alice, bob, person};
use crate::support::world::World;

/// Alice gets another number.
fn alice_changes_number() -> Event {
    Event::NumberChange(NumberChange {
        from: alice(),
        to: person(11),
    })
}

/// The authors of the statuses, newest first.
async fn authors(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { statuses { edges { node { text author { id phoneNumber } } } } } }";
    let data = world.ask(account, query, json!({})).await;
    nodes(&data["viewer"]["statuses"])
}

#[tokio::test]
async fn the_statuses_before_and_after_a_change_of_number_are_one_contact_s() {
    let (world, account) = World::with_user("FREE").await;
    let by_lid = Person {
        phone_number: None,
        ..person(11)
    };

    // The first status under the new number overtakes the news of it.
    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "one"),
                posts(person(11), "S2", "two"),
                alice_changes_number(),
                posts(by_lid, "S3", "three"),
                // Her number is somebody else's now.
                posts(
                    Person {
                        lid: Some("777".to_owned()),
                        ..alice()
                    },
                    "S4",
                    "four",
                ),
            ],
        )
        .await;

    let authors = authors(&world, account).await;
    let of = |text: &str| {
        let status = authors.iter().find(|status| status["text"] == text).unwrap();
        status["author"].clone()
    };
    assert_eq!(of("one")["phoneNumber"], "+491510011");
    assert_eq!((of("two"), of("three")), (of("one"), of("one")));
    assert_ne!(of("four")["id"], of("one")["id"]);
    assert_eq!(of("four")["phoneNumber"], "+49151001");
}

#[tokio::test]
async fn emojis_and_mutes_follow_a_contact_to_another_number() {
    let (world, account) = World::with_user("PREMIUM").await;
    let mute = Mute {
        person: bob(),
        what: Muted::Statuses,
        is_muted: true,
    };
    world
        .receive(account, &[posts(alice(), "S1", "one"), Event::Mute(mute)])
        .await;
    turn_on(&world, account, json!({})).await;
    let contact = authors(&world, account).await[0]["author"]["id"].clone();
    update(
        &world,
        account,
        account,
        json!({ "contactEmojis": [{ "contactId": contact, "emoji": "🔥" }] }),
    )
    .await;
    let bob_changes_number = Event::NumberChange(NumberChange {
        from: bob(),
        to: person(12),
    });

    world
        .receive(
            account,
            &[
                alice_changes_number(),
                bob_changes_number,
                posts(person(11), "S2", "two"),
                posts(person(12), "S3", "three"),
            ],
        )
        .await;

    let likes = likes(&world, account).await;
    let of = |text: &str| likes.iter().find(|like| like["status"]["text"] == text).unwrap();
    assert_eq!(of("two")["emoji"], "🔥");
    assert_eq!(of("three")["skipReason"], "MUTED_CONTACT");
}

#[tokio::test]
async fn a_contact_who_gets_another_s_former_number_does_not_become_that_contact() {
    let (world, account) = World::with_user("FREE").await;
    let bobs_number = Person { lid: None, ..bob() };
    let bob_by_lid = Person {
        phone_number: None,
        ..bob()
    };
    let change = Event::NumberChange(NumberChange {
        from: alice(),
        to: bobs_number,
    });

    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "one"),
                posts(bob(), "S2", "two"),
                change,
                posts(bob_by_lid, "S3", "three"),
            ],
        )
        .await;

    let authors = authors(&world, account).await;
    let of = |text: &str| {
        let status = authors.iter().find(|status| status["text"] == text).unwrap();
        status["author"]["id"].clone()
    };
    assert_eq!(of("three"), of("two"));
    assert_ne!(of("two"), of("one"));
}

#[tokio::test]
async fn news_of_a_number_that_changed_hands_already_leave_its_new_holder_alone() {
    let (world, account) = World::with_user("FREE").await;
    let former_holder = Person {
        lid: Some("777".to_owned()),
        ..alice()
    };
    let change = Event::NumberChange(NumberChange {
        from: former_holder,
        to: person(11),
    });

    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "one"),
                change,
                posts(person(11), "S2", "two"),
            ],
        )
        .await;

    let authors = authors(&world, account).await;
    let of = |text: &str| {
        let status = authors.iter().find(|status| status["text"] == text).unwrap();
        status["author"].clone()
    };
    assert_ne!(of("two")["id"], of("one")["id"]);
    assert_eq!(of("one")["phoneNumber"], "+49151001");
}
