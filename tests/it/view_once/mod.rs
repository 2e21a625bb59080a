//! Tests of view-once messages: their outcomes, the quota, and their view by clients.

mod capturing;
mod clients;
mod older_rows;
mod quota;
mod settings;
mod upgrading;

use amda::account::AccountRef;
use amda::event::{Chat, Content, Event, MediaReference, Person, QuotedViewOnce};
use serde_json::{Value, json};

use crate::support::core::noon;
use crate::support::fetcher::{Served, content, picture};
use crate::support::whatsapp::{alice, arrives, message, owner, words};
use crate::support::world::World;

/// Alice sends a view-once message with this content, or the placeholder that a linked device gets.
pub(crate) fn view_once(wa_id: &str, media: Option<MediaReference>) -> Event {
    let content = Content::ViewOnce(media.map(Box::new));
    arrives(message(Chat::Direct(alice()), alice(), wa_id, noon(), content))
}

/// The owner replies to Alice's message, which brings its content along.
fn reply_to(wa_id: &str, sender: Person, media: MediaReference) -> Event {
    let mut reply = message(
        Chat::Direct(alice()),
        owner(),
        &format!("RE-{wa_id}"),
        noon(),
        words("wow"),
    );
    let quoted = QuotedViewOnce {
        wa_id: wa_id.to_owned(),
        sender,
        media,
    };
    reply.quoted_view_once = Some(Box::new(quoted));
    arrives(reply)
}

/// A picture that WhatsApp serves at `path`.
fn served(world: &World, path: &str) -> MediaReference {
    let plain = content(100 + path.len());
    let reference = picture(path, &plain);
    world.fetcher.serve(path, Served::Content(plain));
    MediaReference {
        caption: Some("only for you".to_owned()),
        ..reference
    }
}

/// A user on `plan` whose account captures.
pub(crate) async fn capturer(world: &World, plan: &str) -> AccountRef {
    let account = world.user(plan).await;
    let payload = turn(world, account, account, true).await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    account
}

/// The payload of turning the capture of `account` on or off, by the user of `asker`.
async fn turn(world: &World, asker: AccountRef, account: AccountRef, is_enabled: bool) -> Value {
    let mutation = "mutation($input: UpdateViewOnceSettingsInput!) { updateViewOnceSettings(input: $input) {
        viewOnceSettings { isEnabled } account { id } errors { code message path }
    } }";
    let input = json!({
        "accountId": account.id.to_global(),
        "settings": { "isEnabled": is_enabled },
        "acknowledgesPrivacyNotice": is_enabled,
    });
    let mut data = world.ask(asker, mutation, json!({ "input": input })).await;
    data["updateViewOnceSettings"].take()
}

/// The user's view-once messages, newest first.
async fn messages(world: &World, account: AccountRef) -> Vec<Value> {
    filtered(world, account, json!({})).await
}

async fn filtered(world: &World, account: AccountRef, filter: Value) -> Vec<Value> {
    let query =
        "query($filter: ViewOnceMessageFilter) { viewer { viewOnceMessages(filter: $filter) { edges { node {
        id kind outcome failureReason failureMessage isCapturing text sentAt receivedAt capturedAt
        chat { kind } sender { phoneNumber }
        media { kind mimeType sizeBytes state url urlExpiresAt thumbnailDataUri }
    } } } } }";
    let mut data = world.ask(account, query, json!({ "filter": filter })).await;
    let edges = data["viewer"]["viewOnceMessages"]["edges"].take();
    edges
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"].clone())
        .collect()
}

/// The only view-once message.
async fn only(world: &World, account: AccountRef) -> Value {
    let mut messages = messages(world, account).await;
    assert_eq!(messages.len(), 1, "{messages:#?}");
    messages.remove(0)
}

/// The payload of `retryViewOnceCapture`.
async fn retry(world: &World, account: AccountRef, id: &Value) -> Value {
    let mutation = "mutation($input: RetryViewOnceCaptureInput!) { retryViewOnceCapture(input: $input) {
        viewOnceMessage { outcome isCapturing }
        errors { code message path ... on LimitExceeded { limit used resetsAt largerPlan } }
    } }";
    let mut data = world
        .ask(account, mutation, json!({ "input": { "viewOnceMessageId": id } }))
        .await;
    data["retryViewOnceCapture"].take()
}

/// Number of units of the month's quota that are spent.
async fn spent(world: &World, account: AccountRef) -> i32 {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let now = amda::clock::Clock::now(&*world.clock);
    let usage = amda::plan::usage(&mut tx, account.user, now).await.unwrap();
    tx.commit().await.unwrap();
    usage[0].used
}
