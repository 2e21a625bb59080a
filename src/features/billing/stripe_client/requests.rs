use stripe::{IdempotencyKey, RequestStrategy};
use uuid::Uuid;

/// The metadata in which Stripe keeps whose customer or subscription it is.
pub(super) const USER_FIELD: &str = "amda_user";
/// The metadata in which Stripe keeps the choice that a page was opened for.
pub(super) const CHOICE_FIELD: &str = "amda_choice";

/// The key of a call: repeated with it, the call is carried out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallKey(String);

impl CallKey {
    /// The key of the call that `attempt` makes for `purpose`.
    pub fn of(purpose: &str, attempt: impl Into<Uuid>) -> Self {
        Self(format!("amda-{purpose}-{}", attempt.into().simple()))
    }

    /// The library's way to make the call.
    pub(super) fn strategy(&self) -> RequestStrategy {
        let key = IdempotencyKey::new(&self.0).expect("the key is neither empty nor long");
        RequestStrategy::Idempotent(key)
    }
}

/// What a customer is to buy, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutOrder {
    /// The customer.
    pub customer: String,
    /// The user, by whom the subscription is found again.
    pub user: String,
    /// A text that is the same for the same choice, by which its page is found again.
    pub choice: String,
    /// The price.
    pub price: String,
    /// The address to which the customer is sent after the purchase.
    pub success_url: String,
    /// The address to which the customer is sent without it.
    pub cancel_url: String,
    /// Days that cost nothing.
    pub trial_days: u32,
    /// The page takes promotion codes.
    pub takes_promotion_codes: bool,
    /// The tax of the customer's place is computed.
    pub has_automatic_tax: bool,
}
