//! The simulated Stripe that the configuration asks for, with prices, a key and a webhook endpoint of its own.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::config::BillingConfig;
use crate::stripe_simulator::{Action, StripeSimulator, StripeSimulatorConfig, StripeTime, WebhookEndpoint};

/// The key of the simulated Stripe, which is nobody else's.
const KEY: &str = "sk_test_simulated";
/// The secret of its webhooks.
const SECRET: &str = "whsec_simulated";
/// Days that a first subscription costs nothing.
const TRIAL_DAYS: u32 = 7;

/// Starts a simulated Stripe whose state stays in `folder`.
pub(super) async fn start(listen: SocketAddr, folder: PathBuf) -> anyhow::Result<StripeSimulator> {
    let config = StripeSimulatorConfig {
        listen,
        data_dir: Some(folder),
        secret_key: KEY.to_owned(),
        time: StripeTime::Machine,
    };
    StripeSimulator::start(config)
        .await
        .context("the simulated Stripe does not start")
}

/// The sale of Premium by a simulated Stripe, for a server at `address` whose buyers come back to `origins`.
pub(super) fn sale(
    stripe: &StripeSimulator,
    address: SocketAddr,
    origins: Vec<String>,
) -> anyhow::Result<BillingConfig> {
    let endpoint = WebhookEndpoint {
        url: format!("http://{address}/webhooks/stripe"),
        secrets: vec![SECRET.to_owned()],
        events: Vec::new(),
    };
    stripe.act(Action::SetWebhookEndpoints {
        endpoints: vec![endpoint],
    })?;
    Ok(BillingConfig {
        api_url: stripe.url().parse()?,
        secret_key: KEY.into(),
        webhook_secrets: vec![SECRET.into()],
        monthly_prices: vec![price(stripe, "month", 500)?],
        yearly_prices: vec![price(stripe, "year", 5_000)?],
        trial_days: TRIAL_DAYS,
        takes_promotion_codes: true,
        has_automatic_tax: false,
        return_origins: origins,
    })
}

/// The price of an interval, made by the first start.
fn price(stripe: &StripeSimulator, interval: &str, amount: u32) -> anyhow::Result<String> {
    let prices = stripe.call("GET", "/v1/prices", "limit=100")?;
    let listed = prices["data"].as_array().into_iter().flatten();
    let mut oldest_first = listed.rev();
    let known = oldest_first.find(|price| price["recurring"]["interval"] == interval);
    let id = match known {
        Some(price) => price["id"].clone(),
        None => {
            let new = format!(
                "currency=eur&unit_amount={amount}&recurring[interval]={interval}&product_data[name]=AMDA+Premium"
            );
            stripe.call("POST", "/v1/prices", &new)?["id"].clone()
        }
    };
    let id = id.as_str().map(str::to_owned);
    id.with_context(|| format!("the simulated Stripe has no price of a {interval}"))
}
