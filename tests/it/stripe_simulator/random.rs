//! Random lives: whatever people, banks and time do in whatever order, every object and every event parses strictly, and
//! what a subscription says of itself agrees with what was paid.

use amda::stripe_simulator::{Action, StripeTime, SubscriptionStatus};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;
use stripe_billing::invoice::ListInvoice;
use stripe_billing::subscription::{ListSubscription, ListSubscriptionStatus};
use stripe_checkout::checkout_session::ListCheckoutSession;
use stripe_core::charge::ListCharge;
use stripe_core::customer::ListCustomer;
use stripe_core::dispute::ListDispute;
use stripe_core::refund::ListRefund;
use stripe_webhook::Webhook;

use super::shop::{DAY, NOON, SECRET, Shop, text};

/// Names the seed of a test that fails.
struct Failing(u64);

impl Drop for Failing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the failing seed is {}", self.0);
        }
    }
}

const CARDS: [&str; 8] = [
    "4242424242424242",
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000000000000341",
    "4000000000000259",
    "DE89370400440532013000",
    "DE62370400440532013001",
];

/// Lets something happen that may be refused.
fn step(shop: &Shop, random: &mut StdRng) {
    let call = |method: &str, path: &str, form: &str| shop.simulator.call(method, path, form).ok();
    let pick = |path: &str, random: &mut StdRng| {
        let page = call("GET", path, "limit=100").unwrap();
        let picked = page["data"].as_array().unwrap().choose(random);
        picked.map_or_else(|| "nothing".to_owned(), |picked| text(picked, "id"))
    };
    let card = (*CARDS.choose(random).unwrap()).to_owned();
    let price = if random.random_bool(0.5) {
        &shop.monthly
    } else {
        &shop.yearly
    };
    let subscription = pick("/v1/subscriptions", random);
    let path = format!("/v1/subscriptions/{subscription}");
    match random.random_range(0..12) {
        0 => {
            call("POST", "/v1/customers", "email=a@example.org");
        }
        1 | 2 => {
            let customer = pick("/v1/customers", random);
            let days = if random.random_bool(0.3) {
                "&subscription_data[trial_period_days]=14"
            } else {
                ""
            };
            let form = format!(
                "mode=subscription&customer={customer}&success_url=https://a.example{days}&\
                 line_items[0][price]={price}&line_items[0][quantity]=1"
            );
            if let Some(session) = call("POST", "/v1/checkout/sessions", &form) {
                let session = text(&session, "id");
                let card = Some(card);
                let _ = shop.simulator.act(Action::PayCheckout {
                    session,
                    card,
                    code: None,
                });
            }
        }
        3 | 4 => {
            let seconds = random.random_range(0..40 * DAY);
            shop.simulator.advance(seconds).unwrap();
        }
        5 => {
            call(
                "POST",
                &path,
                &format!("cancel_at_period_end={}", random.random_bool(0.6)),
            );
        }
        6 => {
            call("DELETE", &path, "");
        }
        7 => {
            let item = call("GET", &path, "")
                .map(|it| text(&it["items"]["data"][0], "id"))
                .unwrap_or_default();
            call(
                "POST",
                &path,
                &format!("items[0][id]={item}&items[0][price]={price}"),
            );
        }
        8 => {
            let customer = pick("/v1/customers", random);
            let _ = shop.simulator.act(Action::ReplaceCard { customer, card });
        }
        9 => {
            let charge = pick("/v1/charges", random);
            call("POST", "/v1/refunds", &format!("charge={charge}&amount=100"));
        }
        10 => {
            let charge = pick("/v1/charges", random);
            let _ = shop.simulator.act(Action::Dispute { charge, reason: None });
        }
        _ => {
            let invoice = pick("/v1/invoices", random);
            call("POST", &format!("/v1/invoices/{invoice}/pay"), "");
        }
    }
}

/// Every type of object parses, as it is and expanded.
async fn check_objects(shop: &Shop) {
    let client = &shop.client;
    let expand = |paths: [&str; 2]| paths.map(str::to_owned);
    let subscriptions = ListSubscription::new()
        .status(ListSubscriptionStatus::All)
        .limit(100)
        .expand(expand(["data.latest_invoice.payments", "data.customer"]));
    subscriptions.send(client).await.unwrap();
    let invoices = ListInvoice::new()
        .limit(100)
        .expand(expand(["data.payments", "data.customer"]));
    invoices.send(client).await.unwrap();
    let sessions = ListCheckoutSession::new()
        .limit(100)
        .expand(expand(["data.line_items", "data.subscription"]));
    sessions.send(client).await.unwrap();
    let charges = ListCharge::new()
        .limit(100)
        .expand(expand(["data.refunds", "data.payment_intent"]));
    charges.send(client).await.unwrap();
    let customers = ListCustomer::new()
        .limit(100)
        .expand(["data.subscriptions".to_owned()]);
    customers.send(client).await.unwrap();
    ListRefund::new()
        .limit(100)
        .expand(["data.charge".to_owned()])
        .send(client)
        .await
        .unwrap();
    ListDispute::new()
        .limit(100)
        .expand(["data.charge".to_owned()])
        .send(client)
        .await
        .unwrap();
}

/// The events of the last 30 days parse as webhooks.
fn check_events(shop: &Shop) {
    let now = shop.simulator.now();
    for event in shop.events() {
        let signed = shop
            .simulator
            .sign(&text(&event, "id"), &[SECRET.to_owned()])
            .unwrap();
        let taken = Webhook::construct_event_with_timestamp(&signed.body, &signed.signature, SECRET, now);
        assert!(taken.is_ok(), "{:?} of {event:#}", taken.err());
    }
}

/// Subscriptions that live have a period that lasts, and what is active does not owe its newest invoice.
fn check_states(shop: &Shop) {
    for subscription in shop.simulator.subscriptions() {
        let newest = subscription.latest_invoice.clone().unwrap();
        let newest = shop
            .simulator
            .call("GET", &format!("/v1/invoices/{newest}"), "")
            .unwrap();
        let has_failed = newest["status"] == "open" && newest["attempt_count"] != 0;
        let is_on_its_way = payment_of(shop, &newest) == "processing";
        match subscription.status {
            SubscriptionStatus::Active | SubscriptionStatus::Trialing => {
                assert!(!has_failed || is_on_its_way, "{subscription:?} owes {newest:#}");
                assert!(subscription.period_end > shop.simulator.now(), "{subscription:?}");
            }
            SubscriptionStatus::PastDue => assert_ne!(newest["status"], "paid", "{subscription:?}"),
            SubscriptionStatus::Canceled => assert!(subscription.ended_at.is_some()),
            SubscriptionStatus::Incomplete
            | SubscriptionStatus::IncompleteExpired
            | SubscriptionStatus::Unpaid
            | SubscriptionStatus::Paused => {}
        }
    }
}

fn payment_of(shop: &Shop, invoice: &Value) -> String {
    let query = "expand[]=payments.data.payment.payment_intent";
    let expanded = shop
        .simulator
        .call("GET", &format!("/v1/invoices/{}", text(invoice, "id")), query)
        .unwrap();
    let payment = &expanded["payments"]["data"][0]["payment"]["payment_intent"]["status"];
    payment.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn whatever_happens_every_answer_parses_and_agrees_with_itself() {
    for seed in 0..40 {
        let _failing = Failing(seed);
        let shop = Shop::open_at(StripeTime::Fixed(NOON)).await;
        let mut random = StdRng::seed_from_u64(seed);
        for _ in 0..60 {
            step(&shop, &mut random);
            check_states(&shop);
        }
        check_objects(&shop).await;
        check_events(&shop);
        shop.simulator.shutdown().await;
    }
}
