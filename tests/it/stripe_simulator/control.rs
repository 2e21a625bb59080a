//! The control API says what the methods say, as JSON; and the state outlives the process where there is a folder for it.

use std::path::Path;

use amda::stripe_simulator::{StripeSimulator, StripeSimulatorConfig, StripeSimulatorError, StripeTime};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::shop::{DAY, GOOD, HOUR, KEY, NOON, Shop};
use crate::support::http;

async fn act(shop: &Shop, action: Value) -> (StatusCode, Value) {
    let answer = http::client()
        .post(format!("{}control/actions", shop.simulator.url()))
        .body(action.to_string())
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_purchase_is_driven_over_http() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let session = shop.checkout(&customer).await;

    let pay = json!({ "kind": "payCheckout", "session": session.id.as_str(), "card": GOOD });
    let (paid, answer) = act(&shop, pay).await;
    let (moved, now) = act(&shop, json!({ "kind": "advance", "seconds": HOUR })).await;
    let fail = json!({ "fault": "rateLimit", "path": "/v1/customers" });
    let (failing, _) = act(&shop, json!({ "kind": "failRequests", "requests": fail })).await;

    assert_eq!([paid, moved, failing], [StatusCode::OK; 3]);
    assert_eq!(
        answer["subscription"],
        shop.simulator.subscriptions()[0].id.as_str()
    );
    assert_eq!(now["now"], NOON + HOUR);
    let requests = format!("{}control/requests", shop.simulator.url());
    let requests: Value = http::get(&requests).await.json().await.unwrap();
    let last = requests.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["path"], &last["status"]),
        (&json!("/v1/checkout/sessions"), &json!(200))
    );
    assert_eq!(last["params"]["customer"], customer.as_str());
}

#[tokio::test]
async fn a_refusal_says_what_was_wrong_and_what_would_be_right() {
    let shop = Shop::open().await;
    let endpoint = |url: &str, secrets: Value| json!({ "endpoints": [{ "url": url, "secrets": secrets }] });
    let with_kind = |mut action: Value| {
        action["kind"] = json!("setWebhookEndpoints");
        action
    };
    let cases = [
        (json!({ "kind": "fly" }), 400, "unknown variant"),
        (json!({ "kind": "advance", "seconds": -1 }), 400, "forward only"),
        (
            json!({ "kind": "advance", "seconds": 2 * 366 * DAY + 1 }),
            400,
            "at most two years",
        ),
        (
            json!({ "kind": "failWebhooks", "fault": { "delay": -1 }, "count": 1 }),
            400,
            "invalid value",
        ),
        (
            json!({ "kind": "failWebhooks", "fault": { "delay": 2 * 366 * DAY + 1 }, "count": 1 }),
            400,
            "at most two years",
        ),
        (
            json!({ "kind": "replaceCard", "customer": "cus_x", "card": "1" }),
            400,
            "4242424242424242",
        ),
        (
            json!({ "kind": "replaceCard", "customer": "cus_x", "card": GOOD }),
            400,
            "No such customer",
        ),
        (
            json!({ "kind": "dispute", "charge": "ch_x" }),
            404,
            "name the charge",
        ),
        (
            json!({ "kind": "settlePayment", "invoice": "in_x", "succeeds": true }),
            404,
            "No such invoice",
        ),
        (
            with_kind(endpoint("http://example.org/", json!(["s"]))),
            400,
            "this machine",
        ),
        (
            with_kind(endpoint("http://127.0.0.1:1/", json!([]))),
            400,
            "one secret or more",
        ),
    ];

    for (action, status, words) in cases {
        let (answered, body) = act(&shop, action.clone()).await;
        let error = body["error"].as_str().unwrap();
        assert_eq!(answered.as_u16(), status, "{action}: {error}");
        assert!(error.contains(words), "{action}: {error}");
    }
    let nowhere = format!("{}control/nowhere", shop.simulator.url());
    assert_eq!(http::get(&nowhere).await.status(), StatusCode::NOT_FOUND);
    let wrong_method = format!("{}control/actions", shop.simulator.url());
    assert_eq!(
        http::get(&wrong_method).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn a_simulator_listens_on_loopback_alone() {
    for (address, is_taken) in [("0.0.0.0:0", false), ("[::]:0", false), ("127.0.0.2:0", true)] {
        let config = StripeSimulatorConfig {
            listen: address.parse().unwrap(),
            data_dir: None,
            secret_key: KEY.to_owned(),
            time: StripeTime::Fixed(NOON),
        };

        let started = StripeSimulator::start(config).await;

        match started {
            Ok(simulator) => {
                assert!(is_taken, "{address}");
                simulator.shutdown().await;
            }
            Err(StripeSimulatorError::NotLoopback { .. }) => assert!(!is_taken, "{address}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn the_last_thousand_requests_are_remembered() {
    let shop = Shop::open().await;
    let products = format!("{}v1/products", shop.simulator.url());
    let client = http::client();

    for n in 0..1_001 {
        let request = client.get(format!("{products}?limit={}", n % 100 + 1));
        request.basic_auth(KEY, None::<&str>).send().await.unwrap();
    }

    let requests = shop.simulator.requests();
    assert_eq!(requests.len(), 1_000);
    assert_eq!(requests.last().unwrap().params["limit"], "1");
}

async fn start_in(folder: &Path) -> StripeSimulator {
    let config = StripeSimulatorConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data_dir: Some(folder.to_owned()),
        secret_key: KEY.to_owned(),
        time: StripeTime::Fixed(NOON),
    };
    StripeSimulator::start(config).await.unwrap()
}

#[tokio::test]
async fn a_simulator_with_a_folder_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_in(folder.path()).await;
    let made = first
        .call("POST", "/v1/customers", "email=a@example.org")
        .unwrap();
    first.advance(HOUR).unwrap();
    first.shutdown().await;

    let second = start_in(folder.path()).await;

    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    assert_eq!(second.call("GET", &path, "").unwrap(), made);
    assert_eq!(second.now(), NOON + HOUR);
    second.shutdown().await;
}
