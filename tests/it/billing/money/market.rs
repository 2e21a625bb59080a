//! A world that sells Premium by a simulated Stripe, with people who buy. Both clocks move together, webhooks are kept back
//! for the [`Courier`](super::courier::Courier), and jobs run when a history says so.

use std::sync::Arc;

use amda::app::sale;
use amda::clock::Clock as _;
use amda::config::BillingConfig;
use amda::features::billing::{BillingError, Reconciliation, Sale, reconcile};
use amda::id::UserId;
use amda::stripe_simulator::{
    Action, AfterLastRetry, Dunning, StripeSimulator, StripeSimulatorConfig, StripeTime, WebhookEndpoint,
};
use chrono::{DateTime, TimeDelta};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::Value;

use crate::billing::steps::{DAY, KEY, ORIGIN, SECRET, new_price};
use crate::support::core::insert_user;
use crate::support::database::connect;
use crate::support::world::World;

/// 2027-01-15 12:00 UTC.
const NOON: i64 = 1_800_014_400;
const PEOPLE: usize = 6;

/// The events that the operator's endpoint asks for, by the README.
const EVENTS: [&str; 18] = [
    "checkout.session.completed",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.finalized",
    "invoice.voided",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
];

/// The prices at Stripe.
pub(super) struct Prices {
    pub(super) monthly: String,
    pub(super) yearly: String,
    /// One of another product, which gives no Premium.
    pub(super) other: String,
}

/// What the operator decided.
pub(super) struct Terms {
    /// Days that a first subscription costs nothing.
    pub(super) trial_days: u32,
    /// The retries of payments at Stripe.
    pub(super) dunning: Dunning,
}

impl Terms {
    /// Terms by chance: retries within the grace and beyond it, and every end of them.
    pub(super) fn any(random: &mut StdRng) -> Self {
        let retries = [vec![3, 5, 7], vec![1, 3], vec![6], vec![20]];
        let last = [
            AfterLastRetry::Cancel,
            AfterLastRetry::MarkUnpaid,
            AfterLastRetry::LeavePastDue,
        ];
        Self {
            trial_days: *[0, 0, 5, 14].choose(random).unwrap(),
            dunning: Dunning {
                retry_after_days: retries.choose(random).unwrap().clone(),
                after_last_retry: *last.choose(random).unwrap(),
            },
        }
    }
}

/// Somebody who may buy.
pub(super) struct Person {
    pub(super) user: UserId,
    pub(super) email: String,
    /// The checkouts that were opened for them, by Stripe's ids.
    pub(super) checkouts: Vec<String>,
}

pub(super) struct Market {
    pub(super) world: World,
    pub(super) stripe: StripeSimulator,
    pub(super) prices: Prices,
    pub(super) people: Vec<Person>,
    /// A connection that sees every user's rows.
    pub(super) watcher: tokio_postgres::Client,
    sale: Arc<Sale>,
}

impl Market {
    /// A market where nothing was bought yet.
    pub(super) async fn open(terms: Terms) -> Self {
        let Terms { trial_days, dunning } = terms;
        let stripe = StripeSimulator::start(StripeSimulatorConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            data_dir: None,
            secret_key: KEY.to_owned(),
            time: StripeTime::Fixed(NOON),
        })
        .await
        .unwrap();
        let prices = Prices {
            monthly: new_price(&stripe, "month", 900),
            yearly: new_price(&stripe, "year", 9_000),
            other: new_price(&stripe, "month", 300),
        };
        let billing = config(&stripe, &prices, trial_days);
        let mut sold = None;
        let world = World::with(|choices| {
            choices.now = DateTime::from_timestamp(NOON, 0).unwrap();
            choices.config.billing = Some(billing);
            sold = sale(&choices.config).unwrap();
        })
        .await;
        keep_webhooks_back(&stripe);
        stripe.act(Action::SetDunning { dunning }).unwrap();
        let mut people = Vec::new();
        for _ in 0..PEOPLE {
            let user = insert_user(&world.core, "FREE").await;
            people.push(Person {
                user,
                email: format!("{user}@example.org"),
                checkouts: Vec::new(),
            });
        }
        Self {
            watcher: connect(world.database.url()).await,
            world,
            stripe,
            prices,
            people,
            sale: sold.expect("a configuration with a key sells"),
        }
    }

    /// The present, in Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.world.clock.now().timestamp()
    }

    /// Lets seconds pass on both clocks.
    pub(super) fn pass(&self, seconds: i64) {
        self.world.clock.advance(TimeDelta::seconds(seconds));
        self.stripe.advance(seconds).unwrap();
    }

    /// Reconciles with Stripe; none where Stripe did not answer.
    pub(super) async fn reconcile(&self) -> Option<Reconciliation> {
        match Box::pin(reconcile(&self.world.core, &self.sale)).await {
            Ok(done) => Some(done),
            Err(BillingError::Unavailable(_)) => None,
            Err(error) => panic!("the reconciliation failed: {error:?}"),
        }
    }

    /// Calls Stripe's API as the operator's dashboard does; none where Stripe refuses.
    pub(super) fn call(&self, method: &str, path: &str, form: &str) -> Option<Value> {
        self.stripe.call(method, path, form).ok()
    }

    /// The objects of a list of Stripe's, newest first.
    pub(super) fn list(&self, path: &str, form: &str) -> Vec<Value> {
        let listed = self
            .stripe
            .call("GET", path, &format!("limit=100&{form}"))
            .unwrap();
        assert_eq!(
            listed["has_more"], false,
            "a history is short enough for one page"
        );
        listed["data"].as_array().unwrap().clone()
    }

    /// The customers of somebody that exist at Stripe.
    pub(super) fn customers(&self, person: &Person) -> Vec<String> {
        let own = self
            .list("/v1/customers", &format!("email={}", person.email))
            .into_iter();
        let own = own.filter(|it| it["metadata"]["amda_user"] == person.user.to_string().as_str());
        own.map(|customer| text(&customer["id"])).collect()
    }

    pub(super) async fn close(self) {
        self.stripe.shutdown().await;
    }
}

fn config(stripe: &StripeSimulator, prices: &Prices, trial_days: u32) -> BillingConfig {
    BillingConfig {
        api_url: stripe.url().parse().unwrap(),
        secret_key: KEY.into(),
        webhook_secrets: vec![SECRET.into()],
        monthly_prices: vec![prices.monthly.clone()],
        yearly_prices: vec![prices.yearly.clone()],
        trial_days,
        takes_promotion_codes: false,
        has_automatic_tax: false,
        return_origins: vec![ORIGIN.to_owned()],
    }
}

fn keep_webhooks_back(stripe: &StripeSimulator) {
    let endpoint = WebhookEndpoint {
        // Nobody listens there: the courier brings them.
        url: "http://127.0.0.1:1/webhooks/stripe".to_owned(),
        secrets: vec![SECRET.to_owned()],
        events: EVENTS.map(str::to_owned).to_vec(),
    };
    let endpoints = vec![endpoint];
    stripe.act(Action::SetWebhookEndpoints { endpoints }).unwrap();
    stripe.act(Action::HoldWebhooks).unwrap();
}

/// The text of a JSON string.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Days in seconds.
pub(super) const fn days(number: i64) -> i64 {
    number * DAY
}
