//! Test clocks: customers on one live by its time.

use amda::stripe_simulator::Action;
use stripe_shared::SubscriptionStatus;

use super::shop::{DAY, DECLINED_LATER, GOOD, NOON, Shop, text};
use crate::support::http;

#[tokio::test]
async fn a_clock_moves_its_own_customers_alone() {
    let shop = Shop::open().await;
    let call = |path: &str, form: &str| shop.simulator.call("POST", path, form).unwrap();
    let clock = text(
        &call("/v1/test_helpers/test_clocks", &format!("frozen_time={NOON}")),
        "id",
    );
    let on_it = text(&call("/v1/customers", &format!("test_clock={clock}")), "id");
    let session = shop.checkout(&on_it).await;
    let moved = shop.pay(&session, GOOD);
    let (_, unmoved) = shop.subscribed(GOOD).await;
    shop.replace_card(&on_it, DECLINED_LATER);

    let advance = format!("/v1/test_helpers/test_clocks/{clock}/advance");
    let advanced = call(&advance, &format!("frozen_time={}", NOON + 32 * DAY));

    assert_eq!(advanced["status"], "ready");
    let subscription = shop.subscription(&moved).await;
    assert_eq!(subscription.status, SubscriptionStatus::PastDue);
    assert_eq!(subscription.test_clock.unwrap().id().as_str(), clock);
    assert_eq!(
        shop.subscription(&unmoved).await.status,
        SubscriptionStatus::Active
    );
    assert_eq!(
        shop.event_types().last().unwrap(),
        "test_helpers.test_clock.ready"
    );
}

#[tokio::test]
async fn a_clock_never_goes_back() {
    let shop = Shop::open().await;
    let made = shop.simulator.call(
        "POST",
        "/v1/test_helpers/test_clocks",
        &format!("frozen_time={NOON}"),
    );
    let clock = text(&made.unwrap(), "id");
    let advance = |to: i64| {
        let path = format!("/v1/test_helpers/test_clocks/{clock}/advance");
        shop.simulator.call("POST", &path, &format!("frozen_time={to}"))
    };

    assert!(advance(NOON - 1).is_err());
    assert!(advance(NOON + 5 * 365 * DAY).is_err());
    assert!(advance(NOON + DAY).is_ok());
}

#[tokio::test]
async fn a_deleted_clock_takes_its_customers_with_it_and_all_that_is_theirs() {
    let shop = Shop::open().await;
    let call = |method: &str, path: &str, form: &str| shop.simulator.call(method, path, form).unwrap();
    let clock = text(
        &call(
            "POST",
            "/v1/test_helpers/test_clocks",
            &format!("frozen_time={NOON}"),
        ),
        "id",
    );
    let customer = text(
        &call("POST", "/v1/customers", &format!("test_clock={clock}")),
        "id",
    );
    let (others, _) = shop.subscribed(GOOD).await;
    shop.pay(&shop.checkout(&customer).await, GOOD);
    let charges = call("GET", "/v1/charges", &format!("customer={customer}"));
    let charge = text(&charges["data"][0], "id");
    let refund = text(
        &call("POST", "/v1/refunds", &format!("charge={charge}&amount=1")),
        "id",
    );
    let dispute = shop.simulator.act(Action::Dispute { charge, reason: None });
    let dispute = text(&dispute.unwrap(), "dispute");
    let methods = call("GET", &format!("/v1/customers/{customer}/payment_methods"), "");
    let method = text(&methods["data"][0], "id");
    let portal = format!("customer={customer}");
    let portal = text(&call("POST", "/v1/billing_portal/sessions", &portal), "url");

    call("DELETE", &format!("/v1/test_helpers/test_clocks/{clock}"), "");

    for path in [
        format!("/v1/customers/{customer}"),
        format!("/v1/refunds/{refund}"),
        format!("/v1/disputes/{dispute}"),
        format!("/v1/payment_methods/{method}"),
    ] {
        assert!(shop.simulator.call("GET", &path, "").is_err(), "{path}");
    }
    assert!(!http::get(&portal).await.status().is_success());
    let left = call("GET", "/v1/customers", "");
    assert_eq!(text(&left["data"][0], "id"), others);
    let methods = call("GET", &format!("/v1/customers/{others}/payment_methods"), "");
    assert_eq!(methods["data"].as_array().unwrap().len(), 1);
}
