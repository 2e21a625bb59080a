//! Failures of the API on command.

use std::time::Duration;

use amda::stripe_simulator::{Action, ApiFault, FailRequests};
use stripe::{ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest as _};
use stripe_core::customer::{CreateCustomer, ListCustomer};

use super::shop::{KEY, Shop, refusal, refused};

fn fail(shop: &Shop, fault: ApiFault, count: u32) {
    let requests = FailRequests {
        fault,
        count,
        method: Some("POST".to_owned()),
        path: Some("/v1/customers".to_owned()),
    };
    shop.simulator.act(Action::FailRequests { requests }).unwrap();
}

async fn create(shop: &Shop, key: &str) -> Result<String, StripeError> {
    let key = RequestStrategy::Idempotent(IdempotencyKey::new(key).unwrap());
    let create = CreateCustomer::new()
        .email("a@example.org")
        .customize()
        .request_strategy(key);
    create
        .send(&shop.client)
        .await
        .map(|customer| customer.id.to_string())
}

async fn number_of_customers(shop: &Shop) -> usize {
    ListCustomer::new().send(&shop.client).await.unwrap().data.len()
}

#[tokio::test]
async fn a_rate_limit_does_nothing_and_frees_the_key() {
    let shop = Shop::open().await;
    fail(&shop, ApiFault::RateLimit, 1);

    let limited = create(&shop, "k").await;

    assert_eq!(
        refusal(limited),
        refused(429, "invalid_request_error", "rate_limit", "")
    );
    create(&shop, "k").await.unwrap();
    assert_eq!(number_of_customers(&shop).await, 1);
}

#[tokio::test]
async fn a_client_that_retries_gets_through() {
    let shop = Shop::open().await;
    fail(&shop, ApiFault::ServerError, 2);
    let patient = ClientBuilder::new(KEY)
        .url(shop.simulator.url())
        .request_strategy(RequestStrategy::Retry(3))
        .build()
        .unwrap();

    CreateCustomer::new()
        .email("a@example.org")
        .send(&patient)
        .await
        .unwrap();

    let statuses: Vec<u16> = shop
        .simulator
        .requests()
        .iter()
        .rev()
        .take(3)
        .map(|it| it.status)
        .collect();
    assert_eq!(statuses, [200, 500, 500]);
}

#[tokio::test]
async fn a_failure_afterwards_is_what_its_key_repeats() {
    let shop = Shop::open().await;
    fail(&shop, ApiFault::ServerErrorAfterwards, 1);

    let failed = create(&shop, "k").await;
    let again = create(&shop, "k").await;

    assert_eq!(refusal(failed), refused(500, "api_error", "", ""));
    assert_eq!(refusal(again), refused(500, "api_error", "", ""));
    assert_eq!(number_of_customers(&shop).await, 1);
}

#[tokio::test]
async fn a_lost_answer_is_had_again_by_its_key() {
    let shop = Shop::open().await;
    fail(&shop, ApiFault::LostAnswer, 1);

    let lost = create(&shop, "k").await;
    let found = create(&shop, "k").await;

    assert!(matches!(lost, Err(StripeError::ClientError(_))), "{lost:?}");
    assert!(found.is_ok());
    assert_eq!(number_of_customers(&shop).await, 1);
}

#[tokio::test]
async fn a_caller_who_hangs_up_while_stripe_stalls_has_done_nothing() {
    let shop = Shop::open().await;
    fail(&shop, ApiFault::Stall, 1);
    let hasty = ClientBuilder::new(KEY)
        .url(shop.simulator.url())
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let key = RequestStrategy::Idempotent(IdempotencyKey::new("k").unwrap());

    let hung_up = CreateCustomer::new()
        .email("a@example.org")
        .customize()
        .request_strategy(key)
        .send(&hasty)
        .await;

    assert!(matches!(hung_up, Err(StripeError::Timeout)), "{hung_up:?}");
    assert_eq!(number_of_customers(&shop).await, 0);
}
