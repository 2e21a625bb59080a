//! The sale of Premium through Stripe: a page to buy on, a portal to change it, webhooks, and what follows from them.
//!
//! ```text
//! startCheckout -> Stripe's page -> webhook: stored, answered -> job: everything of the customer is asked for
//!                                      nightly reconciliation -'        -> rows -> judged -> plan, notices, events
//! ```
//!
//! What a webhook says is never believed: it only names a customer, whose subscriptions, invoices, charges and disputes are
//! then asked for. So it does not matter whether one comes twice, late, in another order or not at all. Reading asks the
//! rows alone.
//!
//! # Effects
//!
//! [`Facts::judge`] decides, from what Stripe said and the clock:
//!
//! | Stripe says | Premium |
//! |---|---|
//! | `trialing` | yes; notice 3 days before the end of the trial, unless it was cancelled |
//! | `active`, also while a bank takes days to pay, while collection is paused, or cancelled to the end of the period | yes |
//! | `active` or `trialing`, and no news for 7 days after the end of the period | no, until Stripe was heard of |
//! | `past_due` | for 7 days after the first refusal of the oldest invoice that is owed; notices on day 0, 3 and 6 |
//! | `past_due`, and no invoice of it was ever paid (a first bank debit that failed) | no |
//! | `unpaid`, `incomplete`, `incomplete_expired`, `paused`, `canceled` | no |
//! | a state that is not known | to the end of the period |
//! | the last payment was refunded in full | no, at once |
//! | the last payment was refunded in part | as if it was not |
//! | the last payment is disputed, and the bank took the money | no, until it is decided |
//! | the dispute is lost; is won, or was a question only | no; as if there was none |
//! | the customer was deleted, or the subscription is not known any more | no |
//! | a price that is none of ours | no |
//!
//! The last payment is that of the newest invoice for which money was paid: once the next period is paid, the one before
//! does not matter. A user has bought Premium while one of their subscriptions gives it. Premium that the operator granted
//! is kept apart ([`crate::plan`]), and never taken away here.
//!
//! - No call to Stripe is made inside a transaction; a row that marks the attempt is committed before, and its id is the key
//!   by which the call can be repeated.
//! - Stripe knows a user by their e-mail address and their id. Nothing about a person is logged, or kept of webhooks.
//! - While Stripe does not answer, everything else works, and what it decided before holds.

mod checkout;
mod config;
mod consequences;
mod customer;
mod email;
mod error;
mod events;
mod exported;
mod facts;
mod farewell;
mod graphql;
mod handlers;
mod ids;
mod judgement;
mod look;
mod notices;
mod operator;
mod reconciliation;
mod return_url;
mod scheduling;
mod service;
mod signature;
mod store;
mod stripe_client;
mod turns;

pub use checkout::OpenCheckout;
pub use config::{BillingConfig, BillingInterval, Prices, Sale};
pub use error::{BillingError, Refusal};
pub use events::WebhookError;
pub use facts::{Facts, LastPayment, Records};
pub use graphql::{
    AdminBillingDrift, AdminFields, BillingState, BillingSubscription, BillingSubscriptionEvent, Invoice,
    Mutation, OpenBillingPortalInput, OpenBillingPortalPayload, PaymentProblem, StartCheckoutInput,
    StartCheckoutPayload, ViewerFields,
};
pub use ids::{BillingDriftId, BillingSubscriptionId, InvoiceId};
pub use judgement::{Judgement, NEWS_GRACE, PAYMENT_GRACE, PaymentProblemKind};
pub use operator::{WrongPrice, check_prices, drifts_since};
pub use reconciliation::{Reconciliation, reconcile};
pub use return_url::ReturnUrlMistake;
pub use service::{BillingService, WantedCheckout};
pub use signature::BadSignature;
pub use store::{DriftKind, DriftRow, NewDrift, OpenedInvoice, StoredInvoiceState, SubscriptionRow};
pub use stripe_client::{
    ApiAddress, CallKey, Charge, ChargeResult, Checkout, CheckoutOrder, ClientError, Customer, CustomerPage,
    Dispute, DisputeState, Invoice as StripeInvoice, InvoiceState, Price, Status, Stripe, StripeClient,
    StripeFailure, Subscription,
};

use std::sync::Arc;

use crate::event_consumers::EventConsumer;
use crate::features::{Departure, ExportedTable, Feature, OwnWorker, Parts};
use crate::jobs::Schedule;
use crate::notices::NoticeType;

/// Maximum number of customers that are looked at at once.
const LOOKED_AT_ONCE: usize = 8;

/// The sale of Premium.
#[derive(Debug)]
pub struct Billing;

impl Feature for Billing {
    fn name(&self) -> &'static str {
        "billing"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn consumer(&self) -> Option<Arc<dyn EventConsumer>> {
        Some(Arc::new(email::ProfileChanges))
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::PaymentFailed, &notices::TrialEnding]
    }

    fn schedules(&self) -> Vec<Schedule> {
        vec![scheduling::RECONCILIATION]
    }

    fn workers(&self, parts: &Parts) -> Vec<OwnWorker> {
        // A slow Stripe holds up nothing else.
        vec![OwnWorker {
            at_once: LOOKED_AT_ONCE,
            handlers: handlers::Desk::handlers(parts),
        }]
    }

    fn departures(&self, parts: &Parts) -> Vec<Arc<dyn Departure>> {
        vec![Arc::new(farewell::Farewell {
            core: parts.core.clone(),
            sale: parts.billing.sale.clone(),
        })]
    }
}
