//! Checks of the sale of Premium.

use chrono::TimeDelta;

use super::finding::Finding;
use crate::app;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, DatabaseConfig};
use crate::db::Db;
use crate::features::billing::{self, Sale};

const BILLING: &str = "billing";
/// Time of which differences are told.
const LATELY: TimeDelta = TimeDelta::days(7);

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    match app::sale(config) {
        Ok(None) => vec![Finding::skipped(
            BILLING,
            "nothing is sold (AMDA_STRIPE_SECRET_KEY); AMDA_DEFAULT_PLAN and `amda users set-plan` decide who has Premium",
        )],
        Ok(Some(sale)) => {
            let mut findings = check_prices(&sale).await;
            findings.extend(check_return(config));
            findings.extend(check_drifts(config).await);
            findings
        }
        Err(error) => vec![Finding::failed(BILLING, error.as_ref())],
    }
}

async fn check_prices(sale: &Sale) -> Vec<Finding> {
    match billing::check_prices(sale).await {
        Ok(wrong) if wrong.is_empty() => {
            vec![Finding::fine(
                BILLING,
                "Stripe takes our key and sells our prices",
            )]
        }
        Ok(wrong) => wrong
            .iter()
            .map(|price| Finding::wrong(BILLING, price.to_string()))
            .collect(),
        Err(error) => vec![Finding::failed(BILLING, &error)],
    }
}

/// Stripe delivers webhooks to addresses of the internet alone.
fn check_return(config: &Config) -> Option<Finding> {
    let is_real = config
        .billing
        .as_ref()
        .is_some_and(|billing| billing.api_url.scheme() == "https");
    let url = &config.public_url;
    (is_real && url.scheme() != "https").then(|| {
        Finding::risky(
            BILLING,
            format!("Stripe cannot send webhooks to {url}; without them, purchases count after the nightly reconciliation"),
        )
    })
}

async fn check_drifts(config: &Config) -> Option<Finding> {
    let DatabaseConfig::Urls(urls) = &config.database else {
        // Not started for this: a running server has it.
        return None;
    };
    let db = Db::connect(&urls.app, 1).ok()?;
    // Whatever keeps it from being read, the checks of the database tell.
    let count = billing::drifts_since(&db, SystemClock.now() - LATELY)
        .await
        .ok()?;
    Some(match count {
        0 => Finding::fine(
            BILLING,
            "nothing was stored otherwise than Stripe says in the last 7 days",
        ),
        count => Finding::risky(
            BILLING,
            format!(
                "{count} differences from what Stripe says were found and mended in the last 7 days; see that its webhooks \
                 reach {}webhooks/stripe",
                config.public_url
            ),
        ),
    })
}
