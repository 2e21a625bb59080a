//! A batch of events is taken in together, with the same result as one event after the other.

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, Person};
use serde_json::{Value, json};

use crate::support::statements::{count_statements, statements_sent};
use crate::support::whatsapp::{
    alice, arrives, bob, group, message, minute, owner, person, picture, revoke, says, words,
};
use crate::support::world::World;

const EVERYTHING: &str = "{ viewer {
    statuses { totalCount nodes { text deletedAt author { phoneNumber displayName } like { state skipReason emoji } } }
    deletedMessages { totalCount nodes {
        kind outcome lossReason text sentAt versions { text } chat { kind } sender { phoneNumber displayName }
    } }
    editedMessages { totalCount nodes { kind text versions { text } sender { phoneNumber } } }
} }";

fn carol() -> Person {
    person(3)
}

/// Carol, as her first message names her.
fn carol_by_number() -> Person {
    Person { lid: None, ..carol() }
}

fn status(author: Person, wa_id: &str, minutes: i64, content: Content) -> Event {
    says(Chat::Status, author, wa_id, minutes, content)
}

fn edit(target: &str, text: &str) -> Content {
    Content::Edit {
        target_wa_id: target.to_owned(),
        text: text.to_owned(),
    }
}

/// Messages that depend on each other in every way.
fn a_day() -> Vec<Event> {
    let with = |person: &dyn Fn() -> Person| Chat::Direct(person());
    let mut introduces_herself = message(with(&carol), carol(), "C2", minute(8), words("it is me"));
    introduces_herself.push_name = Some("Carol".to_owned());
    vec![
        // A deletion and an edit before their messages.
        status(alice(), "D0", 0, revoke("S0")),
        says(with(&bob), bob(), "D1", 0, revoke("B9")),
        says(with(&bob), bob(), "E0", 0, edit("B1", "bob, corrected")),
        status(alice(), "S0", 1, words("deleted before it came")),
        status(alice(), "S1", 1, words("good morning")),
        status(bob(), "S2", 1, picture("a beach")),
        status(owner(), "S3", 1, words("mine")),
        says(with(&bob), bob(), "B1", 2, words("bob")),
        says(with(&bob), bob(), "B9", 2, words("gone before it came")),
        says(with(&bob), bob(), "D11", 2, revoke("B1")),
        // Twice in a row.
        says(with(&alice), alice(), "A1", 3, words("once")),
        says(with(&alice), alice(), "A1", 3, words("once")),
        // One id in two chats, by one sender and by two.
        says(group(), alice(), "A1", 3, words("in the group")),
        says(group(), bob(), "A1", 3, words("bob in the group")),
        says(with(&alice), alice(), "E1", 4, edit("A1", "twice")),
        says(with(&alice), alice(), "D2", 5, revoke("A1")),
        says(group(), bob(), "D3", 5, revoke("A1")),
        // Unreadable at first, and readable right behind.
        says(with(&alice), alice(), "U1", 6, Content::Undecrypted),
        says(with(&alice), alice(), "U1", 6, words("readable now")),
        says(with(&alice), alice(), "D4", 7, revoke("U1")),
        // One person, first by number alone, then by both names.
        says(
            Chat::Direct(carol_by_number()),
            carol_by_number(),
            "C1",
            7,
            words("who am I"),
        ),
        arrives(introduces_herself),
        says(with(&carol), carol(), "D5", 9, revoke("C1")),
        status(alice(), "D6", 10, revoke("S1")),
        // Edits and deletions right behind their messages, and several of one message.
        says(with(&bob), bob(), "F1", 11, words("one")),
        says(with(&bob), bob(), "F2", 11, words("two")),
        says(with(&bob), bob(), "E2", 12, edit("F1", "one, better")),
        says(with(&bob), bob(), "E3", 12, edit("F2", "two, better")),
        says(with(&bob), bob(), "E4", 13, edit("F1", "one, best")),
        says(group(), alice(), "F3", 13, picture("a cat")),
        says(group(), alice(), "D7", 14, revoke("F3")),
        says(with(&bob), bob(), "D8", 14, revoke("F2")),
        says(with(&bob), bob(), "E5", 15, edit("F2", "too late")),
        says(with(&bob), bob(), "D9", 15, revoke("F1")),
        // Somebody else's message, by its id.
        says(group(), bob(), "F4", 16, words("mine")),
        says(group(), alice(), "D10", 17, revoke("F4")),
        says(with(&alice), alice(), "E6", 17, edit("F4", "not mine")),
    ]
}

async fn a_user_who_likes() -> (World, AccountRef) {
    let (world, account) = World::with_user("PREMIUM").await;
    let turn_on = "mutation($input: UpdateAutoLikeSettingsInput!) {
        updateAutoLikeSettings(input: $input) { errors { message } }
    }";
    let input = json!({ "accountId": account.id.to_global(), "settings": { "isEnabled": true } });
    let told = world.ask(account, turn_on, json!({ "input": input })).await;
    assert_eq!(told["updateAutoLikeSettings"]["errors"], json!([]));
    (world, account)
}

async fn everything(world: &World, account: AccountRef) -> Value {
    let mut told = world.ask(account, EVERYTHING, json!({})).await;
    for list in ["statuses", "deletedMessages", "editedMessages"] {
        // Those of one minute are in the order of their ids, which chance chooses.
        let nodes = told["viewer"][list]["nodes"].as_array_mut().unwrap();
        nodes.sort_by_key(ToString::to_string);
    }
    told
}

#[tokio::test]
async fn a_batch_leaves_what_its_events_leave_one_by_one() {
    let (together, account) = a_user_who_likes().await;
    together.receive(account, &a_day()).await;
    let (apart, other_account) = a_user_who_likes().await;
    for event in a_day() {
        apart.receive(other_account, &[event]).await;
    }

    let told = everything(&together, account).await;

    assert_eq!(told, everything(&apart, other_account).await);
    assert_eq!(told["viewer"]["statuses"]["totalCount"], 4);
    assert_eq!(told["viewer"]["deletedMessages"]["totalCount"], 12);
    assert_eq!(told["viewer"]["editedMessages"]["totalCount"], 4);
}

#[tokio::test]
async fn a_batch_that_comes_again_changes_nothing() {
    let (world, account) = a_user_who_likes().await;
    world.receive(account, &a_day()).await;
    let (told, events) = (
        everything(&world, account).await,
        world.events(account).await.len(),
    );

    world.receive(account, &a_day()).await;

    assert_eq!(everything(&world, account).await, told);
    assert_eq!(world.events(account).await.len(), events);
}

#[tokio::test]
async fn a_hundred_statuses_take_as_many_statements_as_ten() {
    a_hundred_take_as_many_statements_as_ten(|number| {
        vec![status(
            person(number % 5),
            &format!("S{number}"),
            1,
            words("good morning"),
        )]
    })
    .await;
}

#[tokio::test]
async fn a_hundred_edits_take_as_many_statements_as_ten() {
    a_hundred_take_as_many_statements_as_ten(|number| changed(number, |target| edit(target, "good evening")))
        .await;
}

#[tokio::test]
async fn a_hundred_deletions_take_as_many_statements_as_ten() {
    a_hundred_take_as_many_statements_as_ten(|number| changed(number, revoke)).await;
}

/// A message, and what changes it right behind.
fn changed(number: u32, change: impl Fn(&str) -> Content) -> Vec<Event> {
    let author = || person(1 + number % 5);
    let wa_id = format!("M{number}");
    vec![
        says(Chat::Direct(author()), author(), &wa_id, 1, words("good morning")),
        says(
            Chat::Direct(author()),
            author(),
            &format!("C{number}"),
            2,
            change(&wa_id),
        ),
    ]
}

async fn a_hundred_take_as_many_statements_as_ten(events: impl Fn(u32) -> Vec<Event>) {
    count_statements();
    let (world, account) = a_user_who_likes().await;
    // The authors are known afterwards, and each statement has been prepared.
    let warm_up: Vec<Event> = (1..11).flat_map(&events).collect();
    world.receive(account, &warm_up).await;
    let mut sent = Vec::new();
    for (begin, count) in [(100, 10), (200, 100)] {
        let batch: Vec<Event> = (begin..begin + count).flat_map(&events).collect();
        let before = statements_sent();
        world.receive(account, &batch).await;
        sent.push(statements_sent() - before);
    }

    assert!(sent[0] > 0, "statements are counted");
    assert_eq!(sent[0], sent[1]);
}
