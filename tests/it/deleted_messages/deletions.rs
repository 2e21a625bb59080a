use std::time::Duration;

use amda::db::schema::messages;
use amda::event::{Chat, Content, MediaKind, Person};
use amda::hub::EventKind;
use diesel::QueryDsl;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::json;

use super::{deleted, texts};
use crate::support::whatsapp::{
    alice, alice_deletes, alice_writes, bob, group, hd_copy_of, mallory, owner, picture, revoke, revoke_of,
    says, words,
};
use crate::support::world::World;

async fn told(world: &World, account: amda::account::AccountRef) -> usize {
    let events = world.events(account).await;
    events
        .iter()
        .filter(|row| {
            matches!(
                row.event.kind,
                EventKind::MessageDeleted | EventKind::DeletedMessageChanged
            )
        })
        .count()
}

#[tokio::test]
async fn what_its_author_deletes_is_kept() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(account, &[alice_writes("M1", "see you at eight")])
        .await;
    assert!(deleted(&world, account, json!({})).await.is_empty());
    world.receive(account, &[alice_deletes("R1", "M1")]).await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(found.len(), 1);
    let message = &found[0];
    assert_eq!(
        (&message["outcome"], &message["isRecovered"]),
        (&json!("DELETED"), &json!(true))
    );
    assert_eq!(
        (&message["kind"], &message["text"]),
        (&json!("TEXT"), &json!("see you at eight"))
    );
    assert_eq!(
        (&message["isByAdmin"], &message["lossReason"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(message["sentAt"], "2026-11-23T11:00:00+00:00");
    assert_eq!(message["deletedAt"], "2026-11-23T11:05:00+00:00");
    assert_eq!(message["deletedBy"], json!({ "phoneNumber": "+49151001" }));
    assert_eq!(
        message["versions"],
        json!([{ "text": "see you at eight", "writtenAt": "2026-11-23T11:00:00+00:00" }])
    );
    assert_eq!(told(&world, account).await, 1);
}

#[tokio::test]
async fn a_redelivered_deletion_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;
    let delivery = [alice_writes("M1", "see you"), alice_deletes("R1", "M1")];

    world.receive(account, &delivery).await;
    world.receive(account, &delivery).await;
    // The phone may send the deletion twice, as two messages.
    world.receive(account, &[alice_deletes("R2", "M1")]).await;

    assert_eq!(texts(&deleted(&world, account, json!({})).await), ["see you"]);
    assert_eq!(told(&world, account).await, 1);
}

#[tokio::test]
async fn a_message_is_recorded_once_though_its_sender_turned_out_to_be_known_by_two_names() {
    let (world, account) = World::with_user("FREE").await;
    let by_phone = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    world
        .receive(
            account,
            &[
                says(group(), by_phone, "M1", 0, words("hello")),
                says(group(), by_lid, "M2", 1, words("it is me")),
                says(group(), alice(), "M3", 2, words("by both names")),
            ],
        )
        .await;

    world
        .receive(account, &[says(group(), alice(), "M1", 0, words("hello"))])
        .await;

    let mut work = world.core.begin(account.user).await.unwrap();
    let recorded: i64 = messages::table.count().get_result(&mut *work).await.unwrap();
    assert_eq!(recorded, 3);
}

#[tokio::test]
async fn a_picture_and_its_hd_copy_are_deleted_as_one() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());

    world
        .receive(
            account,
            &[
                says(chat(), alice(), "M1", 0, picture("the sea")),
                says(chat(), alice(), "M2", 0, hd_copy_of("M1")),
                says(chat(), alice(), "R1", 1, revoke("M1")),
                says(chat(), alice(), "R2", 1, revoke("M2")),
            ],
        )
        .await;

    assert_eq!(texts(&deleted(&world, account, json!({})).await), ["the sea"]);
    assert_eq!(told(&world, account).await, 1);
}

#[tokio::test]
async fn a_picture_that_nobody_can_download_keeps_its_kind_and_caption() {
    let (world, account) = World::with_user("FREE").await;
    let lost = Content::LostMedia {
        kind: MediaKind::Image,
        caption: Some("the sea".to_owned()),
    };

    world
        .receive(
            account,
            &[
                says(Chat::Direct(alice()), alice(), "M1", 0, lost),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({ "search": "sea" })).await;
    assert_eq!(
        (&found[0]["kind"], &found[0]["text"], &found[0]["lossReason"]),
        (&json!("IMAGE"), &json!("the sea"), &json!(null))
    );
}

#[tokio::test]
async fn a_deletion_of_what_another_person_wrote_in_another_chat_is_forged() {
    let (world, account) = World::with_user("FREE").await;
    let direct = |person: Person| Chat::Direct(person);
    world
        .receive(
            account,
            &[
                alice_writes("M1", "the code is 1234"),
                says(group(), alice(), "M2", 0, words("in the group")),
            ],
        )
        .await;

    world
        .receive(
            account,
            &[
                says(direct(mallory()), mallory(), "R1", 1, revoke("M1")),
                says(direct(mallory()), mallory(), "R2", 2, revoke_of(alice(), "M2")),
                says(group(), mallory(), "R3", 3, revoke_of(alice(), "M1")),
                // This one is only late.
                says(direct(mallory()), mallory(), "R4", 4, revoke("M3")),
            ],
        )
        .await;
    let forged = deleted(&world, account, json!({ "outcomes": ["FORGED"] })).await;
    let unseen = deleted(&world, account, json!({ "outcomes": ["DELETED"] })).await;
    world.receive(account, &[alice_deletes("R5", "M1")]).await;
    let real = deleted(&world, account, json!({ "outcomes": ["DELETED"] })).await;

    assert_eq!(
        forged.len(),
        2,
        "one for each message that Mallory named: {forged:?}"
    );
    for item in &forged {
        assert_eq!(item["sender"]["phoneNumber"], "+49151001");
        assert_eq!(item["deletedBy"]["phoneNumber"], "+4915100666");
        assert_eq!(
            (&item["lossReason"], &item["text"]),
            (&json!("FORGED"), &json!(null))
        );
    }
    let kinds: Vec<_> = forged.iter().map(|item| item["chat"]["kind"].clone()).collect();
    assert_eq!(kinds, [json!("GROUP"), json!("DIRECT")]);
    assert_eq!(unseen.len(), 1);
    assert_eq!(unseen[0]["lossReason"], "NEVER_ARRIVED");
    assert!(texts(&real).contains(&"the code is 1234"));
}

#[tokio::test]
async fn a_forged_deletion_is_noted_and_the_message_stays_held() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[says(group(), alice(), "M1", 0, words("the code is 1234"))],
        )
        .await;

    let named = says(group(), mallory(), "R1", 1, revoke_of(alice(), "M1"));
    let unnamed = says(group(), bob(), "R2", 2, revoke("M1"));
    world.receive(account, &[named.clone(), unnamed, named]).await;
    let forged = deleted(&world, account, json!({ "outcomes": ["FORGED"] })).await;
    world
        .receive(account, &[says(group(), alice(), "R3", 3, revoke("M1"))])
        .await;
    let real = deleted(&world, account, json!({ "outcomes": ["DELETED"] })).await;

    let claims: Vec<_> = forged
        .iter()
        .map(|item| item["deletedBy"]["phoneNumber"].clone())
        .collect();
    assert_eq!(claims, [json!("+49151002"), json!("+4915100666")]);
    for item in &forged {
        assert_eq!(item["sender"]["phoneNumber"], "+49151001");
        assert_eq!(
            (&item["isRecovered"], &item["lossReason"], &item["text"]),
            (&json!(false), &json!("FORGED"), &json!(null))
        );
        assert_eq!(item["versions"], json!([]));
    }
    assert_eq!(texts(&real), ["the code is 1234"]);
    assert_eq!(told(&world, account).await, 3);
}

#[tokio::test]
async fn a_contact_cannot_delete_what_the_owner_wrote() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());

    world
        .receive(
            account,
            &[
                says(chat(), owner(), "M1", 0, words("mine")),
                says(chat(), alice(), "R1", 1, revoke_of(owner(), "M1")),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(
        (found.len(), &found[0]["outcome"], &found[0]["kind"]),
        (1, &json!("FORGED"), &json!("TEXT"))
    );
}

#[tokio::test]
async fn what_the_owner_deletes_of_their_own_is_not_kept_and_of_others_in_a_group_is() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                says(group(), owner(), "M1", 0, words("mine")),
                says(group(), owner(), "R1", 1, revoke("M1")),
                says(group(), alice(), "M2", 2, words("rude")),
                says(group(), owner(), "R2", 3, revoke_of(alice(), "M2")),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(texts(&found), ["rude"]);
    assert_eq!(
        (&found[0]["isByAdmin"], &found[0]["outcome"]),
        (&json!(true), &json!("DELETED"))
    );
}

#[tokio::test]
async fn a_deletion_that_overtakes_its_message_is_completed_by_it() {
    let (world, account) = World::with_user("FREE").await;

    world.receive(account, &[alice_deletes("R1", "M1")]).await;
    let waiting = deleted(&world, account, json!({})).await;
    world.receive(account, &[alice_writes("M1", "too slow")]).await;
    let complete = deleted(&world, account, json!({ "search": "slow" })).await;

    assert_eq!(
        (&waiting[0]["isRecovered"], &waiting[0]["lossReason"]),
        (&json!(false), &json!("NEVER_ARRIVED"))
    );
    assert_eq!(waiting[0]["sender"]["phoneNumber"], "+49151001");
    assert_eq!(complete[0]["id"], waiting[0]["id"]);
    assert_eq!(
        (&complete[0]["text"], &complete[0]["lossReason"]),
        (&json!("too slow"), &json!(null))
    );
    assert_eq!(complete[0]["sentAt"], "2026-11-23T11:00:00+00:00");
    assert_eq!(told(&world, account).await, 2);
}

#[tokio::test]
async fn a_message_that_never_decrypted_says_so_until_it_does() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());

    world
        .receive(
            account,
            &[
                says(chat(), alice(), "M1", 0, Content::Undecrypted),
                alice_deletes("R1", "M1"),
            ],
        )
        .await;
    let lost = deleted(&world, account, json!({})).await;
    world
        .receive(account, &[says(chat(), alice(), "M1", 0, picture("at last"))])
        .await;
    let found = deleted(&world, account, json!({})).await;

    assert_eq!(
        (&lost[0]["kind"], &lost[0]["lossReason"]),
        (&json!("UNDECRYPTED"), &json!("NEVER_DECRYPTED"))
    );
    assert_eq!(
        (&found[0]["kind"], &found[0]["text"]),
        (&json!("IMAGE"), &json!("at last"))
    );
    assert_eq!(found[0]["isRecovered"], true);
}

#[tokio::test]
async fn what_is_not_held_says_why() {
    let (world, account) = World::with_user("FREE").await;
    let chat = || Chat::Direct(alice());

    world
        .receive(
            account,
            &[
                says(chat(), alice(), "M1", 0, Content::ViewOnce(None)),
                says(chat(), alice(), "M2", 0, Content::Other("poll")),
                says(chat(), alice(), "R1", 1, revoke("M1")),
                says(chat(), alice(), "R2", 2, revoke("M2")),
            ],
        )
        .await;

    let losses: Vec<_> = deleted(&world, account, json!({}))
        .await
        .iter()
        .map(|item| item["lossReason"].clone())
        .collect();
    assert_eq!(losses, [json!("UNSUPPORTED"), json!("VIEW_ONCE")]);
}

#[tokio::test]
async fn a_deleted_status_is_a_deleted_message_too() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                says(Chat::Status, alice(), "S1", 0, picture("beach")),
                says(Chat::Status, alice(), "R1", 1, revoke("S1")),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(
        (&found[0]["chat"]["kind"], &found[0]["text"]),
        (&json!("STATUS"), &json!("beach"))
    );
}

#[tokio::test]
async fn an_author_is_known_by_either_name() {
    let (world, account) = World::with_user("FREE").await;
    let by_phone = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };

    world
        .receive(
            account,
            &[
                says(group(), by_phone, "M1", 0, words("by number")),
                // Only this tells that the two names are one person's.
                says(group(), alice(), "M2", 1, words("by both")),
                says(group(), by_lid, "R1", 2, revoke("M1")),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(
        (texts(&found), &found[0]["outcome"]),
        (vec!["by number"], &json!("DELETED"))
    );
}

#[tokio::test]
async fn a_chat_goes_on_when_its_two_names_turn_out_to_be_one_persons() {
    let by_phone = Person { lid: None, ..alice() };
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    // The LID is first seen in a group, or has a chat of its own.
    for elsewhere in [group(), Chat::Direct(by_lid.clone())] {
        let (world, account) = World::with_user("FREE").await;
        let direct = Chat::Direct(by_phone.clone());

        world
            .receive(
                account,
                &[
                    says(direct, by_phone.clone(), "M1", 0, words("by number")),
                    says(elsewhere, by_lid.clone(), "M2", 1, words("by LID")),
                    alice_deletes("R1", "M1"),
                ],
            )
            .await;

        let found = deleted(&world, account, json!({})).await;
        assert_eq!(
            (texts(&found), &found[0]["outcome"]),
            (vec!["by number"], &json!("DELETED"))
        );
    }
}

#[tokio::test]
async fn a_subscriber_hears_of_a_deletion_from_its_cursor_on() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_writes("M1", "one"), alice_deletes("R1", "M1")])
        .await;
    let query = "subscription($after: Cursor) { deletedMessageChanged(after: $after) { sequence deletedMessage { text } } }";
    let start = async_graphql::ScalarType::to_value(&amda::graphql::Cursor::of_event(0));
    let mut heard = world.subscribe(account, query, json!({ "after": start }));
    let mut next = async || {
        let reply = tokio::time::timeout(Duration::from_secs(10), heard.next())
            .await
            .unwrap()
            .unwrap();
        assert!(reply.errors.is_empty(), "{:?}", reply.errors);
        reply.data.into_json().unwrap()["deletedMessageChanged"].take()
    };

    let replayed = next().await;
    world
        .receive(account, &[alice_writes("M2", "two"), alice_deletes("R2", "M2")])
        .await;
    let live = next().await;

    assert_eq!(
        replayed,
        json!({ "sequence": 1, "deletedMessage": { "text": "one" } })
    );
    assert_eq!(
        live,
        json!({ "sequence": 2, "deletedMessage": { "text": "two" } })
    );
}
