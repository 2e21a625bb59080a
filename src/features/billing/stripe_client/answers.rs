//! What Stripe answers, translated.

use chrono::{DateTime, Utc};

/// A customer that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// The id.
    pub id: String,
    /// The user it was made for, as its metadata says.
    pub user: Option<String>,
}

/// A page on which a customer buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The id.
    pub id: String,
    /// The choice that it was opened for, as [`CheckoutOrder`](super::CheckoutOrder) names it.
    pub choice: Option<String>,
    /// The address; none once it is closed.
    pub url: Option<String>,
    /// The time at which it closes.
    pub expires_at: DateTime<Utc>,
}

/// The state of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It costs nothing yet.
    Trialing,
    /// Paid, or with a payment on its way.
    Active,
    /// Owed: the last payment failed, and is tried again.
    PastDue,
    /// Owed: the last payment failed, and is not tried any more.
    Unpaid,
    /// Waiting for the first payment.
    Incomplete,
    /// Over: the first payment did not succeed in time.
    IncompleteExpired,
    /// At rest: the trial ended without a way to pay.
    Paused,
    /// Ended.
    Canceled,
    /// A state that is not known, in Stripe's word.
    Other(String),
}

impl Status {
    /// Every state that is known.
    pub const KNOWN: [Self; 8] = [
        Self::Trialing,
        Self::Active,
        Self::PastDue,
        Self::Unpaid,
        Self::Incomplete,
        Self::IncompleteExpired,
        Self::Paused,
        Self::Canceled,
    ];

    /// Stripe's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Other(word) => word,
        }
    }

    /// The state of Stripe's word.
    pub fn of(word: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|status| status.as_str() == word);
        known.unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// True when it can never be anything else.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The id.
    pub id: String,
    /// The state.
    pub status: Status,
    /// The prices of its items.
    pub prices: Vec<Price>,
    /// The currency, in lower case.
    pub currency: String,
    /// Time at which it was made.
    pub created_at: DateTime<Utc>,
    /// The beginning of the present period.
    pub period_starts_at: DateTime<Utc>,
    /// The end of the present period.
    pub period_ends_at: DateTime<Utc>,
    /// The end of its trial; none when it had none.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Time at which it ends unless that is taken back.
    pub cancels_at: Option<DateTime<Utc>>,
    /// Time at which it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The price of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The id.
    pub id: String,
    /// The amount for each interval, in minor units of the currency.
    pub amount: Option<i64>,
}

/// The state of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvoiceState {
    /// It may still change.
    Draft,
    /// It is to be paid.
    Open,
    /// It is paid.
    Paid,
    /// It is not going to be paid.
    Uncollectible,
    /// It is to be paid no more.
    Void,
    /// A state that is not known.
    Other,
}

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The id.
    pub id: String,
    /// The subscription that it is for; none for another sale.
    pub subscription: Option<String>,
    /// The number that is printed on it; none before it is final.
    pub number: Option<String>,
    /// The state.
    pub state: InvoiceState,
    /// The amount, in minor units of the currency.
    pub total: i64,
    /// What was paid of it.
    pub paid: i64,
    /// The currency, in lower case.
    pub currency: String,
    /// Time at which it was made.
    pub created_at: DateTime<Utc>,
    /// The beginning of what it is for.
    pub period_starts_at: DateTime<Utc>,
    /// The end of what it is for.
    pub period_ends_at: DateTime<Utc>,
    /// The page on which it is shown and paid.
    pub hosted_url: Option<String>,
    /// The document.
    pub pdf_url: Option<String>,
    /// The payments that were begun for it.
    pub payments: Vec<String>,
}

/// The result of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeResult {
    /// The bank paid.
    Succeeded,
    /// The bank has not decided.
    Pending,
    /// The bank refused.
    Failed,
}

/// An attempt to take an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The id.
    pub id: String,
    /// The payment that it belongs to.
    pub payment: Option<String>,
    /// The result.
    pub result: ChargeResult,
    /// Time of the attempt.
    pub created_at: DateTime<Utc>,
    /// The amount, in minor units of the currency.
    pub amount: i64,
    /// What was given back of it.
    pub refunded: i64,
    /// The payer disputes it, or did.
    pub is_disputed: bool,
}

/// The state of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeState {
    /// A question of the bank's, by which no money is taken.
    Inquiry,
    /// The bank took the money, and has not decided.
    Open,
    /// The money came back.
    Won,
    /// The money is gone.
    Lost,
}

/// A payment that its payer takes back through the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The charge.
    pub charge: String,
    /// The state.
    pub state: DisputeState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_is_kept() {
        for status in Status::KNOWN {
            assert_eq!(Status::of(status.as_str()), status);
        }
        assert_eq!(Status::of("brand_new").as_str(), "brand_new");
    }
}
