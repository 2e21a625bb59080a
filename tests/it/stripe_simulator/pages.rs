//! The pages of checkouts and invoices, as a browser uses them.

use reqwest::StatusCode;
use reqwest::header::LOCATION;
use stripe_billing::invoice::RetrieveInvoice;
use stripe_shared::{InvoiceStatus, SubscriptionStatus};

use super::shop::{DECLINED_LATER, GOOD, HOUR, Shop, newest_invoice};
use crate::support::http;

#[tokio::test]
async fn a_browser_pays_and_is_sent_to_the_address_of_success() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop.checkout(&customer).await;
    let url = session.url.clone().unwrap();
    let page = http::get(&url).await.text().await.unwrap();
    assert!(page.contains("Premium") && page.contains("9.00 EUR"), "{page}");
    assert!(page.contains("href=\"https://app.example/plans\""), "{page}");

    let paid = shop.submit(&url, &[("card", GOOD)]).await;

    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let next = format!("https://app.example/done?session={}", session.id);
    assert_eq!(paid.headers()[LOCATION], next.as_str());
    let again = shop.submit(&url, &[("card", GOOD)]).await;
    assert!(again.text().await.unwrap().contains("paid already"));
    assert_eq!(shop.simulator.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_browser_is_told_of_a_declined_card_and_may_try_another() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let url = shop.checkout(&customer).await.url.unwrap();

    let declined = shop.submit(&url, &[("card", "4000 0000 0000 9995")]).await;

    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    let page = declined.text().await.unwrap();
    assert!(
        page.contains("Your card has insufficient funds.") && page.contains("id=\"pay\""),
        "{page}"
    );
    assert_eq!(
        shop.submit(&url, &[("card", "1234")]).await.status(),
        StatusCode::PAYMENT_REQUIRED
    );
    assert_eq!(
        shop.submit(&url, &[("card", GOOD)]).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_wrong_promotion_code_is_refused_on_the_page() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop
        .order(&customer)
        .allow_promotion_codes(true)
        .send(&shop.client)
        .await
        .unwrap();
    let url = session.url.unwrap();

    let refused = shop.submit(&url, &[("card", GOOD), ("code", "NOTHING")]).await;

    assert!(refused.text().await.unwrap().contains("This code is invalid."));
    assert_eq!(shop.simulator.subscriptions(), []);
}

#[tokio::test]
async fn what_is_owed_is_paid_on_the_page_of_the_invoice() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let end = shop.subscription(&id).await.items.data[0].current_period_end;
    shop.replace_card(&customer, DECLINED_LATER);
    shop.advance_to(end + HOUR);
    let invoice = newest_invoice(&shop.subscription(&id).await);
    let read = async || RetrieveInvoice::new(invoice.as_str()).send(&shop.client).await;
    let url = read().await.unwrap().hosted_invoice_url.unwrap();

    let declined = shop.submit(&url, &[("card", DECLINED_LATER)]).await;
    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    let paid = shop.submit(&url, &[("card", GOOD)]).await;

    assert!(
        paid.text()
            .await
            .unwrap()
            .contains("<strong id=\"status\">paid</strong>")
    );
    assert_eq!(read().await.unwrap().status, Some(InvoiceStatus::Paid));
    assert_eq!(shop.subscription(&id).await.status, SubscriptionStatus::Active);
}
