//! Automatic answers: rules through the pipeline with a clock that stands still, and the whole product from outside.

mod answering;
mod disappearing;
mod looping;
mod outside;
mod pausing;
mod premium;
mod reading;
mod settings;
mod yielding;

use amda::account::AccountRef;
use amda::db::schema::outbox;
use amda::event::{Chat, Content, Event, Outgoing, Person, SendOutcome};
use amda::plan::Plan;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use crate::support::graphql::{merged, nodes};
use crate::support::outbox::queued;
use crate::support::whatsapp::{arrives, message, owner, words};
use crate::support::world::World;

/// Somebody writes to the owner now.
fn asks(world: &World, sender: Person, wa_id: &str, text: &str) -> Event {
    says(world, sender, wa_id, words(text))
}

/// Somebody sends something to the owner now.
fn says(world: &World, sender: Person, wa_id: &str, content: Content) -> Event {
    let now = world.core.clock.now();
    arrives(message(Chat::Direct(sender.clone()), sender, wa_id, now, content))
}

/// The owner writes to somebody on the phone.
fn owner_says(to: Person, wa_id: &str, at: DateTime<Utc>, content: Content) -> Event {
    arrives(message(Chat::Direct(to), owner(), wa_id, at, content))
}

/// A world with one account of a user on `plan` that answers, with these settings beside.
async fn away(plan: &str, settings: Value) -> (World, AccountRef) {
    let (world, account) = World::with_user(plan).await;
    turn_on(&world, account, settings).await;
    (world, account)
}

/// Sets the mode to offline, with these settings beside.
async fn turn_on(world: &World, account: AccountRef, settings: Value) {
    let settings = merged(json!({ "mode": "OFFLINE", "offlineMessage": "away" }), &settings);
    let reply = update(world, account, account, settings).await;
    assert_eq!(reply["errors"], json!([]), "{reply}");
}

/// The payload of a change that `asker` makes to `account`.
async fn update(world: &World, asker: AccountRef, account: AccountRef, settings: Value) -> Value {
    let mutation =
        "mutation($input: UpdateAutoReplySettingsInput!) { updateAutoReplySettings(input: $input) {
        autoReplySettings {
            mode busyUntil offlineMessage busyMessage cooldownMinutes scope contacts { displayName }
            schedule { weekday from until }
        }
        account { id }
        errors { code path message }
    } }";
    let input = json!({ "accountId": account.id.to_global(), "settings": settings });
    let mut data = world.ask(asker, mutation, json!({ "input": input })).await;
    data["updateAutoReplySettings"].take()
}

/// What became of the answers, newest first.
async fn replies(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { autoReplies { edges { node {
        id mode text state skipReason failureWhatsappCode failureMessage timeline { stage occurredAt }
        contact { id phoneNumber }
    } } } } }";
    let data = world.ask(account, query, json!({})).await;
    nodes(&data["viewer"]["autoReplies"])
}

/// The states with their reasons, codes or causes, the oldest first.
async fn outcomes(world: &World, account: AccountRef) -> Vec<String> {
    let replies = replies(world, account).await;
    let told = replies.iter().rev().map(|reply| {
        let state = reply["state"].as_str().unwrap();
        let code = reply["failureWhatsappCode"].as_i64().map(|code| code.to_string());
        let text = |field: &str| reply[field].as_str().map(str::to_owned);
        let because = code
            .or_else(|| text("skipReason"))
            .or_else(|| text("failureMessage"));
        because.map_or_else(|| state.to_owned(), |because| format!("{state}: {because}"))
    });
    told.collect()
}

/// The words that wait in the outbox, the oldest first.
async fn said(world: &World, account: AccountRef) -> Vec<String> {
    let waiting = queued(world, account).await.into_iter();
    let texts = waiting.map(|queued| match queued.outgoing {
        Outgoing::Text { text, .. } => text,
        other => panic!("{other:?} is no answer"),
    });
    texts.collect()
}

/// The sender takes everything that waits in hand.
async fn claim_all(world: &World, account: AccountRef) {
    let mut work = world.core.begin(account.user).await.unwrap();
    diesel::update(outbox::table.filter(outbox::state.eq("QUEUED")))
        .set((outbox::attempts.eq(1), outbox::sent_at.eq(work.now)))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
}

/// Puts the user on another plan.
async fn put_on(world: &World, account: AccountRef, plan: Plan) {
    let mut work = world.core.begin(account.user).await.unwrap();
    amda::plan::set(&mut work, plan).await.unwrap();
    work.commit().await.unwrap();
}

/// The id of the contact with this number, who has written before.
async fn contact(world: &World, account: AccountRef, who: &Person) -> Value {
    let number = format!("+{}", who.phone_number.as_ref().unwrap());
    let replies = replies(world, account).await;
    let theirs = replies
        .iter()
        .find(|reply| reply["contact"]["phoneNumber"] == number);
    theirs.unwrap()["contact"]["id"].clone()
}

fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

/// A refusal of WhatsApp's.
fn refused(code: &str) -> SendOutcome {
    SendOutcome::Rejected {
        code: code.to_owned(),
    }
}
