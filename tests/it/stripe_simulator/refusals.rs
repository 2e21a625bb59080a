//! Requests that Stripe would refuse.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use stripe_checkout::checkout_session::{
    CreateCheckoutSessionAutomaticTax, CreateCheckoutSessionCustomerUpdate,
    CreateCheckoutSessionCustomerUpdateAddress, CreateCheckoutSessionDiscounts,
};
use stripe_core::customer::{CreateCustomer, RetrieveCustomer};

use super::shop::{KEY, NOON, Shop, a_client, raw, refusal, refused};

/// The status and the error of a request that is not sent by the client.
async fn sent(request: reqwest::RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    (status.as_u16(), body["error"].clone())
}

#[tokio::test]
async fn a_wrong_key_and_none_are_refused() {
    let shop = Shop::open().await;
    let stranger = a_client(&shop.simulator, "sk_test_stranger");

    let refused_by_key = RetrieveCustomer::new("cus_1").send(&stranger).await;
    let (status, error) = sent(raw(&shop, Method::GET, "v1/customers")).await;

    assert_eq!(
        refusal(refused_by_key),
        refused(401, "invalid_request_error", "", "")
    );
    assert_eq!((status, &error["type"]), (401, &json!("invalid_request_error")));
    let basic = raw(&shop, Method::GET, "v1/customers").basic_auth(KEY, Some(""));
    assert_eq!(basic.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_object_is_404_in_the_address_and_400_in_a_parameter() {
    let shop = Shop::open().await;

    let in_address = RetrieveCustomer::new("cus_nobody").send(&shop.client).await;
    let in_parameter = shop.order("cus_nobody").send(&shop.client).await;

    let kind = "invalid_request_error";
    assert_eq!(refusal(in_address), refused(404, kind, "resource_missing", "id"));
    assert_eq!(
        refusal(in_parameter),
        refused(400, kind, "resource_missing", "customer")
    );
}

#[tokio::test]
async fn another_version_a_json_body_and_an_unknown_address_are_refused() {
    let shop = Shop::open().await;
    let request = |method, path| raw(&shop, method, path).bearer_auth(KEY);

    let version = request(Method::GET, "v1/customers").header("stripe-version", "2017-05-25");
    let json_body = request(Method::POST, "v1/customers").json(&json!({ "email": "a@example.org" }));
    let nowhere = request(Method::GET, "v1/nowhere");
    let wrong_method = request(Method::DELETE, "v1/prices");

    assert!(
        sent(version).await.1["message"]
            .as_str()
            .unwrap()
            .contains("2026-09-30.endive")
    );
    assert_eq!(sent(json_body).await.0, 400);
    assert_eq!(sent(nowhere).await.0, 404);
    assert_eq!(sent(wrong_method).await.0, 404);
}

#[tokio::test]
async fn parameters_are_refused_by_their_names() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let order = format!(
        "mode=subscription&customer={customer}&success_url=https://a.example&line_items[0][price]={}",
        shop.monthly
    );
    let cases = [
        (
            "customers",
            "colour=red".to_owned(),
            "parameter_unknown",
            "colour",
        ),
        ("customers", "email=nobody".to_owned(), "email_invalid", "email"),
        (
            "customers",
            "invoice_settings[x]=1".to_owned(),
            "parameter_unknown",
            "invoice_settings[x]",
        ),
        (
            "checkout/sessions",
            "mode=subscription".to_owned(),
            "parameter_missing",
            "success_url",
        ),
        (
            "checkout/sessions",
            order.clone(),
            "parameter_missing",
            "line_items[0][quantity]",
        ),
        (
            "checkout/sessions",
            format!("{order}&line_items[0][quantity]=x"),
            "parameter_invalid_integer",
            "line_items[0][quantity]",
        ),
        (
            "checkout/sessions",
            "mode=subscription&success_url=javascript:alert(1)".to_owned(),
            "url_invalid",
            "success_url",
        ),
        (
            "prices",
            "currency=eur&product=prod_x&unit_amount=".to_owned(),
            "parameter_invalid_empty",
            "unit_amount",
        ),
        (
            "subscriptions",
            format!("customer={customer}"),
            "parameter_missing",
            "items",
        ),
        (
            "billing_portal/sessions",
            String::new(),
            "parameter_missing",
            "customer",
        ),
    ];

    for (path, form, code, param) in cases {
        let request = raw(&shop, Method::POST, &format!("v1/{path}")).bearer_auth(KEY);
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.clone());
        let (status, error) = sent(request).await;
        assert_eq!(
            (status, &error["code"], &error["param"]),
            (400, &json!(code), &json!(param)),
            "{path} {form}"
        );
    }
}

#[tokio::test]
async fn a_checkout_of_what_cannot_be_sold_is_refused() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let once = "currency=eur&unit_amount=500&product_data[name]=Once";
    let once = shop.simulator.call("POST", "/v1/prices", once).unwrap();
    let path = format!("/v1/prices/{}", shop.yearly);
    shop.simulator.call("POST", &path, "active=false").unwrap();
    let order = |items: &str| {
        let form = format!("mode=subscription&customer={customer}&success_url=https://a.example&{items}");
        shop.simulator.call("POST", "/v1/checkout/sessions", &form)
    };

    for (price, words) in [
        (once["id"].as_str().unwrap(), "type=recurring"),
        (shop.yearly.as_str(), "inactive"),
        ("price_nothing", "No such price"),
    ] {
        let refused = order(&format!("line_items[0][price]={price}&line_items[0][quantity]=1"));
        assert!(refused.unwrap_err().to_string().contains(words), "{price}");
    }
}

#[tokio::test]
async fn a_checkout_with_contradictions_is_refused() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let order = || shop.order(&customer);
    let mut discount = CreateCheckoutSessionDiscounts::new();
    discount.coupon = Some("nothing".to_owned());

    let two_customers = order().customer_email("b@example.org").send(&shop.client).await;
    let two_discounts = order()
        .allow_promotion_codes(true)
        .discounts(vec![discount])
        .send(&shop.client)
        .await;
    let too_short = order().expires_at(NOON + 60).send(&shop.client).await;

    assert_eq!(refusal(two_customers).3, "customer");
    assert_eq!(refusal(two_discounts).3, "allow_promotion_codes");
    assert_eq!(refusal(too_short).3, "expires_at");
}

#[tokio::test]
async fn automatic_tax_needs_an_address_or_leave_to_save_one() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let taxed = || {
        shop.order(&customer)
            .automatic_tax(CreateCheckoutSessionAutomaticTax::new(true))
    };
    let mut update = CreateCheckoutSessionCustomerUpdate::new();
    update.address = Some(CreateCheckoutSessionCustomerUpdateAddress::Auto);

    let without = taxed().send(&shop.client).await;
    let with = taxed().customer_update(update).send(&shop.client).await;

    assert_eq!(
        refusal(without),
        refused(
            400,
            "invalid_request_error",
            "customer_tax_location_invalid",
            "automatic_tax"
        )
    );
    assert!(with.unwrap().automatic_tax.enabled);
}

#[tokio::test]
async fn metadata_that_is_too_long_is_refused() {
    let shop = Shop::open().await;

    let refused_by_length = CreateCustomer::new()
        .metadata([("note".to_owned(), "x".repeat(501))])
        .send(&shop.client)
        .await;

    assert_eq!(refusal(refused_by_length).3, "metadata[note]");
}

#[tokio::test]
async fn a_subscription_that_is_paid_at_once_needs_a_card() {
    let shop = Shop::open().await;
    let customer = shop.customer().await;
    let create = |rest: &str| {
        let form = format!("customer={customer}&items[0][price]={}{rest}", shop.monthly);
        shop.simulator.call("POST", "/v1/subscriptions", &form)
    };

    let refused = create("").unwrap_err().to_string();

    assert!(refused.contains("no attached payment source"), "{refused}");
    assert_eq!(
        create("&payment_behavior=default_incomplete").unwrap()["status"],
        "incomplete"
    );
    assert_eq!(create("&trial_period_days=7").unwrap()["status"], "trialing");
}
