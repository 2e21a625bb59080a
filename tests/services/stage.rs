//! A user to whom everything has happened that the screens show.

use std::collections::HashMap;

use serde_json::json;

use crate::support::app::{TestApp, TestPhone, TestUser};
use crate::support::websocket::{SOON, Socket};

/// The number of items in each list.
const ITEMS: usize = 20;

/// The kinds of the events that say that an item is complete.
const ENDS: [&str; 4] = [
    "STATUS_LIKED",
    "VIEW_ONCE_CAPTURED",
    "MESSAGE_DELETED",
    "EDITED_MESSAGE_CHANGED",
];

/// A Premium user with a phone and full lists.
pub(crate) async fn premium(app: &TestApp, email: &str, number: &str) -> (TestUser, TestPhone) {
    let (user, phone) = app.premium_with_phone(email, number).await;
    // Events are waited for, because asking again and again would use up the cost that the user may cause.
    let events = user.subscribe_from_now("events", "kind").await;
    let people = [
        phone.contact("5511800009001", "Bob").await,
        phone.contact("5511800009002", "Carol").await,
    ];
    for at in 0..ITEMS {
        let from = &people[at % people.len()];
        phone
            .happen(json!({"kind": "status", "from": from, "text": format!("status {at}")}))
            .await;
        phone
            .happen(json!({"kind": "viewOnce", "from": from, "media": "image"}))
            .await;
        let deleted = phone
            .happen(json!({"kind": "message", "from": from, "text": format!("regret {at}")}))
            .await;
        phone
            .happen(json!({"kind": "delete", "from": from, "messageId": deleted}))
            .await;
        let edited = phone
            .happen(json!({"kind": "message", "from": from, "text": format!("tpyo {at}")}))
            .await;
        phone
            .happen(json!({"kind": "edit", "from": from, "messageId": edited, "text": format!("typo {at}")}))
            .await;
    }
    schedule(app, &user, &phone).await;
    settle(events).await;
    (user, phone)
}

async fn schedule(app: &TestApp, user: &TestUser, phone: &TestPhone) {
    let now = app.app.services.core.clock.now();
    for day in 1..=5 {
        let input = json!({
            "accountId": phone.account,
            "publishAt": {"instant": now + chrono::TimeDelta::days(day)},
            "content": {"text": {"text": format!("in {day} days")}},
        });
        user.run(
            "mutation ($input: ScheduleStatusInput!) { scheduleStatus(input: $input) { errors { message } } }",
            json!({ "input": input }),
        )
        .await;
    }
}

/// Waits until the lists are full, every status is liked and every view-once message is kept.
async fn settle(mut events: Socket) {
    let mut missing: HashMap<&str, usize> = ENDS.into_iter().map(|kind| (kind, ITEMS)).collect();
    while missing.values().any(|&count| count > 0) {
        let event = events.next_event(SOON).await;
        let kind = event["events"]["kind"].as_str().unwrap();
        if let Some(count) = missing.get_mut(kind) {
            *count = count.saturating_sub(1);
        }
    }
}
