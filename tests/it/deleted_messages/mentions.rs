use amda::event::{Chat, ContactChange, Content, Event, Person};
use serde_json::json;

use super::{deleted, texts};
use crate::support::whatsapp::{alice, arrives, bob, message, minute, person, picture, revoke, says, words};
use crate::support::world::World;

/// The event that Alice sends the owner something that mentions these people.
fn mentioning(wa_id: &str, minutes: i64, content: Content, mentions: &[Person]) -> Event {
    let mut message = message(Chat::Direct(alice()), alice(), wa_id, minute(minutes), content);
    message.mentions = mentions.to_vec();
    arrives(message)
}

/// A person as a mention names them.
fn by_lid(person: &Person) -> Person {
    Person {
        phone_number: None,
        ..person.clone()
    }
}

fn deletes(wa_id: &str, target: &str) -> Event {
    says(Chat::Direct(alice()), alice(), wa_id, 9, revoke(target))
}

#[tokio::test]
async fn a_mention_is_the_contact_s_name_in_texts_captions_and_versions() {
    let (world, account) = World::with_user("FREE").await;
    let in_address_book = ContactChange {
        person: bob(),
        name: Some("Bob B.".to_owned()),
        verified_name: None,
    };
    let (bob, carol) = (by_lid(&bob()), person(3));
    let edit = Content::Edit {
        target_wa_id: "M1".to_owned(),
        text: "ask @90002 or @90003, not @90004".to_owned(),
    };

    world
        .receive(
            account,
            &[
                Event::Contact(in_address_book),
                mentioning("M1", 0, words("ask @90002"), std::slice::from_ref(&bob)),
                mentioning("E1", 1, edit, &[bob.clone(), carol, by_lid(&person(4))]),
                mentioning("M2", 2, picture("@90002 at sea"), &[bob]),
                deletes("R1", "M1"),
                deletes("R2", "M2"),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({ "search": "bob b" })).await;
    let [caption, text] = &found[..] else {
        panic!("both are found by the name, not {found:?}");
    };
    assert_eq!(caption["text"], "@Bob B. at sea");
    assert_eq!(text["text"], "ask @Bob B. or @+49151003, not @90004");
    assert_eq!(text["versions"][0]["text"], "ask @Bob B.");
    let unnamed = deleted(&world, account, json!({ "search": "90002" })).await;
    assert!(texts(&unnamed).is_empty());
}
