//! Stripe does not answer, answers late, or loses its answers: AMDA says so, works on, and does nothing twice.

use amda::stripe_simulator::{Action, ApiFault, FailRequests};
use serde_json::json;

use super::steps::{GOOD, Shop, codes};

fn fail(shop: &Shop, fault: ApiFault, count: u32, path: &str) {
    fail_calls(shop, fault, count, None, path);
}

/// Lets calls fail that make something.
fn fail_posts(shop: &Shop, fault: ApiFault, path: &str) {
    fail_calls(shop, fault, 1, Some("POST"), path);
}

fn fail_calls(shop: &Shop, fault: ApiFault, count: u32, method: Option<&str>, path: &str) {
    shop.act(Action::FailRequests {
        requests: FailRequests {
            fault,
            count,
            method: method.map(str::to_owned),
            path: Some(path.to_owned()),
        },
    });
}

#[tokio::test]
async fn an_outage_is_told_with_a_time_to_come_again_and_nothing_is_done_twice() {
    for fault in [
        ApiFault::RateLimit,
        ApiFault::ServerError,
        ApiFault::ServerErrorAfterwards,
        ApiFault::LostAnswer,
    ] {
        let shop = Shop::open().await;
        let buyer = shop.buyer("ana@example.org").await;
        fail_posts(&shop, fault, "/v1/customers");
        let without_customer = buyer.start_checkout("MONTHLY").await;
        fail_posts(&shop, fault, "/v1/checkout/sessions");
        let without_page = buyer.start_checkout("MONTHLY").await;
        let started = buyer.start_checkout("MONTHLY").await;

        for refused in [without_customer, without_page] {
            assert_eq!(codes(&refused), ["BILLING_UNAVAILABLE"], "{fault:?}");
            assert_eq!(refused["errors"][0]["__typename"], "ServiceUnavailable");
            assert!(refused["errors"][0]["retryAfterMs"].as_i64().unwrap() > 0);
            assert_eq!(refused["url"], json!(null));
        }
        assert_eq!(started["errors"], json!([]), "{fault:?}");
        assert_eq!(shop.list("/v1/customers").len(), 1, "{fault:?}");
        assert_eq!(shop.list("/v1/checkout/sessions").len(), 1, "{fault:?}");
        shop.close().await;
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up_and_asked_for_again_with_the_same_key() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    fail_posts(&shop, ApiFault::Stall, "/v1/checkout/sessions");

    let refused = buyer.start_checkout("MONTHLY").await;
    shop.act(Action::ReleaseStalled);
    let started = buyer.start_checkout("MONTHLY").await;

    assert_eq!(codes(&refused), ["BILLING_UNAVAILABLE"]);
    assert_eq!(started["errors"], json!([]));
    assert_eq!(shop.list("/v1/checkout/sessions").len(), 1);
}

#[tokio::test]
async fn what_was_bought_while_stripe_answers_nothing_counts_once_it_does() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let started = buyer.start_checkout("MONTHLY").await;
    fail(&shop, ApiFault::ServerError, 3, "/v1/subscriptions");

    shop.submit(started["url"].as_str().unwrap(), &[("card", GOOD)])
        .await;
    shop.stripe.wait_until_delivered().await;
    shop.until("the purchase counts", async || {
        shop.clock.advance(chrono::TimeDelta::minutes(10));
        buyer.plan().await == "PREMIUM"
    })
    .await;

    assert_eq!(buyer.shown().await["subscription"]["state"], "ACTIVE");
}

#[tokio::test]
async fn the_rest_works_while_stripe_does_not_answer() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    fail(&shop, ApiFault::ServerError, 1_000, "/v1/");

    let shown = buyer.shown().await;
    let portal = buyer.open_portal().await;

    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(shown["subscription"]["invoices"]["totalCount"], 1);
    assert_eq!(codes(&portal), ["BILLING_UNAVAILABLE"]);
}

#[tokio::test]
async fn a_customer_that_stripe_forgot_the_key_of_is_found_again() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    fail_posts(&shop, ApiFault::LostAnswer, "/v1/customers");
    assert_eq!(
        codes(&buyer.start_checkout("MONTHLY").await),
        ["BILLING_UNAVAILABLE"]
    );
    // Keys are forgotten after a day; the reconciliation has nothing to do with it, because it comes at night.
    let made = buyer.customer();
    shop.pass(25 * 3_600).await;

    let started = buyer.start_checkout("MONTHLY").await;

    assert_eq!(started["errors"], json!([]));
    assert_eq!(buyer.customer(), made);
}
