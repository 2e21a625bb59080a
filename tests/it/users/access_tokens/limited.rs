//! Tokens for some accounts: whatever is asked, nothing of another account is in the answer.

use std::collections::BTreeSet;

use amda::account::AccountRef;
use amda::db::AccountLimits;
use amda::event::{Chat, Content, Event};
use amda::notices::{self, NewNotice, NoticeKind};
use data_encoding::BASE64URL_NOPAD;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::Alice;
use crate::scheduled_statuses::steps::{add_upload, plan_text};
use crate::support::core::noon;
use crate::support::whatsapp::{alice, alice_deletes, alice_writes, arrives, message, says, words};
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// Every list and count of the viewer's.
const EVERYTHING: &str = "{ viewer {
    accounts(first: 100) { totalCount edges { node { id label
        contacts(first: 100) { totalCount edges { node { id displayName } } }
        chats(first: 100) { totalCount edges { node { id } } }
        gaps { totalCount } health { id } autoLikeSettings { id } autoLikeCounters { __typename } scheduledStatusCount
        viewOnceSettings { id } deletedMessageSettings { id } autoReplySettings { id } } } }
    statuses(first: 100) { totalCount edges { node { id text viewers { totalCount } } } }
    statusLikes(first: 100) { totalCount edges { node { id } } }
    viewOnceMessages(first: 100) { totalCount edges { node { id } } }
    deletedMessages(first: 100) { totalCount edges { node { id text sender { id } chat { id } } } }
    found: deletedMessages(filter: {search: \"hello\"}) { totalCount edges { node { id } } }
    editedMessages(first: 100) { totalCount edges { node { id versions { text } } } }
    autoReplies(first: 100) { totalCount edges { node { id } } }
    scheduledStatuses(first: 100) { totalCount edges { node { id } } }
    notifications(first: 100) { totalCount edges { node { id kind account { id } subject { id } } } }
    unreadNotificationCount
    today { counts { metric count } }
    analytics(range: {lastDays: 7}, bucket: DAY) { series { metric total } topContacts(by: MESSAGES_RECEIVED) { count } }
    events(first: 100) { totalCount edges { node { sequence kind account { id } } } }
} }";

/// Fills an account with one of each thing that is kept.
async fn fill(world: &World, account: AccountRef) {
    let edit = Content::Edit {
        target_wa_id: "M2".to_owned(),
        text: "good night".to_owned(),
    };
    let in_chat = |wa_id, content| says(Chat::Direct(alice()), alice(), wa_id, 0, content);
    let status = |wa_id, text| arrives(message(Chat::Status, alice(), wa_id, noon(), words(text)));
    let events: [Event; 7] = [
        alice_writes("M1", "hello"),
        alice_writes("M2", "good day"),
        alice_deletes("R1", "M1"),
        in_chat("E1", edit),
        in_chat("V1", Content::ViewOnce(None)),
        status("S1", "sunny"),
        status("S2", "rainy"),
    ];
    let turn_on = "mutation ($id: ID!) {
        updateAutoLikeSettings(input: {accountId: $id, settings: {isEnabled: true}}) { errors { message } }
        updateViewOnceSettings(input: {accountId: $id, settings: {isEnabled: true}, acknowledgesPrivacyNotice: true}) {
            errors { message } } }";
    let turned_on = world
        .ask(account, turn_on, json!({"id": account.id.to_global()}))
        .await;
    assert_eq!(turned_on["updateViewOnceSettings"]["errors"], json!([]));
    world.receive(account, &events).await;
    plan_text(world, account, 60).await;
    add_upload(world, account, "image/jpeg").await;
    let mut work = world.core.begin(account.user).await.unwrap();
    let notice = NewNotice {
        kind: NoticeKind::AccountNeedsAttention,
        account: Some(account.id),
        subject: None,
        details: json!({}),
        at: work.now,
    };
    notices::post(&mut work, &notice).await.unwrap();
    work.commit().await.unwrap();
}

/// Every id in an answer.
fn ids(answer: &Value) -> BTreeSet<String> {
    match answer {
        Value::Object(fields) => {
            let id = fields.get("id").and_then(Value::as_str).map(str::to_owned);
            fields.values().flat_map(ids).chain(id).collect()
        }
        Value::Array(items) => items.iter().flat_map(ids).collect(),
        _ => BTreeSet::new(),
    }
}

#[tokio::test]
async fn a_limited_token_sees_no_more_than_there_was_before_the_other_account() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], Some(&[alice.account])).await;
    fill(&alice.world, alice.account).await;
    let before = alice.ask_with(&token, EVERYTHING, json!({})).await;

    let other = alice.world.account(alice.account.user).await;
    fill(&alice.world, other).await;
    let after = alice.ask_with(&token, EVERYTHING, json!({})).await;

    assert_eq!(after, before);
    let own = ids(&before);
    assert!(own.len() > 16, "{own:?}");
    let all = ids(&alice.ask(EVERYTHING, json!({})).await);
    let others: Vec<&String> = all.difference(&own).collect();
    assert!(others.len() > 14, "{others:?}");
    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }";
    let found = alice.ask_with(&token, nodes, json!({ "ids": others })).await;
    let hidden = found["nodes"].as_array().unwrap();
    assert!(hidden.iter().all(Value::is_null), "{found}");
    let found = alice.ask(nodes, json!({ "ids": others })).await;
    let visible = found["nodes"].as_array().unwrap();
    assert!(visible.iter().all(Value::is_object), "{found}");
}

#[tokio::test]
async fn a_limited_token_hears_of_its_accounts_and_of_the_user_and_of_nothing_else() {
    let alice = Alice::register().await;
    let other = alice.world.account(alice.account.user).await;
    let (token, _) = alice.token(&["READ"], Some(&[alice.account])).await;
    fill(&alice.world, other).await;
    fill(&alice.world, alice.account).await;
    let newest = alice.world.events(alice.account).await.last().unwrap().sequence;

    let mut heard = alice.listen(&token, "events").await;
    let mut accounts = BTreeSet::new();
    let mut last = 0;
    while last < newest {
        let event = timeout(DEADLINE, heard.next()).await.unwrap().unwrap();
        assert!(event.errors.is_empty(), "{:?}", event.errors);
        let event = event.data.into_json().unwrap()["events"].take();
        assert_ne!(event["kind"], "ACCESS_TOKEN_CHANGED");
        accounts.insert(event["account"]["id"].as_str().map(str::to_owned));
        let sequence = event["sequence"].as_i64().unwrap();
        assert!(sequence > last, "{sequence} after {last}");
        last = sequence;
    }

    let own = alice.account.id.to_global();
    assert_eq!(accounts, BTreeSet::from([None, Some(own)]));
}

#[tokio::test]
async fn a_limited_token_acts_on_no_other_account_and_counts_against_the_limits_of_all() {
    let alice = Alice::register().await;
    let other = alice.world.account(alice.account.user).await;
    let (token, _) = alice
        .token(&["READ", "ACT", "MANAGE"], Some(&[alice.account]))
        .await;
    let planned = plan_text(&alice.world, other, 60).await;

    let rename =
        "mutation ($id: ID!) { renameAccount(input: {accountId: $id, label: \"Mine\"}) { errors { code } } }";
    let renamed = alice
        .ask_with(&token, rename, json!({"id": other.id.to_global()}))
        .await;
    let cancel =
        "mutation ($id: ID!) { cancelScheduledStatus(input: {scheduledStatusId: $id}) { errors { code } } }";
    let cancelled = alice.ask_with(&token, cancel, json!({ "id": planned })).await;
    let own = alice
        .ask_with(&token, rename, json!({"id": alice.account.id.to_global()}))
        .await;

    assert_eq!(renamed["renameAccount"]["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(
        cancelled["cancelScheduledStatus"]["errors"][0]["code"],
        "NOT_FOUND"
    );
    assert_eq!(own["renameAccount"]["errors"], json!([]));
}

#[tokio::test]
async fn a_plans_limit_counts_what_a_limited_token_does_not_see() {
    let alice = Alice::in_world(World::build().await).await;
    let (token, _) = alice.token(&["READ", "ACT"], Some(&[alice.account])).await;
    let other = alice.world.account(alice.account.user).await;
    let limit = alice
        .ask(
            "{ viewer { user { plan { entitlements { maxScheduledStatuses } } } } }",
            json!({}),
        )
        .await["viewer"]["user"]["plan"]["entitlements"]["maxScheduledStatuses"]
        .as_i64()
        .unwrap();
    for number in 0..limit {
        plan_text(&alice.world, other, 60 + number).await;
    }

    let schedule = "mutation ($input: ScheduleStatusInput!) { scheduleStatus(input: $input) {
        errors { code ... on LimitExceeded { used } } } }";
    let input = json!({
        "accountId": alice.account.id.to_global(),
        "content": {"text": {"text": "one more"}},
        "publishAt": {"instant": noon() + chrono::TimeDelta::hours(2)},
    });
    let refused = alice.ask_with(&token, schedule, json!({ "input": input })).await;

    assert_eq!(
        refused["scheduleStatus"]["errors"],
        json!([{"code": "LIMIT_EXCEEDED", "used": limit}])
    );
}

#[tokio::test]
async fn a_link_to_an_export_holds_the_accounts_of_the_token_that_asked_for_it() {
    let alice = Alice::register().await;
    let other = alice.world.account(alice.account.user).await;
    let (token, _) = alice.token(&["READ"], Some(&[alice.account])).await;

    let export =
        "mutation { exportAnalytics(input: {range: {lastDays: 7}, bucket: DAY}) { url errors { code } } }";
    let exported = alice.ask_with(&token, export, json!({})).await;

    let url: url::Url = exported["exportAnalytics"]["url"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let path = url.path_segments().unwrap().next_back().unwrap();
    let held = BASE64URL_NOPAD
        .decode(path.strip_prefix("analytics.").unwrap().as_bytes())
        .unwrap();
    let held = String::from_utf8(held).unwrap();
    assert!(held.contains(&alice.account.id.as_uuid().to_string()), "{held}");
    assert!(!held.contains(&other.id.as_uuid().to_string()), "{held}");
}

#[tokio::test]
async fn a_token_whose_only_account_was_removed_sees_none() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], Some(&[alice.account])).await;
    let other = alice.world.account(alice.account.user).await;
    fill(&alice.world, other).await;
    let remove = format!("DELETE FROM accounts WHERE id = '{}'", alice.account.id.as_uuid());
    diesel_async::SimpleAsyncConnection::batch_execute(&mut alice.world.everything().await, &remove)
        .await
        .unwrap();

    let seen = alice.ask_with(&token, EVERYTHING, json!({})).await;
    let listed = alice.ask(super::LIST, json!({})).await;

    assert_eq!(seen["viewer"]["accounts"]["totalCount"], 0);
    assert_eq!(seen["viewer"]["statuses"]["totalCount"], 0);
    let node = &listed["viewer"]["accessTokens"]["edges"][0]["node"];
    assert_eq!(node["accounts"], json!([]), "limited still, and not for all");
    assert_eq!(
        alice.verify(&token).await.grant.unwrap().limits,
        AccountLimits::to([alice.account.id])
    );
}
