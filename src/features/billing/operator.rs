//! What the operator's commands ask of the sale.

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::config::{BillingInterval, Sale};
use super::error::BillingError;
use super::store;
use crate::db::{Db, DbError};

/// A price that cannot be sold as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WrongPrice {
    /// Stripe does not sell it as a subscription.
    #[error("{0} is no active price of a subscription at Stripe")]
    NotSold(String),
    /// It is paid at another interval.
    #[error("{price} is paid every {found}, and is configured as {} price", .configured.as_str())]
    Interval {
        /// The price.
        price: String,
        /// The interval that was configured.
        configured: BillingInterval,
        /// The interval at Stripe.
        found: String,
    },
}

/// Asks Stripe for the prices that are sold; returns what is wrong with them. Proves that Stripe takes the key.
///
/// # Errors
/// [`BillingError`].
pub async fn check_prices(sale: &Sale) -> Result<Vec<WrongPrice>, BillingError> {
    let mut wrong = Vec::new();
    for (configured, expected) in [
        (BillingInterval::Monthly, "month"),
        (BillingInterval::Yearly, "year"),
    ] {
        let Some(price) = sale.prices.sold(configured) else {
            continue;
        };
        match sale.stripe.find_interval(price).await? {
            None => wrong.push(WrongPrice::NotSold(price.to_owned())),
            Some(found) if found != expected => wrong.push(WrongPrice::Interval {
                price: price.to_owned(),
                configured,
                found,
            }),
            Some(_) => {}
        }
    }
    Ok(wrong)
}

/// The number of differences that the reconciliation found after `since`.
///
/// # Errors
/// The database's.
pub async fn drifts_since(db: &Db, since: DateTime<Utc>) -> Result<i64, DbError> {
    let mut tx = db.begin_without_user().await?;
    let count = store::count_since(&mut tx, since).await?;
    tx.commit().await?;
    Ok(count)
}
