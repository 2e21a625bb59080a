use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::billing_subscriptions;
use crate::features::billing::config::{BillingInterval, Prices};
use crate::features::billing::facts::{Facts, LastPayment, Records};
use crate::features::billing::ids::BillingSubscriptionId;
use crate::features::billing::stripe_client::{Status, Subscription};
use crate::id::UserId;
use crate::work::Work;

/// A subscription as Stripe told of it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = billing_subscriptions, treat_none_as_null = true)]
pub struct SubscriptionRow {
    /// The id.
    pub id: BillingSubscriptionId,
    /// Stripe's id.
    pub stripe_id: String,
    /// The state in Stripe's word.
    pub status: String,
    /// None when the price is none that gives Premium.
    pub billing_interval: Option<BillingInterval>,
    /// The price of an interval, in minor units of the currency.
    pub amount: Option<i64>,
    /// The currency, in lower case.
    pub currency: String,
    /// The beginning of the present period.
    pub period_starts_at: DateTime<Utc>,
    /// The end of the present period.
    pub period_ends_at: DateTime<Utc>,
    /// The end of its trial.
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// Time at which it ends unless that is taken back.
    pub cancels_at: Option<DateTime<Utc>>,
    /// Time at which it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Since when its payment is refused.
    pub failing_since: Option<DateTime<Utc>>,
    /// An invoice of it was paid.
    pub was_paid: bool,
    /// What became of the last payment.
    pub last_payment: LastPayment,
    /// It gave Premium when it was looked at last.
    pub gives_premium: bool,
    /// Time at which it was made at Stripe.
    pub created_at: DateTime<Utc>,
}

impl SubscriptionRow {
    /// The row of a subscription of `records`. `gives_premium` is to be judged.
    pub(in crate::features::billing) fn of(
        id: BillingSubscriptionId,
        subscription: &Subscription,
        records: &Records,
        prices: &Prices,
    ) -> Self {
        let known = subscription.prices.iter().find_map(|price| {
            let interval = prices.interval(&price.id)?;
            Some((interval, price.amount))
        });
        let facts = records.facts(subscription, known.is_some());
        Self {
            id,
            stripe_id: subscription.id.clone(),
            status: subscription.status.as_str().to_owned(),
            billing_interval: known.map(|(interval, _)| interval),
            amount: known.and_then(|(_, amount)| amount),
            currency: subscription.currency.clone(),
            period_starts_at: facts.period_starts_at,
            period_ends_at: facts.period_ends_at,
            trial_ends_at: facts.trial_ends_at,
            cancels_at: facts.cancels_at,
            ended_at: subscription.ended_at,
            failing_since: facts.failing_since,
            was_paid: facts.was_paid,
            last_payment: facts.last_payment,
            gives_premium: false,
            created_at: subscription.created_at,
        }
    }

    /// What Stripe said that decides on Premium.
    pub fn facts(&self) -> Facts {
        Facts {
            status: Status::of(&self.status),
            is_premium: self.billing_interval.is_some(),
            period_starts_at: self.period_starts_at,
            period_ends_at: self.period_ends_at,
            trial_ends_at: self.trial_ends_at,
            cancels_at: self.cancels_at,
            failing_since: self.failing_since,
            was_paid: self.was_paid,
            last_payment: self.last_payment,
        }
    }
}

/// The user's subscriptions, oldest first, locked against other changes until the transaction ends.
pub(in crate::features::billing) async fn list_subscriptions(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Vec<SubscriptionRow>> {
    billing_subscriptions::table
        .filter(billing_subscriptions::user_id.eq(user))
        .order((billing_subscriptions::created_at, billing_subscriptions::id))
        .select(SubscriptionRow::as_select())
        .for_no_key_update()
        .load(conn)
        .await
}

/// The subscription that is shown to the user: one that gives Premium, else the newest, of those that could give it.
pub(in crate::features::billing) async fn find_shown(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<Option<BillingSubscriptionId>> {
    billing_subscriptions::table
        .filter(billing_subscriptions::user_id.eq(user))
        .filter(billing_subscriptions::billing_interval.is_not_null())
        .order((
            billing_subscriptions::gives_premium.desc(),
            billing_subscriptions::ended_at.is_null().desc(),
            billing_subscriptions::created_at.desc(),
            billing_subscriptions::id.desc(),
        ))
        .select(billing_subscriptions::id)
        .first(conn)
        .await
        .optional()
}

/// Existing rows among `ids`.
pub(in crate::features::billing) async fn load_subscriptions(
    conn: &mut AsyncPgConnection,
    ids: &[BillingSubscriptionId],
) -> QueryResult<Vec<SubscriptionRow>> {
    billing_subscriptions::table
        .filter(billing_subscriptions::id.eq_any(ids))
        .select(SubscriptionRow::as_select())
        .load(conn)
        .await
}

/// Writes a subscription as it is now.
pub(in crate::features::billing) async fn save_subscription(
    work: &mut Work,
    row: &SubscriptionRow,
) -> QueryResult<()> {
    diesel::insert_into(billing_subscriptions::table)
        .values((billing_subscriptions::user_id.eq(work.user), row))
        .on_conflict(billing_subscriptions::id)
        .do_update()
        .set(row)
        .execute(work)
        .await
        .map(drop)
}

/// Writes a judgement.
pub(in crate::features::billing) async fn set_premium(
    work: &mut Work,
    id: BillingSubscriptionId,
    gives_premium: bool,
) -> QueryResult<()> {
    diesel::update(billing_subscriptions::table.find(id))
        .set(billing_subscriptions::gives_premium.eq(gives_premium))
        .execute(work)
        .await
        .map(drop)
}
