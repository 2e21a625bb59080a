//! Tests of statuses and their likes.

mod counters;
mod emojis;
mod likes;
mod lists;
mod own;
mod recording;
mod renumbering;
mod settings;
mod yielding;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, Person};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::support::core::noon;
use crate::support::graphql::{merged, nodes};
use crate::support::whatsapp::{arrives, message, words};
use crate::support::world::World;

/// A contact posts a status now.
fn posts(author: Person, wa_id: &str, text: &str) -> Event {
    says(author, wa_id, noon(), words(text))
}

/// A contact sends a message to the chat of statuses.
fn says(author: Person, wa_id: &str, at: DateTime<Utc>, content: Content) -> Event {
    arrives(message(Chat::Status, author, wa_id, at, content))
}

/// Turns auto-like on, with these other settings.
async fn turn_on(world: &World, account: AccountRef, settings: Value) {
    let reply = update(
        world,
        account,
        account,
        merged(json!({ "isEnabled": true }), &settings),
    )
    .await;
    assert_eq!(reply["errors"], json!([]), "{reply}");
}

/// The payload of a change that `asker` makes to `account`.
async fn update(world: &World, asker: AccountRef, account: AccountRef, settings: Value) -> Value {
    let mutation = "mutation($input: UpdateAutoLikeSettingsInput!) { updateAutoLikeSettings(input: $input) {
        autoLikeSettings { id isEnabled emoji scope skipsMuted maxPerHour quietHours { from until } contacts { id displayName } }
        account { id }
        errors { code path message }
    } }";
    let input = json!({ "accountId": account.id.to_global(), "settings": settings });
    let mut data = world.ask(asker, mutation, json!({ "input": input })).await;
    data["updateAutoLikeSettings"].take()
}

/// The likes, newest first.
async fn likes(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { statusLikes { edges { node {
        id emoji state skipReason failureWhatsappCode failureMessage timeline { stage occurredAt } status { text author { phoneNumber } }
    } } } } }";
    let data = world.ask(account, query, json!({})).await;
    nodes(&data["viewer"]["statusLikes"])
}

/// The state of the only like, and the reason for skipping it.
async fn state(world: &World, account: AccountRef) -> (String, Option<String>) {
    let likes = likes(world, account).await;
    assert_eq!(likes.len(), 1, "{likes:#?}");
    let text = |field: &str| likes[0][field].as_str().map(str::to_owned);
    (text("state").unwrap(), text("skipReason"))
}
