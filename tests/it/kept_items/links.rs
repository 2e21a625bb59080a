//! What kept messages have in common, and the links between them.

use amda::account::AccountRef;
use amda::event::{Chat, Content};
use serde_json::{Value, json};

use super::alice_edits_at;
use crate::support::questions::Questions;
use crate::support::whatsapp::{alice, picture, revoke, says, words};
use crate::support::world::World;

/// A user whose account captures view-once messages.
async fn capturer() -> (World, AccountRef) {
    let (world, account) = World::with_user("PREMIUM").await;
    let turn_on = "mutation($input: UpdateViewOnceSettingsInput!) {
        updateViewOnceSettings(input: $input) { errors { message } }
    }";
    let input = json!({
        "accountId": account.id.to_global(),
        "settings": { "isEnabled": true },
        "acknowledgesPrivacyNotice": true,
    });
    world.ask(account, turn_on, json!({ "input": input })).await;
    (world, account)
}

/// Alice writes and edits a text, posts a status, and sends a view-once message, and deletes all three.
async fn delete_one_of_each(world: &World, account: AccountRef, number: i64) {
    let direct = || Chat::Direct(alice());
    let id = |kind: &str| format!("{kind}{number}");
    let once = Content::ViewOnce(None);
    world
        .receive(
            account,
            &[
                says(direct(), alice(), &id("M"), number, words("at eight")),
                alice_edits_at(number, &id("E"), &id("M"), "at nine"),
                says(Chat::Status, alice(), &id("S"), number, picture("sunny")),
                says(direct(), alice(), &id("V"), number, once),
                says(direct(), alice(), &id("RM"), number, revoke(&id("M"))),
                says(Chat::Status, alice(), &id("RS"), number, revoke(&id("S"))),
                says(direct(), alice(), &id("RV"), number, revoke(&id("V"))),
            ],
        )
        .await;
}

const LINKS: &str = "query($first: Int, $kind: MessageKind!) {
    viewer { deletedMessages(first: $first, filter: { kinds: [$kind] }) { nodes {
        id
        editedMessage { text deletedMessage { id } }
        status { caption deletedMessage { id } }
        viewOnceMessage { outcome deletedMessage { id } }
    } } }
}";

/// The deleted messages of a kind, with their links.
async fn links(world: &World, account: AccountRef, kind: &str, first: i32) -> Vec<Value> {
    let mut data = world
        .ask(account, LINKS, json!({ "kind": kind, "first": first }))
        .await;
    match data["viewer"]["deletedMessages"]["nodes"].take() {
        Value::Array(nodes) => nodes,
        other => panic!("no list: {other}"),
    }
}

#[tokio::test]
async fn a_deleted_message_leads_to_what_else_is_kept_of_it_and_back() {
    let (world, account) = capturer().await;
    delete_one_of_each(&world, account, 1).await;

    let text = links(&world, account, "TEXT", 9).await.remove(0);
    let status = links(&world, account, "IMAGE", 9).await.remove(0);
    let once = links(&world, account, "VIEW_ONCE", 9).await.remove(0);

    let back = |node: &Value| json!({ "id": node["id"] });
    assert_eq!(
        text["editedMessage"],
        json!({ "text": "at nine", "deletedMessage": back(&text) })
    );
    assert_eq!(
        (&text["status"], &text["viewOnceMessage"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        status["status"],
        json!({ "caption": "sunny", "deletedMessage": back(&status) })
    );
    assert_eq!(
        once["viewOnceMessage"],
        json!({ "outcome": "NOT_DELIVERED", "deletedMessage": back(&once) })
    );
}

#[tokio::test]
async fn further_items_of_a_page_ask_the_database_no_further_questions() {
    let (world, account) = capturer().await;
    for number in 1..=8 {
        delete_one_of_each(&world, account, number).await;
    }
    let mut questions = Questions::count(&world).await;

    for kind in ["TEXT", "IMAGE", "VIEW_ONCE"] {
        assert_eq!(links(&world, account, kind, 1).await.len(), 1);
        let of_one = questions.take().await;
        assert_eq!(links(&world, account, kind, 8).await.len(), 8);
        let of_eight = questions.take().await;

        // A statement that finds nothing by an index does not ask, and more keys may be looked for without one: a few
        // questions differ. One more for each of the seven further items would be a query for each.
        assert!(of_one > 0);
        assert!(of_eight - of_one < 7, "{kind}: {of_one} and {of_eight}");
    }
}

#[tokio::test]
async fn kept_messages_of_every_type_are_asked_for_the_same_fields() {
    let (world, account) = capturer().await;
    delete_one_of_each(&world, account, 1).await;
    let lists = "{ viewer {
        deletedMessages(filter: { kinds: [IMAGE] }) { nodes { id } }
        editedMessages { nodes { id } }
        viewOnceMessages { nodes { id } }
    } }";
    let lists = world.ask(account, lists, json!({})).await;
    let id = |list: &str| lists["viewer"][list]["nodes"][0]["id"].clone();
    let ids = json!([
        id("deletedMessages"),
        id("editedMessages"),
        id("viewOnceMessages")
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on KeptMessage {
        __typename account { id } chat { kind } sender { phoneNumber } kind text media { kind } sentAt
    } } }";

    let nodes = world.ask(account, query, json!({ "ids": ids })).await;

    let kept = |name: &str, chat: &str, kind: &str, text: Value, media: Value| {
        json!({
            "__typename": name, "account": { "id": account.id.to_global() }, "chat": { "kind": chat },
            "sender": { "phoneNumber": "+49151001" }, "kind": kind, "text": text, "media": media,
            "sentAt": "2026-11-23T11:01:00+00:00",
        })
    };
    assert_eq!(
        nodes["nodes"],
        json!([
            kept(
                "DeletedMessage",
                "STATUS",
                "IMAGE",
                json!("sunny"),
                json!({ "kind": "IMAGE" })
            ),
            kept("EditedMessage", "DIRECT", "TEXT", json!("at nine"), Value::Null),
            kept("ViewOnceMessage", "DIRECT", "VIEW_ONCE", Value::Null, Value::Null),
        ])
    );
}

#[tokio::test]
async fn an_edited_picture_has_its_file_while_the_message_is_held() {
    let (world, account) = World::with_user("PREMIUM").await;
    let query = "{ viewer { editedMessages { nodes { text media { kind } deletedMessage { id } } } } }";
    world
        .receive(
            account,
            &[
                says(Chat::Direct(alice()), alice(), "M1", 0, picture("one")),
                alice_edits_at(1, "E1", "M1", "two"),
            ],
        )
        .await;

    let edited = world.ask(account, query, json!({})).await;

    assert_eq!(
        edited["viewer"]["editedMessages"]["nodes"],
        json!([{ "text": "two", "media": { "kind": "IMAGE" }, "deletedMessage": null }])
    );
}
