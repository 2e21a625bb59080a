//! What deleted messages said.

mod admins;
mod deletions;
mod edits;
mod holding;
mod lists;
mod search;
mod settings;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, Person};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::core::noon;
use crate::support::whatsapp::{alice, arrives, message, words};
use crate::support::world::World;

/// So many minutes after the beginning.
fn minute(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

/// Somebody sends something somewhere, after so many minutes.
fn says(chat: Chat, sender: Person, wa_id: &str, minutes: i64, content: Content) -> Event {
    arrives(message(chat, sender, wa_id, minute(minutes), content))
}

/// Alice writes to the owner.
fn alice_writes(wa_id: &str, text: &str) -> Event {
    says(Chat::Direct(alice()), alice(), wa_id, 0, words(text))
}

/// Alice deletes what she wrote to the owner, five minutes later.
fn alice_deletes(wa_id: &str, target: &str) -> Event {
    says(
        Chat::Direct(alice()),
        alice(),
        wa_id,
        5,
        crate::support::whatsapp::revoke(target),
    )
}

/// The deleted messages that the filter lets through, the latest deletion first.
async fn deleted(world: &World, account: AccountRef, filter: Value) -> Vec<Value> {
    let query =
        "query($filter: DeletedMessageFilter) { viewer { deletedMessages(filter: $filter) { edges { node {
        id outcome isRecovered loss isByAdmin kind text sentAt deletedAt versions { text writtenAt }
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
    let mutation = "mutation($input: UpdateDeletedMessagesInput!) { updateDeletedMessages(input: $input) {
        deletedMessages { isEnabled includeGroups mediaBackup windowDays } errors { code path message }
    } }";
    let mut input = settings;
    input["accountId"] = json!(account.id.to_global());
    let mut data = world.ask(asker, mutation, json!({ "input": input })).await;
    data["updateDeletedMessages"].take()
}
