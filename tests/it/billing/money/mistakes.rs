//! The checks themselves: each mistake that AMDA could make is found.

use amda::features::billing::BillingInterval;
use amda::stripe_simulator::{Action, Dunning};

use super::checks::Checks;
use super::deeds::wanted;
use super::market::{Market, Terms, days};
use crate::billing::steps::{DECLINED_LATER, GOOD};

const HOUR: i64 = 3_600;

/// What could be stored wrong of somebody whose payment fails.
const MISTAKES: [&str; 15] = [
    "UPDATE users SET plan = 'FREE', bought_plan = 'FREE'",
    "UPDATE users SET plan = 'FREE'",
    "UPDATE billing_subscriptions SET status = 'active'",
    "UPDATE billing_subscriptions SET failing_since = failing_since + interval '1 second'",
    "UPDATE billing_subscriptions SET period_ends_at = period_ends_at - interval '1 second'",
    "UPDATE billing_subscriptions SET last_payment = 'REFUNDED'",
    "UPDATE billing_subscriptions SET was_paid = false",
    "UPDATE billing_subscriptions SET gives_premium = false",
    "UPDATE billing_subscriptions SET billing_interval = 'YEARLY'",
    "UPDATE billing_invoices SET refunded = 1",
    "DELETE FROM billing_invoices WHERE state = 'OPEN'",
    "DELETE FROM billing_subscriptions",
    "INSERT INTO events SELECT user_id, sequence + 1000, kind, account_id, subject_id, occurred_at FROM events
        WHERE kind = 'BILLING_SUBSCRIPTION_CHANGED' LIMIT 1",
    "DELETE FROM notifications",
    "INSERT INTO notifications (id, user_id, kind, details, created_at)
        SELECT gen_random_uuid(), user_id, kind, details, created_at FROM notifications",
];

/// A market where somebody paid for a month, and whose next payment was refused an hour ago.
async fn a_failed_payment() -> Market {
    let market = Market::open(Terms {
        trial_days: 0,
        dunning: Dunning::default(),
    })
    .await;
    let billing = &market.world.services.billing;
    let wanted = wanted(BillingInterval::Monthly);
    let page = Box::pin(billing.start_checkout(market.people[0].user, wanted)).await;
    let url = page.unwrap().url;
    let (_, session) = url.rsplit_once('/').unwrap();
    let paid = Action::PayCheckout {
        session: session.to_owned(),
        card: Some(GOOD.to_owned()),
        code: None,
    };
    market.stripe.act(paid).unwrap();
    let customer = market.customers(&market.people[0]).remove(0);
    let card = DECLINED_LATER.to_owned();
    market.stripe.act(Action::ReplaceCard { customer, card }).unwrap();
    market.pass(days(31) + 2 * HOUR);
    market.reconcile().await.unwrap();
    market
}

#[tokio::test]
async fn each_mistake_is_found() {
    let market = a_failed_payment().await;
    let mut checks = Checks::default();
    assert_eq!(checks.after_reconciliation(&market).await, [""; 0]);

    for mistake in MISTAKES {
        market.watcher.batch_execute("BEGIN").await.unwrap();
        let changed = market.watcher.execute(mistake, &[]).await.unwrap();
        let found = checks.clone().after_reconciliation(&market).await;
        market.watcher.batch_execute("ROLLBACK").await.unwrap();

        assert!(changed > 0, "{mistake}");
        assert_ne!(found, [""; 0], "{mistake}");
    }
    market.close().await;
}
