//! Checkout sessions through the client.

use amda::stripe_simulator::Action;
use stripe_checkout::checkout_session::{
    CreateCheckoutSessionDiscounts, CreateCheckoutSessionSubscriptionData, ExpireCheckoutSession,
    ListLineItemsCheckoutSession, RetrieveCheckoutSession,
};
use stripe_shared::{CheckoutSessionPaymentStatus, CheckoutSessionStatus, SubscriptionStatus};

use super::shop::{DAY, DECLINED_LATER, GOOD, HOUR, NOON, SLOW, Shop, newest_invoice, text};

#[tokio::test]
async fn a_checkout_that_is_paid_becomes_a_subscription() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop
        .order(&customer)
        .client_reference_id("user-1")
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(session.status, Some(CheckoutSessionStatus::Open));
    assert!(session.url.as_ref().unwrap().contains(session.id.as_str()));

    let id = shop.pay(&session, GOOD);

    let session = RetrieveCheckoutSession::new(session.id)
        .expand([
            "subscription".to_owned(),
            "line_items".to_owned(),
            "customer".to_owned(),
        ])
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(session.status, Some(CheckoutSessionStatus::Complete));
    assert_eq!(session.payment_status, CheckoutSessionPaymentStatus::Paid);
    assert_eq!(session.client_reference_id.as_deref(), Some("user-1"));
    assert_eq!(session.amount_total, Some(900));
    assert_eq!(session.line_items.unwrap().data[0].amount_total, 900);
    let subscription = session.subscription.unwrap().into_object().unwrap();
    assert_eq!(
        (subscription.id.as_str(), subscription.status),
        (id.as_str(), SubscriptionStatus::Active)
    );
    assert_eq!(subscription.items.data[0].current_period_end, NOON + 31 * DAY);
    assert_eq!(subscription.items.data[0].price.id.as_str(), shop.monthly);
}

#[tokio::test]
async fn a_declined_card_leaves_the_checkout_open_and_nothing_behind() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop.checkout(&customer).await;

    let declined = shop.simulator.act(Action::PayCheckout {
        session: session.id.to_string(),
        card: Some(DECLINED_LATER.to_owned()),
        code: None,
    });

    assert!(
        declined
            .unwrap_err()
            .to_string()
            .contains("Your card was declined.")
    );
    assert_eq!(shop.simulator.subscriptions(), []);
    shop.pay(&session, GOOD);
    assert_eq!(shop.simulator.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_trial_takes_a_card_and_no_money() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let mut data = CreateCheckoutSessionSubscriptionData::new();
    data.trial_period_days = Some(14);
    data.metadata = Some([("user".to_owned(), "01J".to_owned())].into());
    let session = shop
        .order(&customer)
        .subscription_data(data)
        .send(&shop.client)
        .await
        .unwrap();

    let id = shop.pay(&session, GOOD);

    let subscription = shop.subscription(&id).await;
    assert_eq!(subscription.status, SubscriptionStatus::Trialing);
    assert_eq!(subscription.trial_end, Some(NOON + 14 * DAY));
    assert_eq!(subscription.items.data[0].current_period_end, NOON + 14 * DAY);
    assert_eq!(subscription.metadata["user"], "01J");
    let session = RetrieveCheckoutSession::new(session.id)
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(
        session.payment_status,
        CheckoutSessionPaymentStatus::NoPaymentRequired
    );
}

#[tokio::test]
async fn a_promotion_code_reduces_the_first_invoice() {
    let shop = Shop::open().await;
    let call = |path: &str, form: &str| shop.simulator.call("POST", path, form).unwrap();
    call("/v1/coupons", "id=half&percent_off=50&duration=once");
    call(
        "/v1/promotion_codes",
        "promotion[type]=coupon&promotion[coupon]=half&code=HALF",
    );
    let customer = shop.customer().await;
    let session = shop
        .order(&customer)
        .allow_promotion_codes(true)
        .send(&shop.client)
        .await
        .unwrap();

    let paid = shop.simulator.act(Action::PayCheckout {
        session: session.id.to_string(),
        card: Some(GOOD.to_owned()),
        code: Some("half".to_owned()),
    });

    let subscription = shop.subscription(&text(&paid.unwrap(), "subscription")).await;
    let invoice = newest_invoice(&subscription);
    let invoice = shop
        .simulator
        .call("GET", &format!("/v1/invoices/{invoice}"), "")
        .unwrap();
    assert_eq!(
        (&invoice["subtotal"], &invoice["amount_paid"]),
        (&900.into(), &450.into())
    );
    assert!(subscription.discounts.is_empty(), "it was for once");
}

#[tokio::test]
async fn a_coupon_for_ever_is_a_discount_of_the_subscription() {
    let shop = Shop::open().await;
    shop.simulator
        .call("POST", "/v1/coupons", "id=tenth&percent_off=10&duration=forever")
        .unwrap();
    let customer = shop.customer().await;
    let mut discount = CreateCheckoutSessionDiscounts::new();
    discount.coupon = Some("tenth".to_owned());
    let session = shop
        .order(&customer)
        .discounts(vec![discount])
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(session.amount_total, Some(810));

    let id = shop.pay(&session, GOOD);

    assert_eq!(shop.subscription(&id).await.discounts.len(), 1);
    let expanded = shop
        .simulator
        .call("GET", &format!("/v1/subscriptions/{id}"), "expand[]=discounts")
        .unwrap();
    assert_eq!(expanded["discounts"][0]["source"]["coupon"], "tenth");
}

#[tokio::test]
async fn a_bank_account_pays_days_after_the_checkout() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop.checkout(&customer).await;

    let id = shop.pay(&session, SLOW);

    let read = async || {
        RetrieveCheckoutSession::new(session.id.clone())
            .send(&shop.client)
            .await
    };
    assert_eq!(
        read().await.unwrap().payment_status,
        CheckoutSessionPaymentStatus::Unpaid
    );
    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::Active);
    shop.simulator.advance(5 * DAY).unwrap();
    assert_eq!(
        read().await.unwrap().payment_status,
        CheckoutSessionPaymentStatus::Paid
    );
    assert!(
        shop.event_types()
            .contains(&"checkout.session.async_payment_succeeded".to_owned())
    );
}

#[tokio::test]
async fn a_bank_account_that_does_not_pay_leaves_the_subscription_past_due() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(SLOW).await;
    let invoice = newest_invoice(&shop.subscription(&id).await);

    let settled = shop.simulator.act(Action::SettlePayment {
        invoice,
        succeeds: false,
    });

    settled.unwrap();
    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::PastDue);
    assert!(
        shop.event_types()
            .contains(&"checkout.session.async_payment_failed".to_owned())
    );
}

#[tokio::test]
async fn a_checkout_expires_by_itself_or_by_the_client() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let first = shop
        .order(&customer)
        .expires_at(NOON + HOUR)
        .send(&shop.client)
        .await
        .unwrap();
    let second = shop.checkout(&customer).await;

    let expired = ExpireCheckoutSession::new(second.id.clone())
        .send(&shop.client)
        .await
        .unwrap();
    shop.simulator.advance(HOUR).unwrap();

    assert_eq!(expired.status, Some(CheckoutSessionStatus::Expired));
    let first = RetrieveCheckoutSession::new(first.id)
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(first.status, Some(CheckoutSessionStatus::Expired));
    assert!(
        ExpireCheckoutSession::new(second.id)
            .send(&shop.client)
            .await
            .is_err()
    );
    let types = shop.event_types();
    let expirations = types.iter().filter(|kind| *kind == "checkout.session.expired");
    assert_eq!(expirations.count(), 2);
}

#[tokio::test]
async fn the_lines_of_a_checkout_are_listed() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop.checkout(&customer).await;

    let lines = ListLineItemsCheckoutSession::new(session.id)
        .send(&shop.client)
        .await
        .unwrap();

    assert_eq!(lines.data[0].description.as_deref(), Some("Premium"));
}
