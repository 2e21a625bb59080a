//! The billing portal: its sessions, and what a customer does on its page.

use amda::stripe_simulator::Action;
use reqwest::StatusCode;
use stripe_billing::billing_portal_session::{
    CreateBillingPortalSession, CreateBillingPortalSessionFlowData,
    CreateBillingPortalSessionFlowDataSubscriptionCancel, CreateBillingPortalSessionFlowDataType,
};
use stripe_shared::SubscriptionStatus;

use super::shop::{DECLINED_LATER, GOOD, HOUR, Shop, newest_invoice, refusal, refused};
use crate::support::http;

async fn portal(shop: &Shop, customer: &str) -> String {
    let session = CreateBillingPortalSession::new()
        .customer(customer)
        .return_url("https://app.example/account")
        .send(&shop.client)
        .await;
    session.unwrap().url
}

async fn page(url: &str) -> String {
    http::get(url).await.text().await.unwrap()
}

#[tokio::test]
async fn a_subscription_is_cancelled_and_kept_on_in_the_portal() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let url = portal(&shop, &customer).await;
    assert!(page(&url).await.contains("href=\"https://app.example/account\""));

    shop.submit(&url, &[("do", "cancel")]).await;
    assert!(shop.subscription(&id).await.cancel_at_period_end);
    assert!(page(&url).await.contains("id=\"keep\""));
    shop.submit(&url, &[("do", "keep")]).await;

    assert!(!shop.subscription(&id).await.cancel_at_period_end);
}

#[tokio::test]
async fn another_price_is_chosen_in_the_portal_and_paid_at_once() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let url = portal(&shop, &customer).await;

    let answer = shop
        .submit(&url, &[("do", "price"), ("price", &shop.yearly)])
        .await;

    assert_eq!(answer.status(), StatusCode::OK);
    let subscription = shop.subscription(&id).await;
    assert_eq!(subscription.items.data[0].price.id.as_str(), shop.yearly);
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    let invoice = format!("/v1/invoices/{}", newest_invoice(&subscription));
    let invoice = shop.simulator.call("GET", &invoice, "").unwrap();
    assert_eq!(invoice["amount_paid"], 9_000 - 900);
}

#[tokio::test]
async fn a_customer_is_sent_to_the_portal_for_one_thing() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let open = async |flow| {
        let session = CreateBillingPortalSession::new()
            .customer(customer.as_str())
            .flow_data(flow);
        session.send(&shop.client).await
    };
    let cancels = CreateBillingPortalSessionFlowDataType::SubscriptionCancel;
    let mut of_subscription = CreateBillingPortalSessionFlowData::new(cancels.clone());
    of_subscription.subscription_cancel = Some(CreateBillingPortalSessionFlowDataSubscriptionCancel::new(
        id.as_str(),
    ));
    let of_card = CreateBillingPortalSessionFlowDataType::PaymentMethodUpdate;

    let card = open(CreateBillingPortalSessionFlowData::new(of_card))
        .await
        .unwrap();
    let cancel = open(of_subscription).await.unwrap();
    let of_nothing = open(CreateBillingPortalSessionFlowData::new(cancels)).await;

    assert_eq!(card.flow.unwrap().type_.as_str(), "payment_method_update");
    assert_eq!(cancel.flow.unwrap().subscription_cancel.unwrap().subscription, id);
    assert_eq!(refusal(of_nothing).3, "flow_data[subscription_cancel]");
}

#[tokio::test]
async fn another_card_in_the_portal_pays_what_is_owed() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let end = shop.subscription(&id).await.items.data[0].current_period_end;
    shop.replace_card(&customer, DECLINED_LATER);
    shop.advance_to(end + HOUR);
    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::PastDue);
    let url = portal(&shop, &customer).await;

    let declined = shop
        .submit(&url, &[("do", "card"), ("card", "4000000000000002")])
        .await;
    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    assert!(declined.text().await.unwrap().contains("Your card was declined."));
    shop.submit(&url, &[("do", "card"), ("card", GOOD)]).await;

    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::Active);
}

#[tokio::test]
async fn a_link_to_the_portal_is_secret_and_expires() {
    let shop = Shop::open().await;
    let (customer, _) = shop.subscribed(GOOD).await;
    let url = portal(&shop, &customer).await;
    assert_eq!(http::get(&url).await.status(), StatusCode::OK);

    shop.simulator.act(Action::Advance { seconds: HOUR }).unwrap();

    assert_eq!(http::get(&url).await.status(), StatusCode::NOT_FOUND);
    let guessed = format!("{}p/session/0123", shop.simulator.url());
    assert_eq!(http::get(&guessed).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_portal_is_for_customers_that_exist() {
    let shop = Shop::open().await;

    let refused_portal = CreateBillingPortalSession::new()
        .customer("cus_nobody")
        .send(&shop.client)
        .await;

    assert_eq!(
        refusal(refused_portal),
        refused(400, "invalid_request_error", "resource_missing", "customer")
    );
}
