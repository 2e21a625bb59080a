//! The reconciliation: what webhooks did not bring, and what was lost here.

use amda::features::billing::{DriftKind, Reconciliation, reconcile};
use amda::stripe_simulator::{Action, WebhookFault};

use super::steps::{GOOD, Shop};

fn lose_webhooks(shop: &Shop) {
    shop.act(Action::FailWebhooks {
        fault: WebhookFault::Lose,
        count: 1_000,
    });
}

async fn reconcile_now(shop: &Shop) -> Reconciliation {
    let sale = amda::app::sale(&shop.app.config).unwrap().unwrap();
    reconcile(&shop.app.app.services.core, &sale).await.unwrap()
}

/// The kinds of what a reconciliation finds.
async fn reconciled(shop: &Shop) -> Vec<DriftKind> {
    let done = reconcile_now(shop).await;
    assert_eq!(done.failures, 0);
    done.drifts.iter().map(|drift| drift.kind).collect()
}

#[tokio::test]
async fn a_purchase_whose_webhooks_were_lost_is_found() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    lose_webhooks(&shop);
    buyer.buy("MONTHLY", GOOD).await;
    shop.settle().await;
    assert_eq!(buyer.plan().await, "FREE");

    let found = reconciled(&shop).await;
    let again = reconciled(&shop).await;

    assert_eq!(found, [DriftKind::MissedSubscription]);
    assert_eq!(again, []);
    assert_eq!(buyer.plan().await, "PREMIUM");
    assert_eq!(shop.count("SELECT count(*) FROM billing_drifts").await, 1);
}

#[tokio::test]
async fn an_end_whose_webhooks_were_lost_is_found() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    lose_webhooks(&shop);
    shop.call(
        "DELETE",
        &format!("/v1/subscriptions/{}", buyer.subscription().id),
        "",
    );
    shop.settle().await;
    assert_eq!(buyer.plan().await, "PREMIUM");

    let found = reconciled(&shop).await;

    assert_eq!(found, [DriftKind::Status]);
    assert_eq!(buyer.plan().await, "FREE");
}

#[tokio::test]
async fn a_customer_whose_row_was_lost_is_found_by_what_stripe_knows() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let lose = "WITH lost AS (DELETE FROM billing_customers RETURNING 1),
        too AS (DELETE FROM billing_subscriptions RETURNING 1) SELECT count(*) FROM lost, too";
    shop.count(lose).await;

    let found = reconciled(&shop).await;

    assert_eq!(found, [DriftKind::LostCustomer, DriftKind::MissedSubscription]);
    assert_eq!(buyer.plan().await, "PREMIUM");
    buyer.visit_portal(&[("do", "cancel")]).await;
}

#[tokio::test]
async fn the_server_reconciles_by_itself_every_night() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    lose_webhooks(&shop);
    buyer.buy("MONTHLY", GOOD).await;

    shop.clock.advance(chrono::TimeDelta::days(1));

    shop.until("the night brings it", async || buyer.plan().await == "PREMIUM")
        .await;
}

#[tokio::test]
async fn the_customer_of_another_is_not_taken_for_ones_own() {
    let shop = Shop::open().await;
    let ana = shop.subscriber("ana@example.org", GOOD).await;
    let bob = shop.buyer("bob@example.org").await;
    // Another server's users are at the same Stripe.
    shop.call(
        "POST",
        "/v1/customers",
        "email=bob@example.org&metadata[amda_user]=01JZZZZZZZZZZZZZZZZZZZZZZZ",
    );
    shop.call(
        "POST",
        "/v1/customers",
        "email=bob@example.org&metadata[amda_user]=nonsense",
    );

    assert_eq!(reconciled(&shop).await, []);
    assert_eq!(ana.plan().await, "PREMIUM");
    assert_eq!(bob.plan().await, "FREE");
    assert_eq!(shop.count("SELECT count(*) FROM billing_customers").await, 1);
}

#[tokio::test]
async fn a_customer_whom_stripe_does_not_know_is_a_failure_and_no_end_of_what_was_bought() {
    let shop = Shop::open().await;
    let ana = shop.subscriber("ana@example.org", GOOD).await;
    // So it looks when the key is of another account.
    let lose = "WITH lost AS (UPDATE billing_customers SET stripe_id = 'cus_of_another_account' RETURNING 1)
        SELECT count(*) FROM lost";
    assert_eq!(shop.count(lose).await, 1);

    let done = reconcile_now(&shop).await;

    assert_eq!(done.failures, 1);
    assert_eq!(ana.plan().await, "PREMIUM");
}
