//! Webhooks of Stripe's: stored and answered over HTTP, and the work that follows against a simulated Stripe.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use amda::app::sale;
use amda::clock::{Clock as _, SystemClock};
use amda::config::BillingConfig;
use amda::db::schema::jobs;
use amda::features::billing::reconcile;
use amda::features::users::find_by_email;
use amda::stripe_simulator::{Action, StripeSimulator, StripeSimulatorConfig, StripeTime};
use diesel::{BoolExpressionMethods as _, ExpressionMethods as _, QueryDsl as _, TextExpressionMethods as _};
use diesel_async::RunQueryDsl as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use super::figures::{Timed, rate};
use super::support::app::{TestApp, tuning};
use super::support::http;

const KEY: &str = "sk_test_bench";
const SECRET: &str = "whsec_bench";
const CUSTOMERS: usize = 20;
const AT_ONCE: usize = 4;
/// Bytes that an event says beside what it is about.
const SAID: usize = 3_000;
/// The longest time for the work that follows.
const PATIENCE: Duration = Duration::from_mins(1);

/// Prints the figures.
pub(super) async fn measure() {
    let stripe = StripeSimulator::start(StripeSimulatorConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: None,
        secret_key: KEY.to_owned(),
        time: StripeTime::Machine,
    })
    .await
    .unwrap();
    let price = call(
        &stripe,
        "/v1/prices",
        "currency=eur&unit_amount=900&recurring[interval]=month&product_data[name]=Premium",
    );
    let billing = config(&stripe, &price);
    let app = TestApp::start_tuned(
        |config| {
            super::durable(config);
            config.billing = Some(billing);
        },
        tuning(),
    )
    .await;
    let customers = subscribers(&app, &stripe, &price).await;
    let url = format!("http://{}/webhooks/stripe", app.app.address);
    let (http, number) = (http::client(), AtomicUsize::new(0));
    let delivered = Timed::clients(AT_ONCE, async |_| {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let (body, signature) = event(number, &customers[number % CUSTOMERS]);
        let request = http.post(&url).header("stripe-signature", signature).body(body);
        request.send().await.unwrap().error_for_status().unwrap();
    })
    .await;
    delivered.print(&format!("Stripe webhooks by {AT_ONCE} at once"));
    work_off(&app, number.into_inner()).await;
    app.stop().await;
    stripe.shutdown().await;
}

/// Waits until everything that followed from `delivered` webhooks is done.
async fn work_off(app: &TestApp, delivered: usize) {
    let started = Instant::now();
    let backlog = due(app).await;
    while due(app).await > 0 {
        assert!(started.elapsed() < PATIENCE, "the work ends");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let elapsed = started.elapsed();
    println!(
        "Stripe webhooks: {backlog} jobs were left of {delivered} webhooks, done in {:.2} s, {:.0}/s",
        elapsed.as_secs_f64(),
        rate(backlog, elapsed)
    );
}

/// Number of jobs of billing that are due or running.
async fn due(app: &TestApp) -> usize {
    let now = SystemClock.now();
    let mut tx = app.app.services.core.db.begin_without_user().await.unwrap();
    let count: i64 = jobs::table
        .filter(jobs::kind.like("billing.%").and(jobs::died_at.is_null()))
        .filter(jobs::claim.is_not_null().or(jobs::run_at.le(now)))
        .count()
        .get_result(&mut tx)
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    usize::try_from(count).unwrap()
}

/// Users who pay for Premium; returns their customers at Stripe, which the server knows.
async fn subscribers(app: &TestApp, stripe: &StripeSimulator, price: &str) -> Vec<String> {
    let core = &app.app.services.core;
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        let email = format!("buyer{number}@example.org");
        app.register(&email).await;
        let user = find_by_email(&core.db, &email).await.unwrap().unwrap();
        let form = format!("email={email}&metadata[amda_user]={user}");
        let customer = call(stripe, "/v1/customers", &form);
        let card = Action::ReplaceCard {
            customer: customer.clone(),
            card: "4242424242424242".to_owned(),
        };
        stripe.act(card).unwrap();
        call(
            stripe,
            "/v1/subscriptions",
            &format!("customer={customer}&items[0][price]={price}"),
        );
        customers.push(customer);
    }
    let sale = sale(&app.config).unwrap().unwrap();
    Box::pin(reconcile(core, &sale)).await.unwrap();
    customers
}

/// The id of what a call makes.
fn call(stripe: &StripeSimulator, path: &str, form: &str) -> String {
    let made = stripe.call("POST", path, form).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

fn config(stripe: &StripeSimulator, price: &str) -> BillingConfig {
    BillingConfig {
        api_url: stripe.url().parse().unwrap(),
        secret_key: KEY.into(),
        webhook_secrets: vec![SECRET.into()],
        monthly_prices: vec![price.to_owned()],
        yearly_prices: Vec::new(),
        trial_days: 0,
        takes_promotion_codes: false,
        has_automatic_tax: false,
        return_origins: vec!["https://app.example".to_owned()],
    }
}

/// A webhook about a customer, and its signature of now.
fn event(number: usize, customer: &str) -> (String, String) {
    let now = SystemClock.now().timestamp();
    let event = json!({
        "id": format!("evt_bench{number}"), "object": "event", "type": "invoice.paid", "created": now,
        "api_version": "2026-09-30.endive", "livemode": false,
        "data": {"object": {
            "object": "invoice", "id": "in_bench", "customer": customer, "description": "x".repeat(SAID),
        }},
    });
    let body = event.to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let signature = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    (body, format!("t={now},v1={signature}"))
}
