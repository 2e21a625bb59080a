use std::time::Duration;

use thiserror::Error;

use super::config::BillingInterval;
use super::return_url::ReturnUrlMistake;
use super::stripe_client::StripeFailure;
use crate::crypto::CryptoError;
use crate::db::DbError;
use crate::limiter::TooOften;
use crate::work::WorkError;

/// Error of the sale of Premium.
#[derive(Debug, Error)]
pub enum BillingError {
    /// The operator sells nothing.
    #[error("this server sells nothing")]
    Disabled,
    /// Stripe cannot be asked now; the same call may be made again after this time.
    #[error("Stripe is not available; possible again in {} s", .0.as_secs().max(1))]
    Unavailable(Duration),
    /// Stripe refused a call, or answered what cannot be read.
    #[error(transparent)]
    Stripe(StripeFailure),
    /// Pages of Stripe's were opened too often.
    #[error(transparent)]
    TooOften(#[from] TooOften),
    /// The user asked for what cannot be: all of it is told.
    #[error("the request was refused for {} reasons", .0.len())]
    Refused(Vec<Refusal>),
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
}

/// Refusal of a user's request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An address in this field of the input is none that the buyer may be sent back to.
    #[error("{mistake}")]
    ReturnUrl {
        /// The field.
        field: &'static str,
        /// The mistake.
        mistake: ReturnUrlMistake,
    },
    /// The interval is not offered.
    #[error("{} is not offered on this server; choose the other interval", .0.as_str())]
    Interval(BillingInterval),
    /// The user subscribed already.
    #[error(
        "you are subscribed already; change or end the subscription in the billing portal (openBillingPortal)"
    )]
    Subscribed,
    /// The user never bought anything.
    #[error("you have bought nothing yet, so there is nothing to change; buy with startCheckout")]
    NothingBought,
    /// The user is going to be deleted.
    #[error(
        "you are going to be deleted, so nothing is sold to you; take the deletion back with cancelUserDeletion first"
    )]
    DeletionPlanned,
}

impl From<Refusal> for BillingError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<StripeFailure> for BillingError {
    fn from(failure: StripeFailure) -> Self {
        match failure {
            StripeFailure::Unavailable { retry_after, cause } => {
                tracing::warn!("Stripe is not available: {cause}");
                Self::Unavailable(retry_after)
            }
            other => Self::Stripe(other),
        }
    }
}

impl From<diesel::result::Error> for BillingError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<DbError> for BillingError {
    fn from(error: DbError) -> Self {
        Self::Work(error.into())
    }
}

impl From<CryptoError> for BillingError {
    fn from(error: CryptoError) -> Self {
        Self::Work(error.into())
    }
}
