//! A server that sells nothing.

use reqwest::StatusCode;
use serde_json::json;

use super::steps::{ORIGIN, codes};
use crate::support::app::TestApp;
use crate::support::http;

#[tokio::test]
async fn without_a_key_nothing_is_sold_and_nothing_else_is_other() {
    let app = TestApp::start().await;
    let user = app.register("ana@example.org").await;
    let query = "mutation ($start: StartCheckoutInput!, $portal: OpenBillingPortalInput!) {
        startCheckout(input: $start) { url errors { code } }
        openBillingPortal(input: $portal) { url errors { code } }
    }";
    let variables = json!({
        "start": {"interval": "MONTHLY", "successUrl": ORIGIN, "cancelUrl": "nonsense"},
        "portal": {"returnUrl": ORIGIN},
    });

    let answer = user.run(query, variables).await;
    let shown = user
        .run(
            "{ serverInfo { sellsPremium } viewer { subscription { id } user { plan { code } } } }",
            json!({}),
        )
        .await;
    let webhook = http::client()
        .post(format!("http://{}/webhooks/stripe", app.app.address))
        .body("{}")
        .send()
        .await
        .unwrap();

    assert_eq!(codes(&answer["startCheckout"]), ["BILLING_DISABLED"]);
    assert_eq!(codes(&answer["openBillingPortal"]), ["BILLING_DISABLED"]);
    assert_eq!(shown["serverInfo"]["sellsPremium"], false);
    assert_eq!(
        shown["viewer"],
        json!({"subscription": null, "user": {"plan": {"code": "FREE"}}})
    );
    assert_eq!(webhook.status(), StatusCode::NOT_FOUND);
    app.stop().await;
}
