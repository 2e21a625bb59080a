//! A simulator with two prices, and a client of it.

use std::time::Duration;

use amda::stripe_simulator::{Action, StripeSimulator, StripeSimulatorConfig, StripeTime, WebhookEndpoint};
use serde_json::Value;
use stripe::{Client, ClientBuilder, RequestStrategy, StripeError};
use stripe_billing::subscription::RetrieveSubscription;
use stripe_checkout::checkout_session::{CreateCheckoutSession, CreateCheckoutSessionLineItems};
use stripe_core::customer::CreateCustomer;
use stripe_product::price::{
    CreatePrice, CreatePriceProductData, CreatePriceRecurring, CreatePriceRecurringInterval,
};
use stripe_shared::{CheckoutSession, CheckoutSessionMode, Subscription};

use crate::support::http;

/// 2027-01-15 12:00 UTC.
pub(super) const NOON: i64 = 1_800_014_400;

pub(super) const DAY: i64 = 86_400;

pub(super) const HOUR: i64 = 3_600;

pub(super) const GOOD: &str = "4242424242424242";

/// Can be saved, and is declined when charged.
pub(super) const DECLINED_LATER: &str = "4000000000000341";

/// A bank account that pays after days.
pub(super) const SLOW: &str = "DE89370400440532013000";

pub(super) const KEY: &str = "sk_test_shop";

pub(super) const SECRET: &str = "whsec_shop";

pub(super) struct Shop {
    pub(super) simulator: StripeSimulator,
    pub(super) client: Client,
    pub(super) monthly: String,
    pub(super) yearly: String,
}

/// A simulator whose clock stands still.
pub(super) async fn a_simulator(time: StripeTime) -> StripeSimulator {
    let config = StripeSimulatorConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: None,
        secret_key: KEY.to_owned(),
        time,
    };
    StripeSimulator::start(config).await.unwrap()
}

/// A client that asks once.
pub(super) fn a_client(simulator: &StripeSimulator, key: &str) -> Client {
    // Its TLS is not needed here, but it is not built without a provider of it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    ClientBuilder::new(key)
        .url(simulator.url())
        .timeout(Duration::from_secs(20))
        .request_strategy(RequestStrategy::Once)
        .build()
        .unwrap()
}

impl Shop {
    pub(super) async fn open() -> Self {
        Self::open_at(StripeTime::Fixed(NOON)).await
    }

    pub(super) async fn open_at(time: StripeTime) -> Self {
        let simulator = a_simulator(time).await;
        let client = a_client(&simulator, KEY);
        let monthly = price(&client, 900, CreatePriceRecurringInterval::Month).await;
        let yearly = price(&client, 9_000, CreatePriceRecurringInterval::Year).await;
        Self {
            simulator,
            client,
            monthly,
            yearly,
        }
    }

    pub(super) async fn customer(&self) -> String {
        let made = CreateCustomer::new()
            .email("ana@example.org")
            .send(&self.client)
            .await;
        made.unwrap().id.to_string()
    }

    /// A checkout of the monthly price, as the API takes it.
    pub(super) fn order(&self, customer: &str) -> CreateCheckoutSession {
        let mut item = CreateCheckoutSessionLineItems::new();
        item.price = Some(self.monthly.clone());
        item.quantity = Some(1);
        CreateCheckoutSession::new()
            .customer(customer)
            .mode(CheckoutSessionMode::Subscription)
            .line_items(vec![item])
            .success_url("https://app.example/done?session={CHECKOUT_SESSION_ID}")
            .cancel_url("https://app.example/plans")
    }

    pub(super) async fn checkout(&self, customer: &str) -> CheckoutSession {
        self.order(customer).send(&self.client).await.unwrap()
    }

    /// Pays a session, and returns the id of its subscription.
    pub(super) fn pay(&self, session: &CheckoutSession, card: &str) -> String {
        let paid = self.simulator.act(Action::PayCheckout {
            session: session.id.to_string(),
            card: Some(card.to_owned()),
            code: None,
        });
        text(&paid.unwrap(), "subscription")
    }

    /// A customer and the monthly subscription that they pay with this card.
    pub(super) async fn subscribed(&self, card: &str) -> (String, String) {
        let customer = self.customer().await;
        let session = self.checkout(&customer).await;
        (customer, self.pay(&session, card))
    }

    pub(super) async fn subscription(&self, id: &str) -> Subscription {
        RetrieveSubscription::new(id).send(&self.client).await.unwrap()
    }

    pub(super) fn replace_card(&self, customer: &str, card: &str) {
        let replaced = self.simulator.act(Action::ReplaceCard {
            customer: customer.to_owned(),
            card: card.to_owned(),
        });
        replaced.unwrap();
    }

    /// Moves the time to a moment, and does what is due until then.
    pub(super) fn advance_to(&self, moment: i64) {
        self.simulator.advance(moment - self.simulator.now()).unwrap();
    }

    /// Sends webhooks to an address from now on.
    pub(super) fn send_webhooks(&self, url: String) {
        let endpoint = WebhookEndpoint {
            url,
            secrets: vec![SECRET.to_owned()],
            events: Vec::new(),
        };
        let set = self.simulator.act(Action::SetWebhookEndpoints {
            endpoints: vec![endpoint],
        });
        set.unwrap();
    }

    /// The types of all events, oldest first.
    pub(super) fn event_types(&self) -> Vec<String> {
        let mut types: Vec<String> = self.events().iter().map(|event| text(event, "type")).collect();
        types.reverse();
        types
    }

    /// All events, newest first.
    pub(super) fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        let mut query = "limit=100".to_owned();
        loop {
            let page = self.simulator.call("GET", "/v1/events", &query).unwrap();
            events.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                return events;
            }
            query = format!("limit=100&starting_after={}", text(events.last().unwrap(), "id"));
        }
    }

    /// A page of the simulator after a form was sent to it.
    pub(super) async fn submit(&self, url: &str, fields: &[(&str, &str)]) -> reqwest::Response {
        let browser = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        browser
            .build()
            .unwrap()
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

async fn price(client: &Client, amount: i64, interval: CreatePriceRecurringInterval) -> String {
    let made = CreatePrice::new(stripe_types::Currency::EUR)
        .unit_amount(amount)
        .product_data(CreatePriceProductData::new("Premium"))
        .recurring(CreatePriceRecurring::new(interval))
        .send(client)
        .await;
    made.unwrap().id.to_string()
}

/// The id of the newest invoice of a subscription.
pub(super) fn newest_invoice(subscription: &Subscription) -> String {
    let newest = subscription.latest_invoice.as_ref().unwrap();
    newest.id().as_ref().unwrap().to_string()
}

/// A text of an object.
pub(super) fn text(object: &Value, field: &str) -> String {
    object[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} of {object}"))
        .to_owned()
}

/// The status, type, code and parameter of a refusal.
pub(super) fn refusal<T: std::fmt::Debug>(answer: Result<T, StripeError>) -> (u16, String, String, String) {
    match answer.unwrap_err() {
        StripeError::Stripe(error, status) => (
            status,
            error.type_.to_string(),
            error.code.map(|code| code.to_string()).unwrap_or_default(),
            error.param.unwrap_or_default(),
        ),
        other => panic!("{other:?} is no refusal"),
    }
}

/// A refusal as it is expected.
pub(super) fn refused(status: u16, kind: &str, code: &str, param: &str) -> (u16, String, String, String) {
    (status, kind.to_owned(), code.to_owned(), param.to_owned())
}

/// A request that no client would send.
pub(super) fn raw(shop: &Shop, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
    http::client().request(method, format!("{}{path}", shop.simulator.url()))
}
