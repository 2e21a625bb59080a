//! Payments that are taken back: refunds and disputes.

use amda::stripe_simulator::Action;
use serde_json::{Value, json};

use super::steps::{Buyer, GOOD, Shop};

fn refund(buyer: &Buyer<'_>, form: &str) {
    let form = format!("charge={}{form}", buyer.charge());
    buyer.shop.call("POST", "/v1/refunds", &form);
}

async fn dispute(buyer: &Buyer<'_>) -> String {
    let begun = buyer.shop.act(Action::Dispute {
        charge: buyer.charge(),
        reason: None,
    });
    buyer.shop.settle().await;
    begun["dispute"].as_str().unwrap().to_owned()
}

async fn problem(buyer: &Buyer<'_>) -> Value {
    buyer.shown().await["subscription"]["paymentProblem"]["kind"].take()
}

#[tokio::test]
async fn a_part_that_is_given_back_changes_nothing_and_all_of_it_ends_premium_at_once() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;

    refund(&buyer, "&amount=300");
    shop.settle().await;
    let in_part = buyer.shown().await;
    refund(&buyer, "");
    shop.settle().await;

    assert_eq!(in_part["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(
        in_part["subscription"]["invoices"]["nodes"][0]["refundedAmount"],
        300
    );
    let in_full = buyer.shown().await;
    assert_eq!(in_full["user"]["plan"]["code"], "FREE");
    assert_eq!(in_full["subscription"]["paymentProblem"]["kind"], "REFUNDED");
    assert_eq!(in_full["subscription"]["givesPremium"], false);
}

#[tokio::test]
async fn a_former_month_that_is_given_back_does_not_matter_to_the_one_that_is_paid() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let first = buyer.charge();
    shop.pass_days(32).await;

    shop.call("POST", "/v1/refunds", &format!("charge={first}"));
    shop.settle().await;

    assert_eq!(buyer.plan().await, "PREMIUM");
}

#[tokio::test]
async fn a_month_that_was_given_back_is_over_when_the_next_is_paid() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    refund(&buyer, "");
    shop.settle().await;
    assert_eq!(buyer.plan().await, "FREE");

    shop.pass_days(32).await;

    assert_eq!(buyer.plan().await, "PREMIUM");
    assert_eq!(problem(&buyer).await, json!(null));
}

#[tokio::test]
async fn premium_rests_during_a_dispute_and_comes_back_when_it_is_won() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;

    let dispute = dispute(&buyer).await;
    let during = (buyer.plan().await, problem(&buyer).await);
    shop.act(Action::CloseDispute { dispute, won: true });
    shop.settle().await;

    assert_eq!(during, ("FREE".to_owned(), json!("DISPUTED")));
    assert_eq!(buyer.plan().await, "PREMIUM");
    assert_eq!(problem(&buyer).await, json!(null));
}

#[tokio::test]
async fn a_dispute_that_is_lost_ends_premium() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;

    let dispute = dispute(&buyer).await;
    shop.act(Action::CloseDispute { dispute, won: false });
    shop.settle().await;

    assert_eq!(buyer.plan().await, "FREE");
    assert_eq!(problem(&buyer).await, json!("DISPUTE_LOST"));
}
