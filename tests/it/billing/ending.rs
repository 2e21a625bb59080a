//! Ends: cancelled in the portal, taken back, or by the customer's deletion at Stripe.

use serde_json::json;

use super::steps::{GOOD, Shop};

#[tokio::test]
async fn what_is_cancelled_in_the_portal_lasts_to_the_end_of_its_period() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;

    buyer.visit_portal(&[("do", "cancel")]).await;
    shop.settle().await;
    let cancelled = buyer.shown().await;
    shop.pass_days(30).await;
    assert_eq!(buyer.plan().await, "PREMIUM");
    shop.pass_days(2).await;

    assert_eq!(
        cancelled["subscription"]["cancelsAt"],
        "2027-02-15T12:00:00+00:00"
    );
    assert_eq!(cancelled["subscription"]["state"], "ACTIVE");
    let ended = buyer.shown().await;
    assert_eq!(ended["user"]["plan"]["code"], "FREE");
    assert_eq!(ended["subscription"]["state"], "CANCELED");
    assert_eq!(ended["subscription"]["cancelsAt"], json!(null));
    assert_eq!(ended["subscription"]["endedAt"], "2027-02-15T12:00:00+00:00");
    assert!(buyer.notices().await.contains(&"RETENTION_SHORTENED".to_owned()));
}

#[tokio::test]
async fn a_cancellation_that_is_taken_back_leaves_no_trace() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;

    buyer.visit_portal(&[("do", "cancel")]).await;
    shop.settle().await;
    buyer.visit_portal(&[("do", "keep")]).await;
    shop.settle().await;
    shop.pass_days(32).await;

    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(shown["subscription"]["cancelsAt"], json!(null));
    assert_eq!(
        shown["subscription"]["currentPeriodEnd"],
        "2027-03-15T12:00:00+00:00"
    );
    assert_eq!(shown["subscription"]["invoices"]["totalCount"], 2);
}

#[tokio::test]
async fn another_interval_is_chosen_in_the_portal() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;

    buyer
        .visit_portal(&[("do", "price"), ("price", &shop.yearly)])
        .await;
    shop.settle().await;

    let shown = buyer.shown().await;
    assert_eq!(shown["subscription"]["interval"], "YEARLY");
    assert_eq!(shown["subscription"]["priceAmount"], 9_000);
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
}

#[tokio::test]
async fn a_customer_who_is_deleted_at_stripe_has_nothing_and_may_buy_again() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let former = buyer.customer();

    shop.call("DELETE", &format!("/v1/customers/{former}"), "");
    shop.settle().await;
    let deleted = buyer.shown().await;
    buyer.buy("MONTHLY", GOOD).await;
    shop.settle().await;

    assert_eq!(deleted["user"]["plan"]["code"], "FREE");
    assert_eq!(deleted["subscription"]["state"], "CANCELED");
    assert_eq!(buyer.plan().await, "PREMIUM");
    assert_ne!(buyer.customer(), former);
}
