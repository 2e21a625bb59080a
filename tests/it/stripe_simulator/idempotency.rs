//! Keys of idempotency over the wire.

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use stripe::{IdempotencyKey, RequestStrategy, StripeRequest as _};
use stripe_core::customer::CreateCustomer;

use amda::stripe_simulator::{Action, ApiFault, FailRequests};

use super::shop::{DAY, KEY, Shop, raw, refusal, refused};

async fn create(shop: &Shop, key: &str, form: &'static str) -> Response {
    raw(shop, Method::POST, "v1/customers")
        .bearer_auth(KEY)
        .header("idempotency-key", key)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap()
}

async fn number_of_customers(shop: &Shop) -> usize {
    let customers = shop.simulator.call("GET", "/v1/customers", "").unwrap();
    customers["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_time() {
    let shop = Shop::open().await;

    let first = create(&shop, "k", "email=a@example.org").await;
    let again = create(&shop, "k", "email=a@example.org").await;

    assert!(!first.headers().contains_key("idempotent-replayed"));
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    let (first, again): (Value, Value) = (first.json().await.unwrap(), again.json().await.unwrap());
    assert_eq!(first, again);
    assert_eq!(number_of_customers(&shop).await, 1);
    shop.simulator.advance(DAY).unwrap();
    let later: Value = create(&shop, "k", "email=a@example.org")
        .await
        .json()
        .await
        .unwrap();
    assert_ne!(later["id"], again["id"]);
}

#[tokio::test]
async fn other_parameters_with_the_same_key_are_refused() {
    let shop = Shop::open().await;
    let create = |email: &str| {
        let key = RequestStrategy::Idempotent(IdempotencyKey::new("k").unwrap());
        let create = CreateCustomer::new()
            .email(email)
            .customize()
            .request_strategy(key);
        let client = shop.client.clone();
        async move { create.send(&client).await }
    };
    create("a@example.org").await.unwrap();

    let other = create("b@example.org").await;

    assert_eq!(refusal(other), refused(400, "idempotency_error", "", ""));
}

#[tokio::test]
async fn a_request_that_was_refused_frees_its_key() {
    let shop = Shop::open().await;

    assert_eq!(
        create(&shop, "k", "email=nobody").await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        create(&shop, "k", "email=a@example.org").await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_key_conflicts_while_its_request_is_being_answered() {
    let shop = Shop::open().await;
    let requests = FailRequests {
        fault: ApiFault::Stall,
        count: 1,
        method: None,
        path: None,
    };
    shop.simulator.act(Action::FailRequests { requests }).unwrap();

    // Whichever comes first stalls, so that the other one is answered first.
    let both = [(); 2].map(|()| create(&shop, "k", "email=a@example.org"));
    let mut answers: FuturesUnordered<_> = both.into_iter().collect();
    let other = answers.next().await.unwrap();
    shop.simulator.act(Action::ReleaseStalled).unwrap();
    let stalled = answers.next().await.unwrap();

    assert_eq!(
        (other.status(), stalled.status()),
        (StatusCode::CONFLICT, StatusCode::OK)
    );
    let refusal: Value = other.json().await.unwrap();
    assert_eq!(refusal["error"]["code"], json!("idempotency_key_in_use"));
    assert_eq!(number_of_customers(&shop).await, 1);
}
