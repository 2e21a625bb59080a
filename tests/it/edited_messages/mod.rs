//! Tests of edited messages.

mod editing;
mod lists;
mod overtaking;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, Person};
use serde_json::{Value, json};

use crate::support::whatsapp::{alice, says};
use crate::support::world::World;

/// A contact edits the message `target` in a chat, after this number of minutes.
fn edits(chat: Chat, editor: Person, wa_id: &str, minutes: i64, target: &str, text: &str) -> Event {
    let edit = Content::Edit {
        target_wa_id: target.to_owned(),
        text: text.to_owned(),
    };
    says(chat, editor, wa_id, minutes, edit)
}

/// Alice edits her message to the owner.
fn alice_edits(wa_id: &str, minutes: i64, target: &str, text: &str) -> Event {
    edits(Chat::Direct(alice()), alice(), wa_id, minutes, target, text)
}

/// The edited messages that match the filter, the latest edit first.
async fn edited(world: &World, account: AccountRef, filter: Value) -> Vec<Value> {
    let query =
        "query($filter: EditedMessageFilter) { viewer { editedMessages(filter: $filter) { edges { node {
        id kind text sentAt firstEditedAt lastEditedAt versions { text writtenAt }
        chat { id kind } sender { id phoneNumber }
    } } } } }";
    let data = world.ask(account, query, json!({ "filter": filter })).await;
    let edges = data["viewer"]["editedMessages"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"].clone()).collect()
}

/// The versions of an item, the oldest first.
fn wordings(message: &Value) -> Vec<&str> {
    let versions = message["versions"].as_array().unwrap();
    versions
        .iter()
        .map(|version| version["text"].as_str().unwrap())
        .collect()
}
