use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use amda::clock::{Clock, SystemClock};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::text;
use crate::support::app::TestApp;
use crate::support::websocket::SOON;

const LIKES: &str = "statusLike { state emoji skipReason failureWhatsappCode status { text author { displayName } } timeline { stage } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contacts_status_is_liked_and_counts_only_when_whatsapp_took_it() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000010").await;
    let bob = phone.contact("5511800000010", "Bob").await;
    let mut likes = user.subscribe_from_now("statusLikeChanged", LIKES).await;

    let status = phone
        .happen(json!({"kind": "status", "from": bob, "text": "at the beach"}))
        .await;

    let mut outcomes = Vec::new();
    while outcomes.last().is_none_or(|outcome| outcome != "LIKED") {
        let like = likes.next_event(SOON).await;
        assert_eq!(
            text(&like, "/statusLikeChanged/statusLike/status/text"),
            "at the beach"
        );
        assert_eq!(text(&like, "/statusLikeChanged/statusLike/emoji"), "💚");
        outcomes.push(text(&like, "/statusLikeChanged/statusLike/state").to_owned());
    }
    let sent = app.simulator().sent(&phone.number).await.unwrap();
    let reaction = sent
        .iter()
        .find(|sent| sent.target_message_id.as_deref() == Some(&status))
        .unwrap();
    assert_eq!(
        (reaction.to.as_str(), reaction.text.as_deref()),
        ("status@broadcast", Some("💚"))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_with_its_hd_copy_and_moving_half_is_one_status_with_one_like() {
    const STATUSES: &str = "{ viewer { statuses(first: 9) { nodes { text caption kind } }
        statusLikes(first: 9) { nodes { state status { text } } } } }";
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000018").await;
    let bob = phone.contact("5511800000018", "Bob").await;
    let status = phone
        .happen(json!({"kind": "status", "from": bob, "text": "at the beach", "media": "image"}))
        .await;
    for part in ["hdImage", "motionPhoto"] {
        phone
            .happen(json!({"kind": "part", "from": bob, "messageId": status, "part": part}))
            .await;
    }

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "later"}))
        .await;

    let are_liked = |answer: &Value| answer.to_string().matches(r#""LIKED""#).count() == 2;
    let shown = user.until(STATUSES, json!({}), are_liked).await;
    assert_eq!(
        shown["viewer"]["statuses"]["nodes"],
        json!([
            {"text": "later", "caption": null, "kind": "TEXT"},
            {"text": null, "caption": "at the beach", "kind": "IMAGE"},
        ])
    );
    assert_eq!(
        shown["viewer"]["statusLikes"]["nodes"].as_array().unwrap().len(),
        2
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owners_reaction_on_the_phone_stays_also_when_it_is_taken_back() {
    let app = TestApp::start_delayed(Duration::from_secs(2)).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000015").await;
    let bob = phone.contact("5511800000015", "Bob").await;
    let mut likes = user.subscribe_from_now("statusLikeChanged", LIKES).await;

    for emojis in [&["🔥"][..], &["🔥", ""]] {
        let status = phone
            .happen(json!({"kind": "status", "from": bob, "text": "at the beach"}))
            .await;
        for emoji in emojis {
            let reaction =
                json!({"kind": "reaction", "from": phone.number, "messageId": status, "text": emoji});
            phone.happen(reaction).await;
        }
        let skipped = loop {
            let like = likes.next_event(SOON).await;
            if text(&like, "/statusLikeChanged/statusLike/state") != "QUEUED" {
                break like;
            }
        };

        assert_eq!(text(&skipped, "/statusLikeChanged/statusLike/state"), "SKIPPED");
        assert_eq!(
            text(&skipped, "/statusLikeChanged/statusLike/skipReason"),
            "ALREADY_REACTED"
        );
    }
    assert!(app.simulator().sent(&phone.number).await.unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_like_that_whatsapp_refuses_is_rejected_with_its_code() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000011").await;
    let bob = phone.contact("5511800000011", "Bob").await;
    let fault = serde_json::from_value(json!({"kind": "nackNext", "code": 479})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();
    let mut likes = user.subscribe_from_now("statusLikeChanged", LIKES).await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hello"}))
        .await;

    let rejected = loop {
        let like = likes.next_event(SOON).await;
        if text(&like, "/statusLikeChanged/statusLike/state") == "REJECTED" {
            break like;
        }
    };
    assert_eq!(
        rejected.pointer("/statusLikeChanged/statusLike/failureWhatsappCode"),
        Some(&json!(479))
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_means_wait_shows_in_the_health_of_the_account() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000013").await;
    let bob = phone.contact("5511800000013", "Bob").await;
    let fault = serde_json::from_value(json!({"kind": "nackNext", "code": 429})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();
    let health = "query ($id: ID!) { node(id: $id) { ... on Account { health {
        sendsPausedUntil sendsPausedReason sendsPausedMessage
    } } } }";
    let before = user.run(health, json!({"id": phone.account})).await;
    assert_eq!(
        before.pointer("/node/health"),
        Some(&json!({"sendsPausedUntil": null, "sendsPausedReason": null, "sendsPausedMessage": null}))
    );

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hello"}))
        .await;

    let paused = user
        .until(health, json!({"id": phone.account}), |answer| {
            answer
                .pointer("/node/health/sendsPausedUntil")
                .is_some_and(Value::is_string)
        })
        .await;
    assert!(
        text(&paused, "/node/health/sendsPausedMessage").contains("429"),
        "{paused}"
    );
    assert_eq!(
        text(&paused, "/node/health/sendsPausedReason"),
        "TOO_MANY_MESSAGES"
    );
    let notices = "{ viewer { notifications(first: 5) { nodes { kind body } } } }";
    let told = user
        .until(notices, json!({}), |answer| {
            answer.to_string().contains("SENDS_PAUSED")
        })
        .await;
    assert!(
        told.to_string().contains("too much in a short time (429)"),
        "{told}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_liked_before_the_user_turns_it_on() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let phone = app.link_phone(&user, "5511900000012").await;
    let bob = phone.contact("5511800000012", "Bob").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "hello"}))
        .await;

    let query = "{ viewer { statuses(first: 5) { nodes { text like { state } } } } }";
    let seen = user
        .until(query, json!({}), |answer| {
            answer.pointer("/viewer/statuses/nodes/0").is_some()
        })
        .await;
    assert_eq!(
        seen.pointer("/viewer/statuses/nodes/0"),
        Some(&json!({"text": "hello", "like": null}))
    );
    assert!(app.simulator().sent(&phone.number).await.unwrap().is_empty());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_of_somebody_muted_on_the_phone_is_skipped() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000013").await;
    let bob = phone.contact("5511800000013", "Bob").await;
    phone
        .happen(json!({"kind": "mute", "from": bob, "status": true}))
        .await;
    let muted = "query ($id: ID!) { node(id: $id) { ... on Account { contacts(first: 50) { nodes { isStatusMuted } } } } }";
    user.until(muted, json!({"id": phone.account}), |answer| {
        answer.to_string().contains("true")
    })
    .await;
    let mut likes = user.subscribe_from_now("statusLikeChanged", LIKES).await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "again me"}))
        .await;

    let skipped = likes.next_event(SOON).await;
    assert_eq!(text(&skipped, "/statusLikeChanged/statusLike/state"), "SKIPPED");
    assert_eq!(
        text(&skipped, "/statusLikeChanged/statusLike/skipReason"),
        "MUTED_CONTACT"
    );
    app.stop().await;
}

/// The machine's clock, which can be put forward.
#[derive(Debug, Default)]
struct ForwardClock {
    seconds: AtomicI64,
}

impl ForwardClock {
    fn ahead(&self) -> TimeDelta {
        TimeDelta::seconds(self.seconds.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Clock for ForwardClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.ahead()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        SystemClock.sleep_until(at - self.ahead()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_that_waited_for_more_than_an_hour_for_the_connection_is_skipped() {
    let clock = Arc::new(ForwardClock::default());
    let app = TestApp::start_by(Arc::<ForwardClock>::clone(&clock)).await;
    let (user, phone) = app.premium_with_phone("alice@example.org", "5511900000014").await;
    let bob = phone.contact("5511800000014", "Bob").await;
    let states = "subscription ($id: ID!) { linkProgress(accountId: $id) { state } }";
    let mut progress = user.subscribe(states, json!({"id": phone.account})).await;
    let fault = serde_json::from_value(json!({"kind": "replaced"})).unwrap();
    app.simulator().fail(&phone.number, fault).await.unwrap();
    while text(&progress.next_event(SOON).await, "/linkProgress/state") != "REPLACED" {}

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "long ago"}))
        .await;
    clock.seconds.store(2 * 60 * 60, Ordering::SeqCst);
    let user = app.log_in("alice@example.org").await;
    let mut likes = user.subscribe_from_now("statusLikeChanged", LIKES).await;
    let restart =
        "mutation ($input: RestartAccountInput!) { restartAccount(input: $input) { errors { message } } }";
    user.run(restart, json!({"input": {"accountId": phone.account}}))
        .await;

    let skipped = likes.next_event(SOON).await;
    assert_eq!(
        text(&skipped, "/statusLikeChanged/statusLike/status/text"),
        "long ago"
    );
    assert_eq!(text(&skipped, "/statusLikeChanged/statusLike/state"), "SKIPPED");
    assert_eq!(
        text(&skipped, "/statusLikeChanged/statusLike/skipReason"),
        "TOO_OLD"
    );
    assert!(app.simulator().sent(&phone.number).await.unwrap().is_empty());
    app.stop().await;
}
