use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::config::BillingInterval;
use super::super::ids::BillingSubscriptionId;
use super::super::judgement::{Judgement, PaymentProblemKind};
use super::super::store::SubscriptionRow;
use super::super::stripe_client::Status;
use super::invoice::Invoice;
use super::service;
use crate::graphql::{Connection, Cursor, Entity, Link, List, PageArguments, internal, viewer, wants_total};

/// State of a subscription. New states may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum BillingState {
    /// Tried out, and paid from `trialEndsAt` on.
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
    /// A state that this server does not know.
    Other,
}

impl From<Status> for BillingState {
    fn from(status: Status) -> Self {
        match status {
            Status::Trialing => Self::Trialing,
            Status::Active => Self::Active,
            Status::PastDue => Self::PastDue,
            Status::Unpaid => Self::Unpaid,
            Status::Incomplete => Self::Incomplete,
            Status::IncompleteExpired => Self::IncompleteExpired,
            Status::Paused => Self::Paused,
            Status::Canceled => Self::Canceled,
            Status::Other(_) => Self::Other,
        }
    }
}

/// Problem with the payment of a subscription.
#[derive(Debug, SimpleObject)]
pub struct PaymentProblem {
    /// Kind of the problem.
    kind: PaymentProblemKind,
    /// Page of Stripe's on which the viewer pays what is owed; null when there is none, and `openBillingPortal` is the way.
    url: Option<Link>,
}

/// Subscription to a plan, bought from Stripe.
#[derive(Debug, Clone)]
pub struct BillingSubscription(pub SubscriptionRow);

/// Subscription to a plan, bought from Stripe.
#[Object]
impl BillingSubscription {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// State of the subscription.
    async fn state(&self) -> BillingState {
        Status::of(&self.0.status).into()
    }

    /// True while the subscription gives Premium.
    async fn gives_premium(&self) -> bool {
        self.0.gives_premium
    }

    /// Interval at which it is paid; null when its price is not one of Premium's any more.
    async fn interval(&self) -> Option<BillingInterval> {
        self.0.billing_interval
    }

    /// Price of an interval, in minor units of `currency` such as cents, before taxes and discounts; null when it is not a
    /// fixed one.
    async fn price_amount(&self) -> Option<i64> {
        self.0.amount
    }

    /// Currency of the price: a code of ISO 4217, such as `EUR`.
    async fn currency(&self) -> String {
        self.0.currency.to_ascii_uppercase()
    }

    /// End of the period that is paid, or tried out; at this time the next is paid.
    async fn current_period_end(&self) -> DateTime<Utc> {
        self.0.period_ends_at
    }

    /// Time at which it ends, because the viewer cancelled it; null while it goes on, and once it has ended.
    async fn cancels_at(&self) -> Option<DateTime<Utc>> {
        self.0.cancels_at.filter(|_| self.0.ended_at.is_none())
    }

    /// Time at which it ended; null while it goes on.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// End of the trial; null when there was none.
    async fn trial_ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.trial_ends_at
    }

    /// Problem with the payment; null when there is none. Show it with a button that leads to `url`.
    async fn payment_problem(&self, ctx: &Context<'_>) -> Result<Option<PaymentProblem>> {
        let Some(kind) = self.judge(ctx).problem else {
            return Ok(None);
        };
        let user = viewer(ctx)?.user;
        let owed = match kind {
            PaymentProblemKind::PaymentFailed => service(ctx).owed_invoice(user, self.0.id).await,
            PaymentProblemKind::Refunded
            | PaymentProblemKind::Disputed
            | PaymentProblemKind::DisputeLost
            | PaymentProblemKind::Unconfirmed => Ok(None),
        };
        let owed = owed.map_err(|e| internal(ctx, e))?;
        let url = owed.and_then(|invoice| invoice.hosted_url);
        Ok(Some(PaymentProblem {
            kind,
            url: url.map(Link::of_another_server),
        }))
    }

    /// Time at which Premium ends unless what is owed is paid; null when nothing is owed, and when Premium ended.
    async fn grace_ends_at(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        self.judge(ctx).grace_ends_at
    }

    /// Time at which it was bought.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Invoices to the viewer, newest first, also those of earlier subscriptions. `billingSubscriptionChanged` announces
    /// their changes. Null only when an argument is wrong.
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
    ) -> Result<Option<Connection<Invoice>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(List::named("invoices"))?;
        let user = viewer(ctx)?.user;
        let listed = service(ctx).invoices(user, page, wants_total(ctx)).await;
        let (items, total) = listed.map_err(|e| internal(ctx, e))?;
        let items = items.into_iter().map(Invoice).collect();
        Ok(Some(
            Connection::of(&page, items, Invoice::page_cursor).counted(total),
        ))
    }
}

impl BillingSubscription {
    fn judge(&self, ctx: &Context<'_>) -> Judgement {
        self.0.facts().judge(service(ctx).core().clock.now())
    }
}

impl Entity for BillingSubscription {
    type Id = BillingSubscriptionId;
    type Row = SubscriptionRow;
    const NAME: &'static str = "subscription";

    fn of(_: &Context<'_>, row: SubscriptionRow) -> Self {
        Self(row)
    }
}
