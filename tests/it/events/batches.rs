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
    assert_eq!(told["viewer"]["deletedMessages"]["totalCount"], 7);
    assert_eq!(told["viewer"]["editedMessages"]["totalCount"], 2);
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
    count_statements();
    let (world, account) = a_user_who_likes().await;
    let batch = |begin: u32, count: u32| -> Vec<Event> {
        let authors = (begin..begin + count).map(|number| (number, person(number % 5)));
        authors
            .map(|(number, author)| status(author, &format!("S{number}"), 1, words("good morning")))
            .collect()
    };
    // The authors are known afterwards, and each statement has been prepared.
    world.receive(account, &batch(1, 10)).await;
    let mut sent = Vec::new();
    for (begin, count) in [(100, 10), (200, 100)] {
        let before = statements_sent();
        world.receive(account, &batch(begin, count)).await;
        sent.push(statements_sent() - before);
    }

    assert!(sent[0] > 0, "statements are counted");
    assert_eq!(sent[0], sent[1]);
}
