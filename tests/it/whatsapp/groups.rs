//! Groups: what they are called, and who may delete what others wrote.

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event};
use amda::simulator::Event as Happens;
use serde_json::{Value, json};

use super::scene::{ALICE, PHONE, Scene};

const BRUNO: &str = "5511977776666";

#[tokio::test]
async fn a_group_is_named_when_it_is_first_heard_of_and_when_its_name_changes() {
    let scene = Scene::open().await;
    let (account, group) = a_group(&scene).await;

    let wa_id = says(&scene, ALICE, &group).await;
    scene.message(account, &wa_id).await;
    is_called(&scene, account, &group, "Friends").await;

    let rename =
        json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "subject": "Best friends" } });
    happens(&scene, rename).await;

    is_called(&scene, account, &group, "Best friends").await;
    scene.close().await;
}

#[tokio::test]
async fn whoever_runs_a_group_may_delete_what_others_wrote_and_nobody_else() {
    let scene = Scene::open().await;
    let (account, group) = a_group(&scene).await;
    let written = says(&scene, ALICE, &group).await;
    scene.message(account, &written).await;

    let forged = json!({ "kind": "forgedDelete", "from": BRUNO, "messageId": written });
    assert_eq!(deletion(&scene, account, forged).await, Some(false));

    let promote = json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "promote": BRUNO } });
    happens(&scene, promote).await;
    let by_admin = json!({ "kind": "adminDelete", "from": BRUNO, "messageId": written });
    assert_eq!(deletion(&scene, account, by_admin).await, Some(true));

    let demote = json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "demote": BRUNO } });
    happens(&scene, demote).await;
    let forged = json!({ "kind": "forgedDelete", "from": BRUNO, "messageId": written });
    assert_eq!(deletion(&scene, account, forged).await, Some(false));
    scene.close().await;
}

#[tokio::test]
async fn a_deletion_that_waited_for_the_server_is_judged_by_who_runs_the_group_by_then() {
    let mut scene = Scene::open().await;
    let (account, group) = a_group(&scene).await;
    let written = says(&scene, ALICE, &group).await;
    scene.message(account, &written).await;
    scene.restart_server().await;
    let promote = json!({ "kind": "group", "from": PHONE, "chat": group, "change": { "promote": BRUNO } });
    happens(&scene, promote).await;
    let delete = json!({ "kind": "adminDelete", "from": BRUNO, "messageId": written });
    let deletion = happens(&scene, delete).await;

    scene.supervisor.start(account).await.unwrap();

    assert_eq!(by_admin(&scene, account, &deletion).await, Some(true));
    scene.close().await;
}

#[tokio::test]
async fn whose_message_one_s_own_deletion_names_needs_no_rank() {
    let scene = Scene::open().await;
    let (account, group) = a_group(&scene).await;
    let written = says(&scene, ALICE, &group).await;
    scene.message(account, &written).await;

    let own = json!({ "kind": "delete", "from": ALICE, "messageId": written });

    assert_eq!(deletion(&scene, account, own).await, None);
    scene.close().await;
}

/// A group of the owner's, with Alice and Bruno in it.
async fn a_group(scene: &Scene) -> (AccountRef, String) {
    scene.simulator.add_contact(PHONE, BRUNO, "Bruno").await.unwrap();
    let group = scene
        .simulator
        .create_group(PHONE, "Friends", &[ALICE, BRUNO])
        .await
        .unwrap();
    (scene.a_linked_account().await, group)
}

async fn says(scene: &Scene, from: &str, group: &str) -> String {
    let message = json!({ "kind": "message", "from": from, "chat": group, "text": "hello all" });
    happens(scene, message).await
}

async fn happens(scene: &Scene, event: Value) -> String {
    let event: Happens = serde_json::from_value(event).unwrap();
    scene.simulator.perform(PHONE, event).await.unwrap()
}

/// Makes a deletion happen, and answers what the account was told of the rank of who deleted.
async fn deletion(scene: &Scene, account: AccountRef, event: Value) -> Option<bool> {
    let wa_id = happens(scene, event).await;
    by_admin(scene, account, &wa_id).await
}

async fn by_admin(scene: &Scene, account: AccountRef, deletion: &str) -> Option<bool> {
    let message = scene.message(account, deletion).await;
    assert!(matches!(message.chat, Chat::Group(_)), "{message:?}");
    match message.content {
        Content::Revoke { by_admin, .. } => by_admin,
        other => panic!("a deletion was wanted, not {other:?}"),
    }
}

/// Waits until the account is told that the group is called so.
async fn is_called(scene: &Scene, account: AccountRef, group: &str, name: &str) {
    scene
        .told(account, &format!("the name {name}"), |event| match event {
            Event::Group(described) if described.jid.0 == group => {
                (described.subject.as_deref() == Some(name)).then_some(())
            }
            _ => None,
        })
        .await;
}
