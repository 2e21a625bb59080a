use std::sync::Arc;

use secrecy::SecretString;

use super::stripe_client::Stripe;
use crate::text_enum::text_enum;

text_enum! {
    /// Interval at which a subscription is paid.
    #[derive(async_graphql::Enum)]
    pub enum BillingInterval {
        /// Every month.
        Monthly = "MONTHLY",
        /// Every year.
        Yearly = "YEARLY",
    }
}

/// The prices that give Premium: of each interval the one that is sold, then former ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prices {
    /// Those of a month.
    pub monthly: Vec<String>,
    /// Those of a year.
    pub yearly: Vec<String>,
}

impl Prices {
    /// The price that is sold for `interval`; none when it is not offered.
    pub fn sold(&self, interval: BillingInterval) -> Option<&str> {
        let prices = match interval {
            BillingInterval::Monthly => &self.monthly,
            BillingInterval::Yearly => &self.yearly,
        };
        prices.first().map(String::as_str)
    }

    /// The interval of a price; none of one that does not give Premium.
    pub fn interval(&self, price: &str) -> Option<BillingInterval> {
        let has = |prices: &[String]| prices.iter().any(|known| known == price);
        if has(&self.monthly) {
            Some(BillingInterval::Monthly)
        } else if has(&self.yearly) {
            Some(BillingInterval::Yearly)
        } else {
            None
        }
    }
}

/// The sale of Premium, as the operator decided it.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Stripe.
    pub stripe: Arc<dyn Stripe>,
    /// The prices.
    pub prices: Prices,
    /// The secrets of which one signs each webhook.
    pub webhook_secrets: Vec<SecretString>,
    /// Days that a user's first subscription costs nothing.
    pub trial_days: u32,
    /// Buyers may type promotion codes.
    pub takes_promotion_codes: bool,
    /// Stripe computes the tax of each buyer's place.
    pub has_automatic_tax: bool,
    /// Origins to whose pages buyers may be sent back.
    pub return_origins: Vec<String>,
}

/// What the operator decided of the sale.
#[derive(Debug, Clone)]
pub struct BillingConfig {
    /// The sale; none when nothing is sold.
    pub sale: Option<Arc<Sale>>,
    /// A user may open so many pages of Stripe's; none means any number, for tests.
    pub has_limit: bool,
}
