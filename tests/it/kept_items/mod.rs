//! Tests of the deletion of kept items.

mod deleting;
mod links;
mod media;
mod refusals;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event};
use serde_json::{Value, json};

use crate::support::whatsapp::{alice, says};
use crate::support::world::World;

/// Alice edits her message.
fn alice_edits(wa_id: &str, target: &str, text: &str) -> Event {
    alice_edits_at(1, wa_id, target, text)
}

/// As [`alice_edits`], so many minutes after noon.
fn alice_edits_at(minutes: i64, wa_id: &str, target: &str, text: &str) -> Event {
    let edit = Content::Edit {
        target_wa_id: target.to_owned(),
        text: text.to_owned(),
    };
    says(Chat::Direct(alice()), alice(), wa_id, minutes, edit)
}

const DELETE: &str = "mutation($input: DeleteKeptItemsInput!) { deleteKeptItems(input: $input) {
    deletedIds errors { code message path }
} }";

/// The payload of `deleteKeptItems`.
async fn delete(world: &World, asker: AccountRef, ids: Value) -> Value {
    let mut data = world.ask(asker, DELETE, json!({ "input": { "ids": ids } })).await;
    data["deleteKeptItems"].take()
}

/// The ids and texts of the items in a list of the user.
async fn list(world: &World, account: AccountRef, list: &str) -> Vec<Value> {
    let query = format!("{{ viewer {{ {list} {{ nodes {{ id text }} }} }} }}");
    let mut data = world.ask(account, &query, json!({})).await;
    match data["viewer"][list]["nodes"].take() {
        Value::Array(nodes) => nodes,
        other => panic!("no list of {list}: {other}"),
    }
}
