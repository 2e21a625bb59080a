//! The life of a subscription while time passes.

use amda::stripe_simulator::{Action, AfterLastRetry, Dunning};
use stripe_billing::invoice::{PayInvoice, RetrieveInvoice};
use stripe_billing::subscription::{
    CancelSubscription, UpdateSubscription, UpdateSubscriptionItems, UpdateSubscriptionProrationBehavior,
};
use stripe_shared::{InvoiceStatus, Subscription, SubscriptionStatus};

use super::shop::{DAY, DECLINED_LATER, GOOD, HOUR, NOON, Shop, newest_invoice, text};

fn end_of(subscription: &Subscription) -> i64 {
    subscription.items.data[0].current_period_end
}

#[tokio::test]
async fn a_renewal_is_drafted_at_the_end_of_the_period_and_paid_an_hour_later() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;
    let end = end_of(&shop.subscription(&id).await);

    shop.advance_to(end);

    let renewed = shop.subscription(&id).await;
    assert_eq!(end_of(&renewed), end + 28 * DAY);
    let invoice = newest_invoice(&renewed);
    let read = async || RetrieveInvoice::new(invoice.as_str()).send(&shop.client).await;
    assert_eq!(read().await.unwrap().status, Some(InvoiceStatus::Draft));
    shop.simulator.advance(HOUR).unwrap();
    let paid = read().await.unwrap();
    assert_eq!((paid.status, paid.amount_paid), (Some(InvoiceStatus::Paid), 900));
}

#[tokio::test]
async fn many_periods_pass_in_one_step() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;

    shop.simulator.advance(365 * DAY).unwrap();

    let subscription = shop.subscription(&id).await;
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert!(end_of(&subscription) > NOON + 365 * DAY);
    let query = format!("customer={customer}&limit=100&status=paid");
    let invoices = shop.simulator.call("GET", "/v1/invoices", &query).unwrap();
    assert_eq!(invoices["data"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn a_failed_renewal_is_tried_again_by_the_schedule_and_then_ends_the_subscription() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let end = end_of(&shop.subscription(&id).await);
    shop.replace_card(&customer, DECLINED_LATER);

    shop.advance_to(end + HOUR);

    let past_due = shop.subscription(&id).await;
    assert_eq!(past_due.status, SubscriptionStatus::PastDue);
    let invoice = newest_invoice(&past_due);
    let read = async || RetrieveInvoice::new(invoice.as_str()).send(&shop.client).await;
    let first = read().await.unwrap();
    assert_eq!(
        (first.attempt_count, first.next_payment_attempt),
        (1, Some(end + HOUR + 3 * DAY))
    );
    assert!(first.hosted_invoice_url.is_some());
    shop.simulator.advance(3 * DAY).unwrap();
    assert_eq!(read().await.unwrap().attempt_count, 2);
    shop.simulator.advance(12 * DAY).unwrap();
    let ended = shop.subscription(&id).await;
    assert_eq!(ended.status, SubscriptionStatus::Canceled);
    assert_eq!(ended.ended_at, Some(end + HOUR + 15 * DAY));
    let reason = ended.cancellation_details.unwrap().reason.unwrap();
    assert_eq!(reason.as_str(), "payment_failed");
    assert_eq!(read().await.unwrap().next_payment_attempt, None);
}

#[tokio::test]
async fn another_card_mends_a_past_due_subscription_at_the_next_attempt() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let end = end_of(&shop.subscription(&id).await);
    shop.replace_card(&customer, DECLINED_LATER);
    shop.advance_to(end + HOUR);

    shop.replace_card(&customer, GOOD);
    shop.simulator.advance(3 * DAY).unwrap();

    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn an_account_may_leave_subscriptions_unpaid_and_a_payment_revives_them() {
    let shop = Shop::open().await;
    let dunning = Dunning {
        retry_after_days: vec![1],
        after_last_retry: AfterLastRetry::MarkUnpaid,
    };
    shop.simulator.act(Action::SetDunning { dunning }).unwrap();
    let (customer, id) = shop.subscribed(GOOD).await;
    let end = end_of(&shop.subscription(&id).await);
    shop.replace_card(&customer, DECLINED_LATER);

    shop.advance_to(end + 2 * DAY);

    let unpaid = shop.subscription(&id).await;
    assert_eq!(unpaid.status, SubscriptionStatus::Unpaid);
    shop.replace_card(&customer, GOOD);
    let invoice = newest_invoice(&unpaid);
    let paid = PayInvoice::new(invoice.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(paid.status, Some(InvoiceStatus::Paid));
    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn a_trial_is_announced_and_then_paid() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let form = format!(
        "customer={customer}&items[0][price]={}&trial_period_days=14",
        shop.monthly
    );
    shop.replace_card(&customer, GOOD);
    let made = shop.simulator.call("POST", "/v1/subscriptions", &form).unwrap();
    let id = text(&made, "id");

    shop.simulator.advance(11 * DAY).unwrap();
    let is_announced = shop
        .event_types()
        .contains(&"customer.subscription.trial_will_end".to_owned());
    shop.simulator.advance(3 * DAY + HOUR).unwrap();

    assert!(is_announced);
    let subscription = shop.subscription(&id).await;
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!(subscription.billing_cycle_anchor, NOON + 14 * DAY);
    let invoice = newest_invoice(&subscription);
    let invoice = RetrieveInvoice::new(invoice.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(invoice.amount_paid, 900);
}

#[tokio::test]
async fn a_trial_without_a_card_pauses_or_ends_or_is_owed() {
    let shop = Shop::open().await;
    let after = [
        ("pause", SubscriptionStatus::Paused),
        ("cancel", SubscriptionStatus::Canceled),
        ("create_invoice", SubscriptionStatus::PastDue),
    ];
    for (behavior, expected) in after {
        let customer = shop.customer().await;
        let form = format!(
            "customer={customer}&items[0][price]={}&trial_period_days=7&\
             trial_settings[end_behavior][missing_payment_method]={behavior}",
            shop.monthly
        );
        let made = shop.simulator.call("POST", "/v1/subscriptions", &form).unwrap();

        shop.simulator.advance(7 * DAY + HOUR).unwrap();

        assert_eq!(
            shop.subscription(&text(&made, "id")).await.status,
            expected,
            "{behavior}"
        );
    }
}

#[tokio::test]
async fn a_paused_subscription_is_resumed_with_a_card() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let form = format!(
        "customer={customer}&items[0][price]={}&trial_period_days=7&\
         trial_settings[end_behavior][missing_payment_method]=pause",
        shop.monthly
    );
    let id = text(
        &shop.simulator.call("POST", "/v1/subscriptions", &form).unwrap(),
        "id",
    );
    shop.simulator.advance(8 * DAY).unwrap();
    let resume = || {
        shop.simulator
            .call("POST", &format!("/v1/subscriptions/{id}/resume"), "")
    };
    assert!(resume().is_err(), "there is no card yet");

    shop.replace_card(&customer, GOOD);
    resume().unwrap();

    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::Active);
    assert!(
        shop.event_types()
            .contains(&"customer.subscription.resumed".to_owned())
    );
}

#[tokio::test]
async fn a_first_payment_that_is_not_made_expires_after_a_day() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    shop.replace_card(&customer, DECLINED_LATER);
    let form = format!("customer={customer}&items[0][price]={}", shop.monthly);
    let id = text(
        &shop.simulator.call("POST", "/v1/subscriptions", &form).unwrap(),
        "id",
    );
    assert_eq!(
        shop.subscription(&id).await.status,
        SubscriptionStatus::Incomplete
    );

    shop.simulator.advance(23 * HOUR).unwrap();

    let expired = shop.subscription(&id).await;
    assert_eq!(expired.status, SubscriptionStatus::IncompleteExpired);
    let invoice = newest_invoice(&expired);
    let invoice = RetrieveInvoice::new(invoice.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(invoice.status, Some(InvoiceStatus::Void));
}

#[tokio::test]
async fn a_cancellation_ends_with_the_period_and_can_be_taken_back_before() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;
    let cancel = async |cancels| {
        UpdateSubscription::new(id.as_str())
            .cancel_at_period_end(cancels)
            .send(&shop.client)
            .await
    };

    let asked = cancel(true).await.unwrap();
    let end = end_of(&asked);
    assert_eq!(
        (asked.status.clone(), asked.cancel_at),
        (SubscriptionStatus::Active, Some(end))
    );
    let kept = cancel(false).await.unwrap();
    assert_eq!((kept.cancel_at, kept.canceled_at), (None, None));
    cancel(true).await.unwrap();
    shop.advance_to(end);

    let ended = shop.subscription(&id).await;
    assert_eq!(
        (ended.status, ended.ended_at),
        (SubscriptionStatus::Canceled, Some(end))
    );
    assert_eq!(
        shop.event_types().last().unwrap(),
        "customer.subscription.deleted"
    );
}

#[tokio::test]
async fn a_cancellation_at_once_is_final() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;

    let ended = CancelSubscription::new(id.as_str())
        .send(&shop.client)
        .await
        .unwrap();

    assert_eq!(
        (ended.status, ended.ended_at),
        (SubscriptionStatus::Canceled, Some(NOON))
    );
    assert!(
        CancelSubscription::new(id.as_str())
            .send(&shop.client)
            .await
            .is_err()
    );
    assert!(
        UpdateSubscription::new(id.as_str())
            .cancel_at_period_end(true)
            .send(&shop.client)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_change_to_the_yearly_price_begins_a_new_period_and_credits_the_old_one() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;
    let item = shop.subscription(&id).await.items.data[0].id.to_string();
    shop.simulator.advance(15 * DAY + DAY / 2).unwrap();

    let mut change = UpdateSubscriptionItems::new();
    change.id = Some(item);
    change.price = Some(shop.yearly.clone());
    let changed = UpdateSubscription::new(id.as_str())
        .items(vec![change])
        .send(&shop.client)
        .await
        .unwrap();

    assert_eq!(end_of(&changed), NOON + 15 * DAY + DAY / 2 + 365 * DAY);
    let invoice = newest_invoice(&changed);
    let invoice = RetrieveInvoice::new(invoice.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    let amounts: Vec<i64> = invoice.lines.data.iter().map(|line| line.amount).collect();
    assert_eq!((amounts, invoice.amount_paid), (vec![-450, 9_000], 8_550));
}

#[tokio::test]
async fn a_change_within_the_period_waits_for_the_next_invoice() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;
    let before = shop.subscription(&id).await;
    let change = |quantity| {
        let mut change = UpdateSubscriptionItems::new();
        change.id = Some(before.items.data[0].id.to_string());
        change.quantity = Some(quantity);
        UpdateSubscription::new(id.as_str()).items(vec![change])
    };

    let waiting = change(2).send(&shop.client).await.unwrap();
    let now = UpdateSubscriptionProrationBehavior::AlwaysInvoice;
    let invoiced = change(3)
        .proration_behavior(now)
        .send(&shop.client)
        .await
        .unwrap();

    let first = newest_invoice(&before);
    assert_eq!(newest_invoice(&waiting), first);
    let second = newest_invoice(&invoiced);
    let second = RetrieveInvoice::new(second.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(second.amount_paid, 2 * 900);
    shop.advance_to(end_of(&invoiced) + HOUR);
    let renewed = newest_invoice(&shop.subscription(&id).await);
    let renewed = RetrieveInvoice::new(renewed.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(renewed.amount_paid, 3 * 900);
}
