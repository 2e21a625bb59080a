//! Webhooks: who is let in, what is kept, and that nothing depends on how they come.

use amda::stripe_simulator::{Action, ReleaseOrder, WebhookFault};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::steps::{GOOD, SECRET, Shop};
use crate::support::http;

const OF_EVENTS: &str = "SELECT count(*) FROM billing_events";

/// An event of Stripe's that says of itself what it likes, signed with `secret` now.
fn signed(shop: &Shop, event: &Value, secret: &str) -> (Vec<u8>, String) {
    signed_at(event, secret, shop.stripe.now())
}

fn signed_at(event: &Value, secret: &str, at: i64) -> (Vec<u8>, String) {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let body = event.to_string();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let signature = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    (body.into_bytes(), format!("t={at},v1={signature}"))
}

fn an_event(kind: &str, object: &Value) -> Value {
    json!({
        "id": format!("evt_{kind}"), "object": "event", "type": kind, "created": 1_800_014_400,
        "api_version": "2026-09-30.endive", "livemode": false, "data": {"object": object},
    })
}

#[tokio::test]
async fn what_stripe_did_not_sign_is_refused_without_a_word_and_leaves_nothing() {
    let shop = Shop::open().await;
    let event = an_event("customer.created", &json!({"object": "customer", "id": "cus_1"}));
    let (body, good) = signed(&shop, &event, SECRET);
    let now = shop.stripe.now();
    let forged = [
        (body.clone(), String::new()),
        (body.clone(), "nonsense".to_owned()),
        signed(&shop, &event, "whsec_other"),
        signed_at(&event, SECRET, now - 301),
        signed_at(&event, SECRET, now + 301),
        (body[..body.len() - 1].to_vec(), good.clone()),
        ([body.clone(), b" ".to_vec()].concat(), good.clone()),
    ];

    for (body, signature) in forged {
        assert_eq!(
            shop.deliver(body, &signature).await,
            StatusCode::BAD_REQUEST,
            "{signature}"
        );
    }
    let unsigned = http::client()
        .post(shop.webhook_url())
        .body(body.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), StatusCode::BAD_REQUEST);
    assert_eq!(unsigned.text().await.unwrap(), "");

    assert_eq!(shop.count(OF_EVENTS).await, 0);
    assert_eq!(shop.deliver(body, &good).await, StatusCode::OK);
}

#[tokio::test]
async fn each_secret_will_do_while_they_are_rolled_over() {
    let shop = Shop::open().await;

    for (number, secret) in [SECRET, "whsec_former"].into_iter().enumerate() {
        let kind = format!("number.{number}");
        let event = an_event(&kind, &json!({"object": "thing"}));
        let (body, signature) = signed(&shop, &event, secret);
        assert_eq!(shop.deliver(body, &signature).await, StatusCode::OK);
    }

    assert_eq!(shop.count(OF_EVENTS).await, 2);
}

#[tokio::test]
async fn what_is_too_large_or_signed_nonsense_is_refused() {
    let shop = Shop::open().await;
    let large = an_event("large", &json!({"text": "x".repeat(300 << 10)}));
    let (body, signature) = signed(&shop, &large, SECRET);
    assert_eq!(
        shop.deliver(body, &signature).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );

    for nonsense in [
        json!([]),
        json!({}),
        json!({"id": 7}),
        json!("evt_1"),
        json!(null),
    ] {
        let (body, signature) = signed(&shop, &nonsense, SECRET);
        assert_eq!(
            shop.deliver(body, &signature).await,
            StatusCode::BAD_REQUEST,
            "{nonsense}"
        );
    }

    assert_eq!(shop.count(OF_EVENTS).await, 0);
}

#[tokio::test]
async fn an_event_that_is_not_known_is_kept_and_changes_nothing() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let object = json!({
        "object": "brand_new", "id": "new_1", "customer": buyer.customer(), "status": "never_seen", "nested": [{}],
    });
    let (body, signature) = signed(&shop, &an_event("brand.new", &object), SECRET);

    let taken = shop.deliver(body, &signature).await;
    shop.settle().await;

    assert_eq!(taken, StatusCode::OK);
    assert_eq!(buyer.plan().await, "PREMIUM");
    let kept = "SELECT count(*) FROM billing_events WHERE kind = 'brand.new' AND state = 'DONE'";
    assert_eq!(shop.count(kept).await, 1);
}

#[tokio::test]
async fn what_a_webhook_says_of_a_subscription_is_not_believed() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    buyer.start_checkout("MONTHLY").await;
    let object = json!({
        "object": "subscription", "id": "sub_1", "customer": buyer.customer(), "status": "active",
        "items": {"data": [{"price": {"id": shop.monthly}, "current_period_end": 1_900_000_000}]},
    });
    let (body, signature) = signed(&shop, &an_event("customer.subscription.created", &object), SECRET);

    assert_eq!(shop.deliver(body, &signature).await, StatusCode::OK);
    shop.settle().await;

    assert_eq!(buyer.plan().await, "FREE");
    assert_eq!(buyer.shown().await["subscription"], json!(null));
}

#[tokio::test]
async fn webhooks_that_come_twice_backwards_and_again_later_change_nothing() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    shop.act(Action::FailWebhooks {
        fault: WebhookFault::Duplicate,
        count: 100,
    });
    shop.act(Action::HoldWebhooks);
    buyer.buy("MONTHLY", GOOD).await;
    let events: Vec<String> = shop
        .stripe
        .deliveries()
        .iter()
        .map(|it| it.event.clone())
        .collect();
    assert!(events.len() > 6, "{events:?}");

    shop.act(Action::ReleaseWebhooks {
        order: ReleaseOrder::Reversed,
    });
    shop.settle().await;
    let shown = buyer.shown().await;
    for event in events {
        shop.act(Action::ResendWebhook { event });
    }
    shop.settle().await;

    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(buyer.shown().await, shown);
    assert_eq!(buyer.notices().await, [""; 0]);
}

#[tokio::test]
async fn a_replayed_event_of_former_days_does_not_bring_premium_back() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let paid: Vec<String> = shop
        .stripe
        .deliveries()
        .iter()
        .map(|it| it.event.clone())
        .collect();
    shop.call(
        "DELETE",
        &format!("/v1/subscriptions/{}", buyer.subscription().id),
        "",
    );
    shop.settle().await;
    assert_eq!(buyer.plan().await, "FREE");

    for event in paid {
        shop.act(Action::ResendWebhook { event });
    }
    shop.settle().await;

    assert_eq!(buyer.plan().await, "FREE");
}

#[tokio::test]
async fn a_webhook_of_a_customer_who_is_not_stored_yet_waits_for_them() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let form = format!("email=ana@example.org&metadata[amda_user]={}", buyer.user);
    let customer = shop.call("POST", "/v1/customers", &form);
    let customer = customer["id"].as_str().unwrap();
    shop.settle().await;
    let waiting = "SELECT count(*) FROM billing_events WHERE state = 'WAITING'";
    assert_eq!(shop.count(waiting).await, 1);

    let row = format!(
        "WITH made AS (INSERT INTO billing_customers (user_id, attempt_id, stripe_id, created_at)
            VALUES ('{user}', '{user}', '{customer}', now()) RETURNING 1) SELECT count(*) FROM made",
        user = buyer.user.as_uuid(),
    );
    shop.count(&row).await;
    shop.pass(60).await;

    assert_eq!(shop.count(waiting).await, 0);
}

#[tokio::test]
async fn a_webhook_of_nobody_known_is_given_up_after_a_day() {
    let shop = Shop::open().await;
    shop.call("POST", "/v1/customers", "email=stranger@example.org");
    shop.settle().await;

    for _ in 0..30 {
        shop.pass(3_600).await;
    }

    let orphaned = "SELECT count(*) FROM billing_events WHERE state = 'ORPHANED'";
    assert_eq!(shop.count(orphaned).await, 1);
    assert_eq!(
        shop.count("SELECT count(*) FROM jobs WHERE kind = 'billing.event'")
            .await,
        0
    );
}

#[tokio::test]
async fn nothing_that_a_webhook_says_of_a_person_is_kept() {
    let shop = Shop::open().await;
    shop.subscriber("ana@example.org", GOOD).await;

    let rows = "SELECT count(*) FROM billing_events WHERE billing_events::text ILIKE '%ana@%'";
    assert_eq!(shop.count(rows).await, 0);
    assert!(shop.count(OF_EVENTS).await > 3);
}

#[tokio::test]
async fn while_the_database_refuses_stripe_is_asked_to_come_again() {
    let shop = Shop::open().await;
    let owner = crate::support::database::connect(shop.app.database.url()).await;
    owner
        .batch_execute("ALTER TABLE billing_events RENAME TO hidden")
        .await
        .unwrap();
    let event = an_event("customer.created", &json!({"object": "customer", "id": "cus_1"}));
    let (body, signature) = signed(&shop, &event, SECRET);

    let refused = shop.deliver(body.clone(), &signature).await;
    owner
        .batch_execute("ALTER TABLE hidden RENAME TO billing_events")
        .await
        .unwrap();
    let taken = shop.deliver(body, &signature).await;

    assert_eq!(
        (refused, taken),
        (StatusCode::SERVICE_UNAVAILABLE, StatusCode::OK)
    );
}
