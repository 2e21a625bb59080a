//! Payments that fail: the grace, its notices, and both ways out of it.

use amda::stripe_simulator::{Action, AfterLastRetry, Dunning};
use chrono::TimeDelta;
use serde_json::json;

use super::steps::{Buyer, DAY, DECLINED_LATER, GOOD, SLOW, SLOW_AND_DECLINED, Shop};

/// A subscriber whose payment of the second month is going to fail, on the evening before.
async fn before_a_failure<'a>(shop: &'a Shop, email: &str) -> Buyer<'a> {
    let buyer = shop.subscriber(email, GOOD).await;
    // Tried again so late that nothing ends meanwhile.
    shop.act(Action::SetDunning {
        dunning: Dunning {
            retry_after_days: vec![25],
            after_last_retry: AfterLastRetry::MarkUnpaid,
        },
    });
    buyer.replace_card(DECLINED_LATER);
    shop.pass_days(31).await;
    buyer
}

#[tokio::test]
async fn a_payment_that_fails_leaves_premium_for_seven_days_with_a_notice_on_three_of_them() {
    let shop = Shop::open().await;
    let buyer = before_a_failure(&shop, "ana@example.org").await;
    shop.pass_days(1).await;
    let failed = buyer.shown().await;
    let at = failed["subscription"]["graceEndsAt"].as_str().unwrap().to_owned();

    let mut told = vec![buyer.count_notices("PAYMENT_FAILED").await];
    for days in [2, 3, 1] {
        shop.pass_days(days).await;
        told.push(buyer.count_notices("PAYMENT_FAILED").await);
    }
    assert_eq!(buyer.plan().await, "PREMIUM");
    shop.pass_days(1).await;

    assert_eq!(failed["subscription"]["state"], "PAST_DUE");
    assert_eq!(failed["subscription"]["paymentProblem"]["kind"], "PAYMENT_FAILED");
    assert!(
        at.starts_with("2027-02-22T13:"),
        "seven days after the refusal: {at}"
    );
    assert_eq!(told, [1, 1, 2, 3], "on day 0, 3 and 6");
    let ended = buyer.shown().await;
    assert_eq!(ended["user"]["plan"]["code"], "FREE");
    assert_eq!(ended["subscription"]["graceEndsAt"], json!(null));
    assert_eq!(ended["subscription"]["paymentProblem"]["kind"], "PAYMENT_FAILED");
}

#[tokio::test]
async fn what_is_owed_is_paid_by_the_link_of_the_problem() {
    let shop = Shop::open().await;
    let buyer = before_a_failure(&shop, "ana@example.org").await;
    shop.pass_days(10).await;
    assert_eq!(buyer.plan().await, "FREE");
    let problem = buyer.shown().await["subscription"]["paymentProblem"].take();

    shop.submit(problem["url"].as_str().unwrap(), &[("card", GOOD)])
        .await;
    shop.settle().await;

    let mended = buyer.shown().await;
    assert_eq!(mended["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(mended["subscription"]["state"], "ACTIVE");
    assert_eq!(mended["subscription"]["paymentProblem"], json!(null));
}

#[tokio::test]
async fn another_card_in_the_portal_ends_the_grace_well() {
    let shop = Shop::open().await;
    let buyer = before_a_failure(&shop, "ana@example.org").await;
    shop.pass_days(2).await;
    assert_eq!(buyer.shown().await["subscription"]["state"], "PAST_DUE");

    buyer.visit_portal(&[("do", "card"), ("card", GOOD)]).await;
    shop.settle().await;
    shop.pass_days(10).await;

    assert_eq!(buyer.plan().await, "PREMIUM");
    assert_eq!(buyer.shown().await["subscription"]["state"], "ACTIVE");
}

#[tokio::test]
async fn a_subscription_that_stripe_gives_up_ends_premium_within_the_grace() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    shop.act(Action::SetDunning {
        dunning: Dunning {
            retry_after_days: vec![2],
            after_last_retry: AfterLastRetry::MarkUnpaid,
        },
    });
    buyer.replace_card(DECLINED_LATER);
    shop.pass_days(32).await;
    assert_eq!(buyer.plan().await, "PREMIUM");

    shop.pass_days(3).await;

    let shown = buyer.shown().await;
    assert_eq!(shown["subscription"]["state"], "UNPAID");
    assert_eq!(shown["user"]["plan"]["code"], "FREE");
    assert_eq!(shown["subscription"]["paymentProblem"]["kind"], "PAYMENT_FAILED");
}

#[tokio::test]
async fn a_bank_that_takes_days_to_pay_is_trusted_meanwhile() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", SLOW).await;
    assert_eq!(buyer.plan().await, "PREMIUM");

    shop.pass_days(6).await;

    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(shown["subscription"]["invoices"]["nodes"][0]["state"], "PAID");
}

#[tokio::test]
async fn a_first_debit_that_fails_after_days_ends_premium_without_a_grace() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", SLOW_AND_DECLINED).await;
    assert_eq!(buyer.plan().await, "PREMIUM");

    shop.pass_days(6).await;

    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "FREE", "nothing was ever paid");
    assert_eq!(shown["subscription"]["paymentProblem"]["kind"], "PAYMENT_FAILED");
    assert_eq!(buyer.count_notices("PAYMENT_FAILED").await, 0);
}

#[tokio::test]
async fn premium_without_news_of_the_next_period_rests_until_stripe_is_heard_of() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    // To Stripe no time passes, so it has no news.
    shop.clock.advance(TimeDelta::days(38));
    shop.until("Premium rests", async || buyer.plan().await == "FREE")
        .await;
    let problem = buyer.shown().await["subscription"]["paymentProblem"]["kind"].take();

    shop.stripe.advance(38 * DAY).unwrap();
    shop.settle().await;

    assert_eq!(problem, "UNCONFIRMED");
    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(shown["subscription"]["paymentProblem"], json!(null));
}
