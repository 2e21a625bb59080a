//! Groups: their names, and deletions by their admins.

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event};
use amda::simulator::Event as Happens;
use serde_json::{Value, json};

use super::session_harness::{ALICE, PHONE, SessionHarness};

const BRUNO: &str = "5511977776666";

#[tokio::test]
async fn a_group_is_named_when_it_first_appears_and_when_its_name_changes() {
    let harness = SessionHarness::open().await;
    let (account, group) = a_group(&harness).await;

    let wa_id = says(&harness, ALICE, &group).await;
    harness.message(account, &wa_id).await;
    is_called(&harness, account, &group, "Friends").await;

    let rename =
        json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "subject": "Best friends" } });
    happens(&harness, rename).await;

    is_called(&harness, account, &group, "Best friends").await;
    harness.close().await;
}

#[tokio::test]
async fn only_an_admin_may_delete_messages_of_others() {
    let harness = SessionHarness::open().await;
    let (account, group) = a_group(&harness).await;
    let written = says(&harness, ALICE, &group).await;
    harness.message(account, &written).await;

    let forged = json!({ "kind": "forgedDelete", "from": BRUNO, "messageId": written });
    assert_eq!(deletion(&harness, account, forged).await, Some(false));

    let promote = json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "promote": BRUNO } });
    happens(&harness, promote).await;
    let by_admin = json!({ "kind": "adminDelete", "from": BRUNO, "messageId": written });
    assert_eq!(deletion(&harness, account, by_admin).await, Some(true));

    let demote = json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "demote": BRUNO } });
    happens(&harness, demote).await;
    let forged = json!({ "kind": "forgedDelete", "from": BRUNO, "messageId": written });
    assert_eq!(deletion(&harness, account, forged).await, Some(false));
    harness.close().await;
}

#[tokio::test]
async fn a_deletion_that_waited_for_the_server_is_judged_by_the_admins_at_its_delivery() {
    let mut harness = SessionHarness::open().await;
    let (account, group) = a_group(&harness).await;
    let written = says(&harness, ALICE, &group).await;
    harness.message(account, &written).await;
    harness.restart_server().await;
    let promote = json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "promote": BRUNO } });
    happens(&harness, promote).await;
    let delete = json!({ "kind": "adminDelete", "from": BRUNO, "messageId": written });
    let deletion = happens(&harness, delete).await;

    harness.supervisor.start(account).await.unwrap();

    assert_eq!(by_admin(&harness, account, &deletion).await, Some(true));
    harness.close().await;
}

#[tokio::test]
async fn the_deletion_of_one_s_own_message_needs_no_admin() {
    let harness = SessionHarness::open().await;
    let (account, group) = a_group(&harness).await;
    let written = says(&harness, ALICE, &group).await;
    harness.message(account, &written).await;

    let own = json!({ "kind": "delete", "from": ALICE, "messageId": written });

    assert_eq!(deletion(&harness, account, own).await, None);
    harness.close().await;
}

/// A group of the owner's, with Alice and Bruno in it.
async fn a_group(harness: &SessionHarness) -> (AccountRef, String) {
    harness
        .simulator
        .add_contact(PHONE, BRUNO, "Bruno")
        .await
        .unwrap();
    let group = harness
        .simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    (harness.a_linked_account().await, group)
}

async fn says(harness: &SessionHarness, from: &str, group: &str) -> String {
    let message = json!({ "kind": "message", "from": from, "chat": group, "text": "hello all" });
    happens(harness, message).await
}

async fn happens(harness: &SessionHarness, event: Value) -> String {
    let event: Happens = serde_json::from_value(event).unwrap();
    harness.simulator.perform(PHONE, event).await.unwrap()
}

/// Makes a deletion happen, and returns its `by_admin` as the account received it.
async fn deletion(harness: &SessionHarness, account: AccountRef, event: Value) -> Option<bool> {
    let wa_id = happens(harness, event).await;
    by_admin(harness, account, &wa_id).await
}

async fn by_admin(harness: &SessionHarness, account: AccountRef, deletion: &str) -> Option<bool> {
    let message = harness.message(account, deletion).await;
    assert!(matches!(message.chat, Chat::Group(_)), "{message:?}");
    match message.content {
        Content::Revoke { by_admin, .. } => by_admin,
        other => panic!("a deletion was wanted, not {other:?}"),
    }
}

/// Waits until the account has received this name of the group.
async fn is_called(harness: &SessionHarness, account: AccountRef, group: &str, name: &str) {
    harness
        .wait_for_event(account, &format!("the name {name}"), |event| match event {
            Event::Group(described) if described.jid.0 == group => {
                (described.subject.as_deref() == Some(name)).then_some(())
            }
            _ => None,
        })
        .await;
}
