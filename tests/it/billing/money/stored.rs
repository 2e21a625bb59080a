//! What AMDA stored of each user, read past its own code.

use std::collections::BTreeMap;

use amda::id::UserId;
use serde::Deserialize;
use serde_json::Value;

use super::market::Market;

/// Of each user, in the words of [`Subscription::facts`](super::oracle::Subscription::facts).
const READ: &str = "SELECT u.id::text, jsonb_build_object(
    'plan', u.plan, 'granted', u.granted_plan, 'bought', u.bought_plan,
    'customer', (SELECT c.stripe_id FROM billing_customers c WHERE c.user_id = u.id),
    'checked_at', (SELECT extract(epoch FROM c.checked_at)::bigint FROM billing_customers c WHERE c.user_id = u.id),
    'plan_events', (SELECT count(*) FROM events e WHERE e.user_id = u.id AND e.kind = 'PLAN_CHANGED'),
    'billing_events', (SELECT count(*) FROM events e WHERE e.user_id = u.id AND e.kind = 'BILLING_SUBSCRIPTION_CHANGED'),
    'notices', coalesce((SELECT jsonb_agg(jsonb_build_object('kind', n.kind, 'details', n.details)
        ORDER BY n.created_at, n.id) FROM notifications n WHERE n.user_id = u.id), '[]'),
    'subscriptions', coalesce((SELECT jsonb_object_agg(s.stripe_id, jsonb_build_object(
        'events', (SELECT count(*) FROM events e WHERE e.user_id = u.id AND e.subject_id = s.id
            AND e.kind = 'BILLING_SUBSCRIPTION_CHANGED'),
        'facts', jsonb_build_object(
            'status', s.status, 'interval', s.billing_interval,
            'periodStart', extract(epoch FROM s.period_starts_at)::bigint,
            'periodEnd', extract(epoch FROM s.period_ends_at)::bigint,
            'trialEnd', extract(epoch FROM s.trial_ends_at)::bigint,
            'cancelsAt', extract(epoch FROM s.cancels_at)::bigint,
            'endedAt', extract(epoch FROM s.ended_at)::bigint,
            'failingSince', extract(epoch FROM s.failing_since)::bigint,
            'wasPaid', s.was_paid, 'lastPayment', s.last_payment, 'givesPremium', s.gives_premium,
            'bills', coalesce((SELECT jsonb_object_agg(i.stripe_id,
                jsonb_build_array(i.state, i.total, i.paid, i.refunded))
                FROM billing_invoices i WHERE i.subscription_id = s.id), '{}'))))
        FROM billing_subscriptions s WHERE s.user_id = u.id), '{}'))::text FROM users u";

/// What AMDA stored, by user.
#[derive(Debug, Clone, Default)]
pub(super) struct Stored(BTreeMap<String, Kept>);

/// What AMDA stored of a user.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Kept {
    pub(super) plan: String,
    pub(super) granted: String,
    pub(super) bought: String,
    /// The customer at Stripe.
    pub(super) customer: Option<String>,
    /// Time at which Stripe last answered what there is of the customer.
    pub(super) checked_at: Option<i64>,
    /// Number of events of changes of the plan.
    pub(super) plan_events: usize,
    /// Number of events of changes of subscriptions.
    pub(super) billing_events: i64,
    /// Oldest first.
    pub(super) notices: Vec<PostedNotice>,
    /// By Stripe's ids.
    pub(super) subscriptions: BTreeMap<String, KeptSubscription>,
}

/// A subscription as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct KeptSubscription {
    /// Number of events that tell of it.
    pub(super) events: i64,
    pub(super) facts: Value,
}

/// A notice as it is stored.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct PostedNotice {
    pub(super) kind: String,
    pub(super) details: Value,
}

impl Stored {
    pub(super) async fn read(market: &Market) -> Self {
        let rows = market.watcher.query(READ, &[]).await.unwrap();
        let kept = rows.iter().map(|row| {
            let (user, kept): (String, String) = (row.get(0), row.get(1));
            (user, serde_json::from_str(&kept).unwrap())
        });
        Self(kept.collect())
    }

    pub(super) fn of(&self, user: UserId) -> Kept {
        let kept = self.0.get(&user.as_uuid().to_string());
        kept.cloned().unwrap_or_default()
    }
}
