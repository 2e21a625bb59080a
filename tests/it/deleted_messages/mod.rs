//! Tests of deleted messages.

mod admins;
mod deletions;
mod edits;
mod holding;
mod lists;
mod mentions;
mod search;
mod settings;

use amda::account::AccountRef;
use serde_json::{Value, json};

use crate::support::world::World;

/// The deleted messages that match the filter, the latest deletion first.
async fn deleted(world: &World, account: AccountRef, filter: Value) -> Vec<Value> {
    let query =
        "query($filter: DeletedMessageFilter) { viewer { deletedMessages(filter: $filter) { edges { node {
        id outcome isRecovered lossReason isByAdmin kind text sentAt deletedAt versions { text writtenAt }
        chat { id kind } sender { id phoneNumber } deletedBy { phoneNumber }
    } } } } }";
    let data = world.ask(account, query, json!({ "filter": filter })).await;
    let edges = data["viewer"]["deletedMessages"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"].clone()).collect()
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["text"].as_str().unwrap_or("?"))
        .collect()
}

/// The payload of a change that `asker` makes to `account`.
async fn update(world: &World, asker: AccountRef, account: AccountRef, settings: Value) -> Value {
    let mutation = "mutation($input: UpdateDeletedMessageSettingsInput!) { updateDeletedMessageSettings(input: $input) {
        deletedMessageSettings { isEnabled includesGroups mediaBackup windowDays } errors { code path message }
    } }";
    let input = json!({ "accountId": account.id.to_global(), "settings": settings });
    let mut data = world.ask(asker, mutation, json!({ "input": input })).await;
    data["updateDeletedMessageSettings"].take()
}
