use amda::account::AccountRef;
use amda::db::schema::{jobs, logins, push_subscriptions};
use amda::egress::Timeouts;
use amda::notices::NoticeKind;
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use ring::hkdf;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use tokio::time::timeout;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint as _;
use web_push_native::p256::{PublicKey, SecretKey, ecdh};

use super::{listed, post, switch};
use crate::support::core::noon;
use crate::support::receiver::{Answer, Heard, Receiver};
use crate::support::websocket::SOON;
use crate::support::world::World;

/// A browser: the keys that it made, and its push service.
pub(super) struct Browser {
    secret: SecretKey,
    auth: [u8; 16],
    pub(super) service: Receiver,
}

impl Browser {
    pub(super) async fn open() -> Self {
        Self {
            secret: SecretKey::from_slice(&[7; 32]).unwrap(),
            auth: [9; 16],
            service: Receiver::start().await,
        }
    }

    fn public_key(&self) -> Vec<u8> {
        self.secret
            .public_key()
            .to_encoded_point(false)
            .as_bytes()
            .to_vec()
    }

    pub(super) fn subscription(&self) -> Value {
        json!({
            "endpoint": self.service.url(),
            "keys": {
                "p256dh": BASE64URL_NOPAD.encode(&self.public_key()),
                "auth": BASE64URL_NOPAD.encode(&self.auth),
            },
            "userAgent": "Firefox on the laptop",
        })
    }

    /// What the browser reads of a push, by RFC 8291 and RFC 8188.
    pub(super) fn read(&self, push: &Heard) -> Value {
        let length = usize::from(push.body[20]);
        let theirs = &push.body[21..21 + length];
        let shared = ecdh::diffie_hellman(
            self.secret.to_nonzero_scalar(),
            PublicKey::from_sec1_bytes(theirs).unwrap().as_affine(),
        );
        let info = [b"WebPush: info\0", &self.public_key()[..], theirs].concat();
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &self.auth);
        let mut ikm = [0; 32];
        salt.extract(shared.raw_secret_bytes())
            .expand(&[&info], hkdf::HKDF_SHA256)
            .unwrap()
            .fill(&mut ikm)
            .unwrap();
        let plain = ece_native::decrypt(ikm, push.body.to_vec()).unwrap();
        serde_json::from_slice(&plain).unwrap()
    }
}

/// The claims of a push's signature, which must be right for `public_key`.
pub(super) fn claims(push: &Heard, public_key: &str) -> Value {
    let credentials = push.header("authorization").strip_prefix("vapid t=").unwrap();
    let (token, key) = credentials.split_once(", k=").unwrap();
    assert_eq!(key, public_key);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key))
        .verify(signed.as_bytes(), &decode(signature))
        .unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header, json!({ "typ": "JWT", "alg": "ES256" }));
    serde_json::from_slice(&decode(claims)).unwrap()
}

/// A user with the session from which operations come in a world.
async fn user(world: &World) -> AccountRef {
    let account = world.user("FREE").await;
    let mut conn = world.everything().await;
    diesel::insert_into(logins::table)
        .values((
            logins::id.eq(account.user.as_uuid()),
            logins::user_id.eq(account.user),
            logins::created_at.eq(noon()),
            logins::last_used_at.eq(noon()),
            logins::expires_at.eq(noon() + TimeDelta::days(30)),
        ))
        .execute(&mut conn)
        .await
        .unwrap();
    account
}

async fn add(world: &World, account: AccountRef, input: Value) -> Value {
    let mutation = "mutation($input: AddPushSubscriptionInput!) { addPushSubscription(input: $input) {
        pushSubscription { id service userAgent isCurrent pushedAt } errors { code path message }
    } }";
    let mut data = world.ask(account, mutation, json!({ "input": input })).await;
    data["addPushSubscription"].take()
}

async fn browsers(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { pushSubscriptions { id service userAgent isCurrent pushedAt } } }";
    let data = world.ask(account, query, json!({})).await;
    data["viewer"]["pushSubscriptions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_push_can_be_read_by_its_browser_alone_and_is_signed_by_us() {
    let (world, mut browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    let added = add(&world, account, browser.subscription()).await;
    assert_eq!(added["errors"], json!([]));
    let _consuming = world.consume_events();

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = world.run("notifications.push");
    let push = browser.service.next().await;
    worker.stop().await;

    let told = browser.read(&push);
    assert_eq!(told["kind"], "SCHEDULED_STATUS_MISSED");
    assert_eq!(told["title"], "A scheduled status was missed");
    assert_eq!(told["body"], json!(null), "nobody chose to see details");
    assert_eq!(push.header("content-encoding"), "aes128gcm");
    assert_eq!((push.header("ttl"), push.header("urgency")), ("86400", "normal"));
    let query = "{ viewer { pushPublicKey } }";
    let key = world.ask(account, query, json!({})).await["viewer"]["pushPublicKey"].take();
    let claims = claims(&push, key.as_str().unwrap());
    assert_eq!(claims["aud"], format!("http://{}", browser.service.address));
    assert_eq!(claims["sub"], "mailto:amda@amda.example");
    let expires = claims["exp"].as_i64().unwrap() - noon().timestamp();
    assert!((1..=24 * 3600).contains(&expires), "{expires}");
    let list = browsers(&world, account).await;
    assert_eq!(list[0]["pushedAt"], "2026-11-23T11:00:00+00:00");
}

#[tokio::test]
async fn details_are_pushed_to_whoever_chose_so_and_left_out_when_they_are_too_long() {
    let (world, mut browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    add(&world, account, browser.subscription()).await;
    let mutation = "mutation { updateNotificationSettings(input: { showsPushDetails: true }) {
        notificationSettings { showsPushDetails } errors { message } } }";
    let changed = world.ask(account, mutation, json!({})).await;
    assert_eq!(
        changed["updateNotificationSettings"]["notificationSettings"]["showsPushDetails"],
        true
    );
    let _consuming = world.consume_events();
    browser.service.answer([Answer::Status(413)]);

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = world.run("notifications.push");
    let (long, short) = (browser.service.next().await, browser.service.next().await);
    worker.stop().await;

    let body = browser.read(&long)["body"].clone();
    assert!(
        body.as_str()
            .unwrap()
            .contains("passed while the account was offline"),
        "{body}"
    );
    assert_eq!(browser.read(&short)["body"], json!(null));
    assert!(browser.service.drain().is_empty());
}

#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten() {
    for gone in [404, 410] {
        let (world, mut browser) = (World::build().await, Browser::open().await);
        let account = user(&world).await;
        add(&world, account, browser.subscription()).await;
        let _consuming = world.consume_events();
        browser.service.answer_all(Answer::Status(gone));

        post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
        let worker = world.run("notifications.push");
        browser.service.next().await;
        worker.stop().await;

        assert!(browsers(&world, account).await.is_empty(), "{gone}");
    }
}

/// When the only job is tried next, in seconds from the beginning; none when there is none.
async fn tried_next(world: &World) -> Option<i64> {
    let at: Option<DateTime<Utc>> = jobs::table
        .filter(jobs::kind.eq("notifications.push"))
        .select(jobs::run_at)
        .first(&mut world.everything().await)
        .await
        .optional()
        .unwrap();
    at.map(|at| (at - noon()).num_seconds())
}

#[tokio::test]
async fn a_push_service_that_does_not_answer_holds_up_neither_the_rest_nor_other_users() {
    let patient = Timeouts {
        connect: SOON,
        total: 4 * SOON,
    };
    let world = World::with(|choices| choices.timeouts = patient).await;
    let (mut slow, mut quick) = (Browser::open().await, Browser::open().await);
    slow.service.answer_all(Answer::Never);
    let (alice, bob) = (user(&world).await, user(&world).await);
    add(&world, alice, slow.subscription()).await;
    add(&world, bob, quick.subscription()).await;
    let _consuming = world.consume_events();
    // One more than one user may have at once.
    for seconds in 0..5 {
        post(&world, alice, NoticeKind::ScheduledStatusFailed, seconds).await;
    }
    let _worker = world.run("notifications.push");
    for _ in 0..4 {
        slow.service.next().await;
    }

    post(&world, bob, NoticeKind::ScheduledStatusFailed, 0).await;
    quick.service.next().await;

    assert!(slow.service.drain().is_empty(), "the fifth waits for its turn");
}

#[tokio::test]
async fn a_busy_push_service_is_asked_again_when_it_says() {
    for (answer, when) in [
        (Answer::With(429, "retry-after", "120".to_owned()), 120..=120),
        (Answer::With(503, "retry-after", "7200".to_owned()), 7200..=7200),
        (Answer::Status(429), 60..=60),
        (Answer::Status(500), 2..=5),
    ] {
        let (world, mut browser) = (World::build().await, Browser::open().await);
        let account = user(&world).await;
        add(&world, account, browser.subscription()).await;
        let _consuming = world.consume_events();
        browser.service.answer([answer.clone()]);

        post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
        let worker = world.run("notifications.push");
        let first = browser.service.next().await;
        worker.stop().await;
        let next = tried_next(&world).await.unwrap();
        assert!(when.contains(&next), "{answer:?}: {next}");

        world.clock.advance(TimeDelta::seconds(next + 1));
        let worker = world.run("notifications.push");
        let second = browser.service.next().await;
        worker.stop().await;
        assert_eq!(browser.read(&first), browser.read(&second));
    }
}

#[tokio::test]
async fn what_a_push_service_refuses_is_given_up_and_forgotten() {
    let (world, mut browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    add(&world, account, browser.subscription()).await;
    let _consuming = world.consume_events();
    browser.service.answer_all(Answer::Status(403));

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = world.run("notifications.push");
    browser.service.next().await;
    worker.stop().await;

    assert_eq!(tried_next(&world).await, None);
    assert_eq!(browsers(&world, account).await.len(), 1, "it may be our mistake");
}

#[tokio::test]
async fn what_a_push_service_never_took_is_forgotten_after_the_last_try() {
    let (world, mut browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    add(&world, account, browser.subscription()).await;
    let _consuming = world.consume_events();
    browser.service.answer_all(Answer::Status(500));
    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = world.run("notifications.push");
    browser.service.next().await;
    worker.stop().await;
    diesel::update(jobs::table)
        .set(jobs::attempts.eq(jobs::max_attempts - 1))
        .execute(&mut world.everything().await)
        .await
        .unwrap();

    world.clock.advance(TimeDelta::minutes(1));
    let worker = world.run("notifications.push");
    browser.service.next().await;
    worker.stop().await;

    assert_eq!(tried_next(&world).await, None);
}

#[tokio::test]
async fn nothing_is_pushed_that_was_read_turned_off_or_is_a_day_old() {
    let (world, mut browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    add(&world, account, browser.subscription()).await;
    let _consuming = world.consume_events();
    let off = json!([{"kind": "SCHEDULED_STATUS_FAILED", "channel": "PUSH", "isEnabled": false}]);
    switch(&world, account, off).await;
    post(&world, account, NoticeKind::ScheduledStatusFailed, 0).await;
    post(&world, account, NoticeKind::WebhookDisabled, -86_400).await;
    post(&world, account, NoticeKind::StorageFull, 1).await;
    // It is on its way when it is read.
    let on_its_way = async { while tried_next(&world).await.is_none() {} };
    timeout(SOON, on_its_way).await.expect("in time");
    let page = listed(&world, account, json!({})).await;
    let newest = &page["edges"][0]["node"];
    assert_eq!(newest["kind"], "STORAGE_FULL");
    let read = "mutation($id: ID!) { markNotificationsRead(input: { ids: [$id] }) { markedCount } }";
    let marked = world.ask(account, read, json!({ "id": newest["id"] })).await;
    assert_eq!(marked["markNotificationsRead"]["markedCount"], 1);

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    let worker = world.run("notifications.push");
    let push = browser.service.next().await;
    worker.stop().await;

    assert_eq!(browser.read(&push)["kind"], "SCHEDULED_STATUS_MISSED");
    assert!(browser.service.drain().is_empty());
    assert_eq!(tried_next(&world).await, None);
}

#[tokio::test]
async fn a_browser_is_told_no_more_when_its_session_ends() {
    let (world, mut browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    let other = user(&world).await;
    add(&world, account, browser.subscription()).await;
    add(&world, other, browser.subscription()).await;
    let _consuming = world.consume_events();
    diesel::update(logins::table.find(account.user.as_uuid()))
        .set(logins::revoked_at.eq(noon()))
        .execute(&mut world.everything().await)
        .await
        .unwrap();

    post(&world, account, NoticeKind::ScheduledStatusMissed, 0).await;
    super::next(super::heard(&world, account).await).await;
    post(&world, other, NoticeKind::ScheduledStatusFailed, 0).await;
    let worker = world.run("notifications.push");
    let push = browser.service.next().await;
    worker.stop().await;

    assert_eq!(browser.read(&push)["kind"], "SCHEDULED_STATUS_FAILED");
    assert!(browser.service.drain().is_empty());
    assert!(browsers(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_session_that_ran_out_has_ended_too() {
    let (world, browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;
    add(&world, account, browser.subscription()).await;

    world.clock.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
    assert_eq!(browsers(&world, account).await.len(), 1);
    world.clock.advance(TimeDelta::seconds(1));

    assert!(browsers(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_browser_that_subscribes_again_is_the_same_one_and_is_kept_sealed() {
    let (world, browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;

    let first = add(&world, account, browser.subscription()).await;
    let mut renamed = browser.subscription();
    renamed["userAgent"] = json!("Firefox, renewed");
    let second = add(&world, account, renamed).await;

    assert_eq!(first["pushSubscription"]["id"], second["pushSubscription"]["id"]);
    let list = browsers(&world, account).await;
    assert_eq!(list, [second["pushSubscription"].clone()]);
    assert_eq!(list[0]["service"], "127.0.0.1");
    assert_eq!(
        (&list[0]["userAgent"], &list[0]["isCurrent"]),
        (&json!("Firefox, renewed"), &json!(true))
    );
    let kept: Vec<u8> = push_subscriptions::table
        .select(push_subscriptions::target)
        .first(&mut world.everything().await)
        .await
        .unwrap();
    let endpoint = browser.service.url();
    assert!(
        !kept
            .windows(endpoint.len())
            .any(|bytes| bytes == endpoint.as_bytes())
    );
}

#[tokio::test]
async fn a_browser_is_forgotten_by_its_id_or_by_its_address() {
    let (world, browser) = (World::build().await, Browser::open().await);
    let (account, other) = (user(&world).await, user(&world).await);
    let mutation = "mutation($input: RemovePushSubscriptionInput!) { removePushSubscription(input: $input) {
        pushSubscription { id } errors { code path } } }";
    let id = add(&world, account, browser.subscription()).await["pushSubscription"]["id"].take();

    for wrong in [
        json!({ "pushSubscriptionId": id }),
        json!({ "endpoint": browser.service.url() }),
    ] {
        let theirs = world.ask(other, mutation, json!({ "input": wrong })).await;
        assert_eq!(
            theirs["removePushSubscription"]["errors"][0]["code"], "NOT_FOUND",
            "{wrong}"
        );
    }
    for wrong in [
        json!({}),
        json!({ "pushSubscriptionId": id, "endpoint": "https://x.example" }),
    ] {
        let refused = world.respond(account, mutation, json!({ "input": wrong })).await;
        assert_eq!(refused.errors.len(), 1, "{wrong}");
    }
    let of_another_type = json!({ "input": { "pushSubscriptionId": account.id.to_global() } });
    let refused = world.ask(account, mutation, of_another_type).await;
    assert_eq!(
        refused["removePushSubscription"]["errors"][0],
        json!({ "code": "NOT_FOUND", "path": ["pushSubscriptionId"] })
    );
    let by_address = json!({ "input": { "endpoint": browser.service.url() } });
    let gone = world.ask(account, mutation, by_address).await;
    assert_eq!(gone["removePushSubscription"]["pushSubscription"]["id"], id);
    let id = add(&world, account, browser.subscription()).await["pushSubscription"]["id"].take();
    let gone = world
        .ask(
            account,
            mutation,
            json!({ "input": { "pushSubscriptionId": id } }),
        )
        .await;
    assert_eq!(gone["removePushSubscription"]["pushSubscription"]["id"], id);
    assert!(browsers(&world, account).await.is_empty());
}

#[tokio::test]
async fn a_push_subscription_is_a_node_of_its_user_while_its_session_lasts() {
    let (world, browser) = (World::build().await, Browser::open().await);
    let (account, other) = (user(&world).await, user(&world).await);
    let id = add(&world, account, browser.subscription()).await["pushSubscription"]["id"].take();
    let document = "query($id: ID!) { node(id: $id) { id ... on PushSubscription { userAgent } } }";
    let node = async |asker| world.ask(asker, document, json!({ "id": id })).await["node"].take();

    assert_eq!(
        node(account).await,
        json!({ "id": id, "userAgent": "Firefox on the laptop" })
    );
    assert_eq!(node(other).await, json!(null));
    world.clock.advance(TimeDelta::days(30));

    assert_eq!(node(account).await, json!(null));
}

#[tokio::test]
async fn a_wrong_browser_is_refused_and_says_what_would_be_right() {
    let (world, browser) = (World::build().await, Browser::open().await);
    let account = user(&world).await;

    for (field, wrong) in [
        ("endpoint", "nonsense"),
        ("endpoint", "http://push.example/abc"),
        ("endpoint", "https://192.168.0.1/abc"),
        ("endpoint", "https://169.254.169.254/latest"),
        ("endpoint", "https://user:pass@push.example/abc"),
    ] {
        let mut input = browser.subscription();
        input[field] = json!(wrong);
        let refused = add(&world, account, input).await;
        assert_eq!(refused["errors"][0]["code"], "INVALID_INPUT", "{wrong}");
        assert_eq!(refused["errors"][0]["path"], json!([field]), "{wrong}");
        assert_eq!(refused["pushSubscription"], json!(null), "{wrong}");
    }
    let all_wrong = json!({ "endpoint": "nonsense", "keys": { "p256dh": "AAAA", "auth": "AAAA" } });
    let refused = add(&world, account, all_wrong).await;
    let paths: Vec<_> = (0..3)
        .map(|index| refused["errors"][index]["path"].clone())
        .collect();
    assert_eq!(
        paths,
        [
            json!(["endpoint"]),
            json!(["keys", "p256dh"]),
            json!(["keys", "auth"])
        ]
    );
    for number in 0..20 {
        let mut input = browser.subscription();
        input["endpoint"] = json!(format!("https://push.example/{number}"));
        assert_eq!(add(&world, account, input).await["errors"], json!([]));
    }
    let full = add(&world, account, browser.subscription()).await;
    assert_eq!(full["errors"][0]["code"], "LIMIT_EXCEEDED");
    let message = full["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("subscribed browsers is 20, and 20 are in use"),
        "{message}"
    );
    assert_eq!(
        world.services.push.browsers(account.user).await.unwrap().len(),
        20
    );
}
