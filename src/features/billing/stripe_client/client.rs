use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use stripe::{Client, ClientBuilder, RequestStrategy, StripeRequest};
use stripe_billing::billing_portal_session::CreateBillingPortalSession;
use stripe_billing::invoice::ListInvoice;
use stripe_billing::subscription::{CancelSubscription, ListSubscription, ListSubscriptionStatus};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionCustomerUpdate,
    CreateCheckoutSessionCustomerUpdateAddress, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionSubscriptionData, ExpireCheckoutSession, ListCheckoutSession,
};
use stripe_core::charge::{ListCharge, RetrieveCharge};
use stripe_core::customer::{
    CreateCustomer, DeleteCustomer, ListCustomer, RetrieveCustomer, RetrieveCustomerReturned, UpdateCustomer,
};
use stripe_core::dispute::ListDispute;
use stripe_product::price::RetrievePrice;
use stripe_shared::{CheckoutSessionMode, CheckoutSessionStatus};
use thiserror::Error;
use url::{Host, Url};

use super::requests::{CHOICE_FIELD, CallKey, CheckoutOrder, USER_FIELD};
use super::{
    Charge, Checkout, Customer, CustomerPage, Dispute, Invoice, Stripe, StripeFailure, Subscription, TIMEOUT,
    translate,
};

/// Number of things on a page of a list, the most that Stripe gives.
const PAGE: i64 = 100;

/// The address of Stripe. A build with the simulator reaches this machine alone.
#[derive(Debug, Clone)]
pub struct ApiAddress(Url);

impl ApiAddress {
    /// The address, if this build may call it.
    ///
    /// # Errors
    /// [`ClientError::NotLoopback`].
    pub fn new(url: Url) -> Result<Self, ClientError> {
        Self::check(url, cfg!(feature = "simulator"))
    }

    fn check(url: Url, has_simulator: bool) -> Result<Self, ClientError> {
        let is_loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(_)) | None => false,
        };
        if has_simulator && !is_loopback {
            return Err(ClientError::NotLoopback(url));
        }
        Ok(Self(url))
    }
}

/// A client that cannot be made.
#[derive(Debug, Error)]
pub enum ClientError {
    /// This build calls nobody but this machine.
    #[error("{0} is not on this machine, and a build with the simulator calls no other Stripe")]
    NotLoopback(Url),
    /// The key or the address cannot be used.
    #[error("the client of Stripe cannot be made")]
    Settings(#[source] StripeFailure),
}

/// The client of Stripe.
#[derive(Clone)]
pub struct StripeClient(Client);

impl fmt::Debug for StripeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StripeClient")
    }
}

impl StripeClient {
    /// A client that shows `key`.
    ///
    /// # Errors
    /// [`ClientError::Settings`].
    pub fn new(address: &ApiAddress, key: &SecretString) -> Result<Self, ClientError> {
        // The library takes the provider of TLS from the process. There may be one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = ClientBuilder::new(key.expose_secret())
            .url(address.0.as_str())
            .timeout(TIMEOUT)
            .request_strategy(RequestStrategy::Once)
            .build();
        client
            .map(Self)
            .map_err(|error| ClientError::Settings(error.into()))
    }
}

#[async_trait]
impl Stripe for StripeClient {
    async fn create_customer(&self, user: &str, email: &str, key: CallKey) -> Result<String, StripeFailure> {
        let request = CreateCustomer::new().email(email).metadata(of_user(user));
        let made = request.customize().request_strategy(key.strategy());
        Ok(made.send(&self.0).await?.id.to_string())
    }

    async fn find_customers(&self, email: &str) -> Result<Vec<Customer>, StripeFailure> {
        let request = ListCustomer::new().email(email).limit(PAGE);
        let found = request.send(&self.0).await?;
        Ok(found.data.into_iter().map(translate::customer).collect())
    }

    async fn list_customers(&self, after: Option<&str>) -> Result<CustomerPage, StripeFailure> {
        let request = ListCustomer::new().limit(PAGE);
        let request = match after {
            Some(after) => request.starting_after(after),
            None => request,
        };
        let found = request.send(&self.0).await?;
        let last = found.data.last().map(|customer| customer.id.to_string());
        let next = last.filter(|_| found.has_more);
        Ok((found.data.into_iter().map(translate::customer).collect(), next))
    }

    async fn find_customer(&self, customer: &str) -> Result<Option<Customer>, StripeFailure> {
        // Stripe goes on knowing a deleted customer. One that it does not know is of another account.
        match RetrieveCustomer::new(customer).send(&self.0).await? {
            RetrieveCustomerReturned::Customer(customer) => Ok(Some(translate::customer(customer))),
            RetrieveCustomerReturned::DeletedCustomer(_) => Ok(None),
        }
    }

    async fn change_email(&self, customer: &str, email: &str) -> Result<(), StripeFailure> {
        let request = UpdateCustomer::new(customer).email(email);
        request.send(&self.0).await?;
        Ok(())
    }

    async fn delete_customer(&self, customer: &str) -> Result<(), StripeFailure> {
        existing(DeleteCustomer::new(customer).send(&self.0).await).map(drop)
    }

    async fn create_checkout(&self, order: &CheckoutOrder, key: CallKey) -> Result<Checkout, StripeFailure> {
        let made = session(order).customize().request_strategy(key.strategy());
        translate::checkout(made.send(&self.0).await?)
    }

    async fn list_open_checkouts(&self, customer: &str) -> Result<Vec<Checkout>, StripeFailure> {
        let request = ListCheckoutSession::new()
            .customer(customer)
            .status(CheckoutSessionStatus::Open)
            .limit(PAGE);
        let found = request.send(&self.0).await?;
        found.data.into_iter().map(translate::checkout).collect()
    }

    async fn expire_checkout(&self, checkout: &str) -> Result<(), StripeFailure> {
        match existing(ExpireCheckoutSession::new(checkout).send(&self.0).await) {
            // It was bought on, or expired, in the meantime.
            Ok(_) | Err(StripeFailure::Refused { status: 400, .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn open_portal(&self, customer: &str, return_url: &str) -> Result<String, StripeFailure> {
        let request = CreateBillingPortalSession::new()
            .customer(customer)
            .return_url(return_url);
        Ok(request.send(&self.0).await?.url)
    }

    async fn list_subscriptions(&self, customer: &str) -> Result<Vec<Subscription>, StripeFailure> {
        let request = ListSubscription::new()
            .customer(customer)
            .status(ListSubscriptionStatus::All)
            .limit(PAGE);
        let found = request.send(&self.0).await?;
        found.data.iter().map(translate::subscription).collect()
    }

    async fn list_invoices(&self, customer: &str) -> Result<Vec<Invoice>, StripeFailure> {
        let request = ListInvoice::new()
            .customer(customer)
            .expand(vec!["data.payments".to_owned()])
            .limit(PAGE);
        let found = request.send(&self.0).await?;
        let invoices = found.data.iter().map(translate::invoice);
        invoices.filter_map(Result::transpose).collect()
    }

    async fn list_charges(&self, customer: &str) -> Result<Vec<Charge>, StripeFailure> {
        let request = ListCharge::new().customer(customer).limit(PAGE);
        let found = request.send(&self.0).await?;
        found.data.iter().map(translate::charge).collect()
    }

    async fn list_disputes(&self, charge: &str) -> Result<Vec<Dispute>, StripeFailure> {
        let request = ListDispute::new().charge(charge).limit(PAGE);
        let found = request.send(&self.0).await?;
        Ok(found.data.iter().map(translate::dispute).collect())
    }

    async fn find_payer(&self, charge: &str) -> Result<Option<String>, StripeFailure> {
        let found = existing(RetrieveCharge::new(charge).send(&self.0).await)?;
        Ok(found.and_then(|charge| Some(charge.customer?.id().to_string())))
    }

    async fn cancel_subscription(&self, subscription: &str) -> Result<(), StripeFailure> {
        existing(CancelSubscription::new(subscription).send(&self.0).await).map(drop)
    }

    async fn find_interval(&self, price: &str) -> Result<Option<String>, StripeFailure> {
        let found = existing(RetrievePrice::new(price).send(&self.0).await)?;
        let sold = found.filter(|price| price.active);
        Ok(sold.and_then(|price| Some(price.recurring?.interval.to_string())))
    }
}

/// The answer; none when there is no such thing.
fn existing<T>(answer: Result<T, stripe::StripeError>) -> Result<Option<T>, StripeFailure> {
    match answer.map_err(StripeFailure::from) {
        Ok(answer) => Ok(Some(answer)),
        Err(StripeFailure::Missing { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn of_user(user: &str) -> HashMap<String, String> {
    HashMap::from([(USER_FIELD.to_owned(), user.to_owned())])
}

fn session(order: &CheckoutOrder) -> CreateCheckoutSession {
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price = Some(order.price.clone());
    item.quantity = Some(1);
    let mut data = CreateCheckoutSessionSubscriptionData::new();
    data.metadata = Some(of_user(&order.user));
    data.trial_period_days = (order.trial_days > 0).then_some(order.trial_days);
    let mut request = CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Subscription)
        .customer(order.customer.clone())
        .client_reference_id(order.user.clone())
        .metadata(HashMap::from([(CHOICE_FIELD.to_owned(), order.choice.clone())]))
        .line_items(vec![item])
        .subscription_data(data)
        .success_url(order.success_url.clone())
        .cancel_url(order.cancel_url.clone());
    if order.takes_promotion_codes {
        request = request.allow_promotion_codes(true);
    }
    if order.has_automatic_tax {
        // The address that the buyer types is the one that is taxed.
        let mut update = CreateCheckoutSessionCustomerUpdate::new();
        update.address = Some(CreateCheckoutSessionCustomerUpdateAddress::Auto);
        request = request
            .automatic_tax(CreateCheckoutSessionAutomaticTax::new(true))
            .customer_update(update);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_with_the_simulator_calls_this_machine_alone() {
        let is_allowed =
            |url: &str, has_simulator| ApiAddress::check(url.parse().unwrap(), has_simulator).is_ok();

        assert!(is_allowed("http://127.0.0.1:3200/", true));
        assert!(!is_allowed("https://api.stripe.com/", true));
        assert!(!is_allowed("http://localhost:3200/", true));
        assert!(is_allowed("https://api.stripe.com/", false));
    }
}
