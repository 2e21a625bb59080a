//! Test clocks: customers on one live by its time.

use serde_json::json;
use stripe_shared::SubscriptionStatus;

use super::shop::{DAY, DECLINED_LATER, GOOD, NOON, Shop, text};

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
async fn a_deleted_clock_takes_its_customers_with_it() {
    let shop = Shop::open().await;
    let made = shop.simulator.call(
        "POST",
        "/v1/test_helpers/test_clocks",
        &format!("frozen_time={NOON}"),
    );
    let clock = text(&made.unwrap(), "id");
    shop.simulator
        .call("POST", "/v1/customers", &format!("test_clock={clock}"))
        .unwrap();

    shop.simulator
        .call("DELETE", &format!("/v1/test_helpers/test_clocks/{clock}"), "")
        .unwrap();

    let customers = shop.simulator.call("GET", "/v1/customers", "").unwrap();
    assert_eq!(customers["data"], json!([]));
}
