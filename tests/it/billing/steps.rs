//! A server that sells Premium, a simulated Stripe, and what people do with both.

use std::sync::Arc;
use std::time::Duration;

use amda::app::Tuning;
use amda::clock::{Clock, ManualClock};
use amda::config::BillingConfig;
use amda::features::users;
use amda::id::UserId;
use amda::stripe_simulator::{
    Action, StripeSimulator, StripeSimulatorConfig, StripeTime, SubscriptionInfo, WebhookEndpoint,
};
use chrono::{DateTime, TimeDelta};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::app::{TestApp, tuning};
use crate::support::database::connect;
use crate::support::http;
use crate::support::worker::BREATH;

/// The time within which the server has done what weeks at Stripe brought, on a busy machine too.
const PATIENCE: Duration = Duration::from_mins(3);

/// 2027-01-15 12:00 UTC.
const NOON: i64 = 1_800_014_400;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const KEY: &str = "sk_test_shop";
pub(crate) const SECRET: &str = "whsec_shop";
/// The origin to which buyers are sent back.
pub(crate) const ORIGIN: &str = "https://app.example";

/// A card that pays.
pub(crate) const GOOD: &str = "4242424242424242";
/// A card that can be saved, and is declined when charged.
pub(crate) const DECLINED_LATER: &str = "4000000000000341";
/// A bank account that pays after days.
pub(crate) const SLOW: &str = "DE89370400440532013000";
/// A bank account that does not pay after days.
pub(crate) const SLOW_AND_DECLINED: &str = "DE62370400440532013001";

const START: &str = "mutation ($input: StartCheckoutInput!) { startCheckout(input: $input) {
    url expiresAt errors { __typename code message path ... on ServiceUnavailable { retryAfterMs } }
} }";
const PORTAL: &str = "mutation ($input: OpenBillingPortalInput!) { openBillingPortal(input: $input) {
    url errors { __typename code message path ... on ServiceUnavailable { retryAfterMs } }
} }";
const SHOWN: &str = "{ viewer { user { plan { code } } subscription {
    id state givesPremium interval priceAmount currency currentPeriodEnd cancelsAt endedAt trialEndsAt graceEndsAt
    paymentProblem { kind url }
    invoices { totalCount nodes { number state totalAmount paidAmount refundedAmount currency hostedUrl pdfUrl } }
} } }";

/// The server and its Stripe.
pub(crate) struct Shop {
    pub(crate) app: TestApp,
    pub(crate) stripe: StripeSimulator,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) monthly: String,
    pub(crate) yearly: String,
}

impl Shop {
    /// A shop whose clocks stand still.
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// As [`Self::open`], with something of the sale changed.
    pub(crate) async fn open_with(change: impl FnOnce(&mut BillingConfig)) -> Self {
        Self::open_tuned(change, tuning()).await
    }

    /// As [`Self::open_with`], by this tuning but for its clock.
    pub(crate) async fn open_tuned(change: impl FnOnce(&mut BillingConfig), tuning: Tuning) -> Self {
        let stripe = StripeSimulator::start(StripeSimulatorConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            data_dir: None,
            secret_key: KEY.to_owned(),
            time: StripeTime::Fixed(NOON),
        })
        .await
        .unwrap();
        let monthly = new_price(&stripe, "month", 900);
        let yearly = new_price(&stripe, "year", 9_000);
        let mut billing = BillingConfig {
            api_url: stripe.url().parse().unwrap(),
            secret_key: KEY.into(),
            webhook_secrets: vec!["whsec_former".into(), SECRET.into()],
            monthly_prices: vec![monthly.clone()],
            yearly_prices: vec![yearly.clone()],
            trial_days: 0,
            takes_promotion_codes: false,
            has_automatic_tax: false,
            return_origins: vec![ORIGIN.to_owned()],
        };
        change(&mut billing);
        let clock = Arc::new(ManualClock::new(DateTime::from_timestamp(NOON, 0).unwrap()));
        let tuning = Tuning {
            clock: clock.clone(),
            ..tuning
        };
        let app = TestApp::start_tuned(|config| config.billing = Some(billing), tuning).await;
        let shop = Self {
            app,
            stripe,
            clock,
            monthly,
            yearly,
        };
        shop.send_webhooks_to(&shop.webhook_url());
        // The first reconciliation is due at once, and would meet the faults of a test.
        let reconciled = "SELECT count(*) FROM job_schedules
            WHERE name = 'billing.reconcile' AND last_run_at IS NOT NULL";
        shop.until("the first reconciliation", async || {
            shop.count(reconciled).await == 1
        })
        .await;
        shop.settle().await;
        shop
    }

    /// The address of Stripe's webhooks.
    pub(crate) fn webhook_url(&self) -> String {
        format!("http://{}/webhooks/stripe", self.app.app.address)
    }

    pub(crate) fn send_webhooks_to(&self, url: &str) {
        let endpoint = WebhookEndpoint {
            url: url.to_owned(),
            secrets: vec![SECRET.to_owned()],
            events: Vec::new(),
        };
        self.act(Action::SetWebhookEndpoints {
            endpoints: vec![endpoint],
        });
    }

    /// Lets something happen at Stripe.
    pub(crate) fn act(&self, action: Action) -> Value {
        self.stripe.act(action).unwrap()
    }

    /// Registers somebody.
    pub(crate) async fn buyer(&self, email: &str) -> Buyer<'_> {
        self.app.register(email).await;
        let user = users::find_by_email(&self.app.app.services.core.db, email).await;
        Buyer {
            shop: self,
            email: email.to_owned(),
            user: user.unwrap().unwrap(),
        }
    }

    /// Somebody who pays the monthly price with `card`, as far as the server has heard of it.
    pub(crate) async fn subscriber(&self, email: &str, card: &str) -> Buyer<'_> {
        let buyer = self.buyer(email).await;
        buyer.buy("MONTHLY", card).await;
        self.settle().await;
        buyer
    }

    /// Lets days pass, and the server do what is due on each.
    pub(crate) async fn pass_days(&self, days: i64) {
        for _ in 0..days {
            self.pass(DAY).await;
        }
    }

    /// Lets seconds pass on both clocks, and the server do what is due.
    pub(crate) async fn pass(&self, seconds: i64) {
        // A webhook is signed at the time of its sending, which must not lie ahead of the server's.
        self.clock.advance(TimeDelta::seconds(seconds));
        self.stripe.advance(seconds).unwrap();
        self.settle().await;
    }

    /// Waits until every webhook was sent, and the server has done everything that is due.
    pub(crate) async fn settle(&self) {
        let watcher = connect(self.app.database.url()).await;
        let due = "SELECT count(*) FROM jobs WHERE kind LIKE 'billing.%' AND died_at IS NULL
            AND (claim IS NOT NULL OR run_at <= $1::text::timestamptz)";
        let settled = async {
            loop {
                self.stripe.wait_until_delivered().await;
                let now = self.clock.now().to_rfc3339();
                let left: i64 = watcher.query_one(due, &[&now]).await.unwrap().get(0);
                if left == 0 {
                    return;
                }
                sleep(BREATH).await;
            }
        };
        timeout(PATIENCE, settled).await.expect("the jobs end in time");
    }

    /// Waits until `is_so` says yes, asking again and again.
    pub(crate) async fn until(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let waiting = async {
            while !is_so().await {
                sleep(BREATH).await;
            }
        };
        let waited = timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "in time: {what}");
    }

    /// The number that SQL counts.
    pub(crate) async fn count(&self, query: &str) -> i64 {
        let row = connect(self.app.database.url()).await.query_one(query, &[]).await;
        row.unwrap().get(0)
    }

    /// Calls Stripe's API as the operator would in its dashboard.
    pub(crate) fn call(&self, method: &str, path: &str, form: &str) -> Value {
        self.stripe.call(method, path, form).unwrap()
    }

    /// The ids of the objects of a list of Stripe's, newest first.
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        let listed = self.call("GET", path, "limit=100");
        listed["data"].as_array().unwrap().clone()
    }

    /// The subscriptions at Stripe, oldest first.
    pub(crate) fn subscriptions(&self) -> Vec<SubscriptionInfo> {
        self.stripe.subscriptions()
    }

    /// Sends a form of a page of Stripe's, as a browser does.
    pub(crate) async fn submit(&self, url: &str, fields: &[(&str, &str)]) -> Response {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let browser = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = browser
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        request.send().await.unwrap()
    }

    /// Sends a webhook by hand; returns the status of the answer.
    pub(crate) async fn deliver(&self, body: Vec<u8>, signature: &str) -> StatusCode {
        let request = http::client()
            .post(self.webhook_url())
            .header("content-type", "application/json")
            .header("stripe-signature", signature)
            .body(body);
        request.send().await.unwrap().status()
    }

    /// Stops everything; all of it must end well.
    pub(crate) async fn close(self) {
        self.app.stop().await;
        self.stripe.shutdown().await;
    }
}

/// A price of Premium at `stripe`.
pub(crate) fn new_price(stripe: &StripeSimulator, interval: &str, amount: u32) -> String {
    let form = format!(
        "currency=eur&unit_amount={amount}&recurring[interval]={interval}&product_data[name]=Premium"
    );
    let made = stripe.call("POST", "/v1/prices", &form).unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// Somebody who buys.
pub(crate) struct Buyer<'a> {
    pub(crate) shop: &'a Shop,
    pub(crate) email: String,
    pub(crate) user: UserId,
}

impl Buyer<'_> {
    /// The data of an operation of theirs, signed in anew: the clock may have passed the end of any session.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        self.shop
            .app
            .log_in(&self.email)
            .await
            .run(query, variables)
            .await
    }

    /// The payload of `startCheckout`.
    pub(crate) async fn start_checkout(&self, interval: &str) -> Value {
        let input = json!({
            "interval": interval,
            "successUrl": format!("{ORIGIN}/done?session={{CHECKOUT_SESSION_ID}}"),
            "cancelUrl": format!("{ORIGIN}/plans"),
        });
        self.start_checkout_with(input).await
    }

    pub(crate) async fn start_checkout_with(&self, input: Value) -> Value {
        self.ask(START, json!({ "input": input })).await["startCheckout"].take()
    }

    /// The payload of `openBillingPortal`.
    pub(crate) async fn open_portal(&self) -> Value {
        let input = json!({"returnUrl": format!("{ORIGIN}/account")});
        self.ask(PORTAL, json!({ "input": input })).await["openBillingPortal"].take()
    }

    /// Buys on Stripe's page with `card`; the browser is sent back.
    pub(crate) async fn buy(&self, interval: &str, card: &str) {
        let started = self.start_checkout(interval).await;
        assert_eq!(started["errors"], json!([]));
        let paid = self
            .shop
            .submit(started["url"].as_str().unwrap(), &[("card", card)])
            .await;
        assert_eq!(
            paid.status(),
            StatusCode::SEE_OTHER,
            "{}",
            paid.text().await.unwrap()
        );
    }

    /// Does something on a page of the portal.
    pub(crate) async fn visit_portal(&self, fields: &[(&str, &str)]) {
        let opened = self.open_portal().await;
        assert_eq!(opened["errors"], json!([]));
        let done = self.shop.submit(opened["url"].as_str().unwrap(), fields).await;
        assert!(done.status().is_success() || done.status().is_redirection());
    }

    /// Pays by another card from now on, and pays nothing with it yet.
    pub(crate) fn replace_card(&self, card: &str) {
        self.shop.act(Action::ReplaceCard {
            customer: self.customer(),
            card: card.to_owned(),
        });
    }

    /// What the schema shows of the viewer's plan and subscription.
    pub(crate) async fn shown(&self) -> Value {
        self.ask(SHOWN, json!({})).await["viewer"].take()
    }

    /// The code of their plan.
    pub(crate) async fn plan(&self) -> String {
        let mut shown = self.shown().await;
        let code = shown["user"]["plan"]["code"].take();
        code.as_str().unwrap().to_owned()
    }

    /// The kinds of their notices with the day of each, newest first.
    pub(crate) async fn notices(&self) -> Vec<String> {
        let query = "{ viewer { notifications(first: 100) { nodes { kind } } } }";
        let answer = self.ask(query, json!({})).await;
        let nodes = answer["viewer"]["notifications"]["nodes"].as_array().unwrap();
        let kinds = nodes.iter().map(|node| node["kind"].as_str().unwrap().to_owned());
        kinds.collect()
    }

    /// Number of their notices of `kind`.
    pub(crate) async fn count_notices(&self, kind: &str) -> usize {
        let notices = self.notices().await;
        notices.iter().filter(|notice| *notice == kind).count()
    }

    /// Their customer at Stripe.
    pub(crate) fn customer(&self) -> String {
        let user = self.user.to_string();
        let customers = self.shop.list("/v1/customers");
        let own: Vec<&Value> = customers
            .iter()
            .filter(|customer| customer["metadata"]["amda_user"] == user.as_str())
            .collect();
        assert_eq!(own.len(), 1, "one customer a user: {own:?}");
        own[0]["id"].as_str().unwrap().to_owned()
    }

    /// Their newest subscription at Stripe.
    pub(crate) fn subscription(&self) -> SubscriptionInfo {
        let customer = self.customer();
        let own = self.shop.subscriptions().into_iter().rev();
        let mut own = own.filter(|subscription| subscription.customer == customer);
        own.next().expect("they subscribed")
    }

    /// Their newest charge at Stripe.
    pub(crate) fn charge(&self) -> String {
        let form = format!("customer={}", self.customer());
        let charges = self.shop.call("GET", "/v1/charges", &form);
        charges["data"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// The errors of a payload, as their codes.
pub(crate) fn codes(payload: &Value) -> Vec<&str> {
    let errors = payload["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| error["code"].as_str().unwrap())
        .collect()
}

/// Time that a test waits for what comes at once.
pub(crate) const SOON: Duration = Duration::from_secs(20);
