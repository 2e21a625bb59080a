//! Stripe, as far as the sale of plans asks it. The only module that names its client library.
//!
//! What Stripe answers is translated at once into types of ours, which hold what is needed of it and nothing about a person.
//! Each call ends within [`TIMEOUT`], goes to Stripe once, and is repeated by its caller, with the same key. No call is made
//! inside a transaction.

mod answers;
mod client;
mod failure;
mod requests;
mod translate;

pub use answers::{
    Charge, ChargeResult, Checkout, Customer, Dispute, DisputeState, Invoice, InvoiceState, Price, Status,
    Subscription,
};
pub use client::{ApiAddress, ClientError, StripeClient};
pub use failure::StripeFailure;
pub use requests::{CallKey, CheckoutOrder};

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

/// The time for one call.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

/// A page of customers, and the id after which the next page begins; none when it is the last.
pub type CustomerPage = (Vec<Customer>, Option<String>);

/// The calls to Stripe. Their futures are boxed: the types of the answers nest too deeply for those that await them.
#[async_trait]
pub trait Stripe: Debug + Send + Sync {
    /// Makes a customer who is `user`.
    async fn create_customer(&self, user: &str, email: &str, key: CallKey) -> Result<String, StripeFailure>;

    /// The customers with this e-mail address that exist, 100 at most.
    async fn find_customers(&self, email: &str) -> Result<Vec<Customer>, StripeFailure>;

    /// The customers that exist, newest first, after the customer `after`.
    async fn list_customers(&self, after: Option<&str>) -> Result<CustomerPage, StripeFailure>;

    /// The customer; none when it was deleted. One that never was is a failure: the key is of another account than the one
    /// in which the customer was made.
    async fn find_customer(&self, customer: &str) -> Result<Option<Customer>, StripeFailure>;

    /// Tells Stripe the e-mail address of a customer.
    async fn change_email(&self, customer: &str, email: &str) -> Result<(), StripeFailure>;

    /// Deletes a customer. One that is deleted already stays so.
    async fn delete_customer(&self, customer: &str) -> Result<(), StripeFailure>;

    /// Opens a page on which a customer buys.
    async fn create_checkout(&self, order: &CheckoutOrder, key: CallKey) -> Result<Checkout, StripeFailure>;

    /// The pages that are open for a customer, newest first, 100 at most.
    async fn list_open_checkouts(&self, customer: &str) -> Result<Vec<Checkout>, StripeFailure>;

    /// Closes such a page. One that is closed already stays so.
    async fn expire_checkout(&self, checkout: &str) -> Result<(), StripeFailure>;

    /// Opens a page on which a customer changes or ends what they pay for; returns its address.
    async fn open_portal(&self, customer: &str, return_url: &str) -> Result<String, StripeFailure>;

    /// The subscriptions of a customer, also those that ended, newest first, 100 at most.
    async fn list_subscriptions(&self, customer: &str) -> Result<Vec<Subscription>, StripeFailure>;

    /// The invoices of a customer, newest first, 100 at most.
    async fn list_invoices(&self, customer: &str) -> Result<Vec<Invoice>, StripeFailure>;

    /// The charges of a customer, newest first, 100 at most.
    async fn list_charges(&self, customer: &str) -> Result<Vec<Charge>, StripeFailure>;

    /// The disputes of a charge.
    async fn list_disputes(&self, charge: &str) -> Result<Vec<Dispute>, StripeFailure>;

    /// The customer who paid a charge; none when there is no such charge, or nobody is named.
    async fn find_payer(&self, charge: &str) -> Result<Option<String>, StripeFailure>;

    /// Ends a subscription at once. One that ended already stays so.
    async fn cancel_subscription(&self, subscription: &str) -> Result<(), StripeFailure>;

    /// The interval of a price as Stripe names it, such as `month`; none when it is no price of a subscription, or not
    /// sold any more.
    async fn find_interval(&self, price: &str) -> Result<Option<String>, StripeFailure>;
}
