//! Deletions of other members' messages in groups.

use amda::event::{Chat, Content, Event, Person};
use serde_json::json;

use super::{deleted, texts};
use crate::support::whatsapp::{alice, bob, group, mallory, revoke, says, words};
use crate::support::world::World;

/// A member deletes Alice's message `M1`; WhatsApp may say that the member is an admin.
fn deletes(chat: Chat, revoker: Person, wa_id: &str, minutes: i64, by_admin: Option<bool>) -> Event {
    let revoke = Content::Revoke {
        target_wa_id: "M1".to_owned(),
        target_sender: Some(alice()),
        by_admin,
    };
    says(chat, revoker, wa_id, minutes, revoke)
}

fn alice_says_in_the_group() -> Event {
    says(group(), alice(), "M1", 0, words("rude"))
}

#[tokio::test]
async fn what_an_admin_deletes_of_a_member_is_kept() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_says_in_the_group(),
                deletes(group(), bob(), "R1", 1, Some(true)),
                // The author deletes it, too: it was deleted before.
                says(group(), alice(), "R2", 2, revoke("M1")),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(texts(&found), ["rude"]);
    assert_eq!(found[0]["outcome"], "DELETED");
    assert_eq!(found[0]["isByAdmin"], true);
    assert_eq!(found[0]["deletedBy"]["phoneNumber"], "+49151002");
}

#[tokio::test]
async fn somebody_of_whom_nobody_knows_whether_they_are_an_admin_counts_as_a_forger() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                alice_says_in_the_group(),
                deletes(group(), mallory(), "R1", 1, Some(false)),
                deletes(group(), bob(), "R2", 2, None),
            ],
        )
        .await;
    let forged = deleted(&world, account, json!({ "outcomes": ["FORGED"] })).await;
    // The message is held on.
    world
        .receive(account, &[says(group(), alice(), "R3", 3, revoke("M1"))])
        .await;
    let real = deleted(&world, account, json!({ "outcomes": ["DELETED"] })).await;

    let claims: Vec<_> = forged
        .iter()
        .map(|item| item["deletedBy"]["phoneNumber"].clone())
        .collect();
    assert_eq!(claims, ["+49151002", "+4915100666"]);
    assert!(forged.iter().all(|item| item["isByAdmin"] == false));
    assert_eq!(texts(&real), ["rude"]);
}

#[tokio::test]
async fn there_are_admins_in_groups_only() {
    let (world, account) = World::with_user("FREE").await;
    let direct = || Chat::Direct(bob());

    world
        .receive(
            account,
            &[
                says(direct(), bob(), "M1", 0, words("mine")),
                deletes(direct(), mallory(), "R1", 1, Some(true)),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(found[0]["outcome"], "FORGED");
}

#[tokio::test]
async fn an_admins_deletion_that_overtakes_its_message_is_completed_by_it() {
    let (world, account) = World::with_user("FREE").await;

    world
        .receive(
            account,
            &[
                deletes(group(), bob(), "R1", 1, Some(true)),
                alice_says_in_the_group(),
            ],
        )
        .await;

    let found = deleted(&world, account, json!({})).await;
    assert_eq!(texts(&found), ["rude"]);
    assert_eq!(found[0]["isByAdmin"], true);
    assert_eq!(found[0]["lossReason"], json!(null));
}
