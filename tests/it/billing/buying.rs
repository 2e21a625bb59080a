//! Buying: the page of Stripe's, who may open it, and what comes of it.

use amda::app::Tuning;
use amda::features::users::Limits;
use amda::stripe_simulator::{Action, ReleaseOrder};
use reqwest::StatusCode;
use reqwest::header::LOCATION;
use serde_json::json;

use super::steps::{Buyer, DAY, GOOD, ORIGIN, SOON, Shop, codes, new_price};
use crate::support::app::tuning;
use crate::support::http;

#[tokio::test]
async fn a_purchase_on_stripes_page_gives_premium() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    assert_eq!(buyer.plan().await, "FREE");
    let started = buyer.start_checkout("MONTHLY").await;
    let url = started["url"].as_str().unwrap();
    let page = http::get(url).await.text().await.unwrap();
    assert!(
        page.contains("9.00 EUR") && page.contains(&format!("href=\"{ORIGIN}/plans\"")),
        "{page}"
    );

    let paid = shop.submit(url, &[("card", GOOD)]).await;
    shop.settle().await;

    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let next = paid.headers()[LOCATION].to_str().unwrap();
    assert!(
        next.starts_with(&format!("{ORIGIN}/done?session=cs_test")),
        "{next}"
    );
    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    let subscription = &shown["subscription"];
    assert_eq!(subscription["state"], "ACTIVE");
    assert_eq!(subscription["givesPremium"], true);
    assert_eq!(
        (
            &subscription["interval"],
            &subscription["priceAmount"],
            &subscription["currency"]
        ),
        (&json!("MONTHLY"), &json!(900), &json!("EUR"))
    );
    assert_eq!(subscription["currentPeriodEnd"], "2027-02-15T12:00:00+00:00");
    assert_eq!(subscription["paymentProblem"], json!(null));
    let invoices = &subscription["invoices"];
    assert_eq!(invoices["totalCount"], 1);
    let invoice = &invoices["nodes"][0];
    assert_eq!(
        (&invoice["state"], &invoice["paidAmount"]),
        (&json!("PAID"), &json!(900))
    );
    assert!(
        invoice["hostedUrl"].as_str().unwrap().contains("/i/"),
        "{invoice}"
    );
    assert!(invoice["pdfUrl"].as_str().unwrap().ends_with("/pdf"), "{invoice}");
    shop.close().await;
}

#[tokio::test]
async fn the_client_hears_of_the_purchase_and_finds_its_nodes_again() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let user = shop.app.log_in("ana@example.org").await;
    let selection = "kind billingSubscription { id state invoices { nodes { id state } } }";
    let mut heard = user
        .subscribe_from_now("billingSubscriptionChanged", selection)
        .await;

    buyer.buy("YEARLY", GOOD).await;
    let event = heard.next_event(SOON).await;

    let event = &event["billingSubscriptionChanged"];
    assert_eq!(event["kind"], "BILLING_SUBSCRIPTION_CHANGED");
    let subscription = &event["billingSubscription"];
    let ids = [&subscription["id"], &subscription["invoices"]["nodes"][0]["id"]];
    let nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on BillingSubscription { interval }
        ... on Invoice { totalAmount } } }";
    shop.settle().await;
    let own = buyer.ask(nodes, json!({ "ids": ids })).await;
    assert_eq!(own["nodes"][0]["interval"], "YEARLY");
    assert_eq!(own["nodes"][1]["totalAmount"], 9_000);
    let other = shop
        .buyer("bob@example.org")
        .await
        .ask(nodes, json!({ "ids": ids }))
        .await;
    assert_eq!(other["nodes"], json!([null, null]));
}

#[tokio::test]
async fn a_double_click_makes_one_customer_and_one_page() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;

    let clicks = (0..6).map(|_| buyer.start_checkout("MONTHLY"));
    let started = futures::future::join_all(clicks).await;

    let urls: std::collections::BTreeSet<&str> = started
        .iter()
        .map(|started| started["url"].as_str().unwrap())
        .collect();
    assert_eq!(urls.len(), 1, "{started:?}");
    assert_eq!(shop.list("/v1/checkout/sessions").len(), 1);
    assert_eq!(shop.list("/v1/customers").len(), 1);
    buyer.customer();
}

#[tokio::test]
async fn another_choice_closes_the_page_that_is_open() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let monthly = buyer.start_checkout("MONTHLY").await;

    let yearly = buyer.start_checkout("YEARLY").await;
    let refused = shop
        .submit(monthly["url"].as_str().unwrap(), &[("card", GOOD)])
        .await;
    let paid = shop
        .submit(yearly["url"].as_str().unwrap(), &[("card", GOOD)])
        .await;

    assert_ne!(refused.status(), StatusCode::SEE_OTHER);
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    assert_eq!(shop.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_page_that_expired_is_opened_anew() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let first = buyer.start_checkout("MONTHLY").await;
    shop.pass(DAY + 60).await;

    let second = buyer.start_checkout("MONTHLY").await;

    assert_ne!(first["url"], second["url"]);
    assert_eq!(shop.list("/v1/customers").len(), 1);
}

#[tokio::test]
async fn who_is_subscribed_is_led_to_the_portal_even_before_the_server_heard_of_it() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    assert_eq!(codes(&buyer.open_portal().await), ["NOTHING_BOUGHT"]);
    shop.act(Action::HoldWebhooks);
    buyer.buy("MONTHLY", GOOD).await;

    let at_once = buyer.start_checkout("MONTHLY").await;
    shop.act(Action::ReleaseWebhooks {
        order: ReleaseOrder::InOrder,
    });
    shop.settle().await;
    let later = buyer.start_checkout("YEARLY").await;

    assert_eq!(codes(&at_once), ["ALREADY_SUBSCRIBED"]);
    assert_eq!(codes(&later), ["ALREADY_SUBSCRIBED"]);
    assert_eq!(codes(&buyer.open_portal().await), [""; 0]);
    assert_eq!(shop.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_trial_gives_premium_once_and_its_end_is_told_three_days_ahead() {
    let shop = Shop::open_with(|billing| billing.trial_days = 10).await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(shown["subscription"]["state"], "TRIALING");
    assert_eq!(shown["subscription"]["trialEndsAt"], "2027-01-25T12:00:00+00:00");

    shop.pass_days(6).await;
    assert_eq!(buyer.count_notices("TRIAL_ENDING").await, 0);
    shop.pass_days(2).await;
    assert_eq!(buyer.count_notices("TRIAL_ENDING").await, 1);
    shop.pass_days(3).await;

    assert_eq!(buyer.shown().await["subscription"]["state"], "ACTIVE");
    assert_eq!(buyer.count_notices("TRIAL_ENDING").await, 1);
    end_at_once(&buyer).await;
    buyer.buy("MONTHLY", GOOD).await;
    shop.settle().await;
    assert_eq!(
        buyer.shown().await["subscription"]["state"],
        "ACTIVE",
        "there is no second trial"
    );
}

/// Has the operator end the subscription in Stripe's dashboard.
async fn end_at_once(buyer: &Buyer<'_>) {
    let path = format!("/v1/subscriptions/{}", buyer.subscription().id);
    buyer.shop.call("DELETE", &path, "");
    buyer.shop.settle().await;
    assert_eq!(buyer.plan().await, "FREE");
}

#[tokio::test]
async fn a_promotion_code_is_taken_where_the_operator_allows_it() {
    let shop = Shop::open_with(|billing| billing.takes_promotion_codes = true).await;
    let coupon = shop.call("POST", "/v1/coupons", "percent_off=100&duration=forever");
    let coupon = coupon["id"].as_str().unwrap();
    let form = format!("promotion[type]=coupon&promotion[coupon]={coupon}&code=FRIEND");
    shop.call("POST", "/v1/promotion_codes", &form);
    let buyer = shop.buyer("ana@example.org").await;
    let started = buyer.start_checkout("MONTHLY").await;

    let paid = shop
        .submit(
            started["url"].as_str().unwrap(),
            &[("card", GOOD), ("code", "FRIEND")],
        )
        .await;
    shop.settle().await;

    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "PREMIUM");
    assert_eq!(shown["subscription"]["invoices"]["nodes"][0]["totalAmount"], 0);
}

#[tokio::test]
async fn a_purchase_of_something_else_gives_nothing_whatever_it_says_of_itself() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    buyer.start_checkout("MONTHLY").await;
    let cheap = new_price(&shop.stripe, "month", 1);
    let form = format!(
        "mode=subscription&customer={}&line_items[0][price]={cheap}&line_items[0][quantity]=1\
         &success_url={ORIGIN}&metadata[price]={}&subscription_data[metadata][amda_price]={}&client_reference_id={}",
        buyer.customer(),
        shop.monthly,
        shop.yearly,
        buyer.user,
    );
    let session = shop.call("POST", "/v1/checkout/sessions", &form);

    shop.act(Action::PayCheckout {
        session: session["id"].as_str().unwrap().to_owned(),
        card: Some(GOOD.to_owned()),
        code: None,
    });
    shop.settle().await;

    let shown = buyer.shown().await;
    assert_eq!(shown["user"]["plan"]["code"], "FREE");
    assert_eq!(shown["subscription"], json!(null));
}

#[tokio::test]
async fn one_users_purchase_is_nothing_to_another() {
    let shop = Shop::open().await;
    let ana = shop.buyer("ana@example.org").await;
    let bob = shop.buyer("bob@example.org").await;
    let of_ana = ana.start_checkout("MONTHLY").await;
    let of_bob = bob.start_checkout("MONTHLY").await;
    assert_ne!(of_ana["url"], of_bob["url"]);

    // Whoever pays on the page of Ana pays for Ana.
    shop.submit(of_ana["url"].as_str().unwrap(), &[("card", GOOD)])
        .await;
    shop.settle().await;

    assert_eq!(ana.plan().await, "PREMIUM");
    assert_eq!(bob.plan().await, "FREE");
    assert_eq!(bob.shown().await["subscription"], json!(null));
}

#[tokio::test]
async fn nobody_is_sent_back_to_a_page_of_somebody_else() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let input = json!({
        "interval": "MONTHLY",
        "successUrl": "https://app.example@evil.example/",
        "cancelUrl": "https://app.example.evil.example/",
    });

    let refused = buyer.start_checkout_with(input).await;

    assert_eq!(codes(&refused), ["INVALID_INPUT", "INVALID_INPUT"]);
    let paths: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["path"])
        .collect();
    assert_eq!(paths, [&json!(["successUrl"]), &json!(["cancelUrl"])]);
    assert_eq!(shop.list("/v1/customers").len(), 0, "Stripe was not asked");
}

#[tokio::test]
async fn no_field_of_the_input_chooses_a_price_or_a_customer() {
    let shop = Shop::open().await;
    shop.buyer("ana@example.org").await;
    let user = shop.app.log_in("ana@example.org").await;

    for extra in ["price", "priceId", "customer", "userId", "trialDays"] {
        let query = format!(
            "mutation {{ startCheckout(input: {{interval: MONTHLY, successUrl: \"{ORIGIN}\", cancelUrl: \"{ORIGIN}\", \
             {extra}: \"x\"}}) {{ url }} }}"
        );
        let reply = user.client.run(&query, json!({})).await;
        assert!(
            reply.body["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains(extra),
            "{}",
            reply.body
        );
    }
    assert_eq!(shop.list("/v1/customers").len(), 0);
}

#[tokio::test]
async fn stripes_pages_are_visited_ten_times_an_hour() {
    let limits = Some(Limits::in_service());
    let shop = Shop::open_tuned(|_| {}, Tuning { limits, ..tuning() }).await;
    shop.app.register("ana@example.org").await;
    let user = shop.app.log_in("ana@example.org").await;
    let query = format!(
        "mutation {{ startCheckout(input: {{interval: MONTHLY, successUrl: \"{ORIGIN}\", cancelUrl: \"{ORIGIN}\"}}) {{
            url errors {{ code ... on LimitExceeded {{ limit resetsAt }} }} }} }}"
    );

    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(user.run(&query, json!({})).await["startCheckout"].take());
    }

    assert!(
        answers[..10].iter().all(|answer| answer["errors"] == json!([])),
        "{answers:?}"
    );
    assert_eq!(codes(&answers[10]), ["LIMIT_EXCEEDED"]);
    assert_eq!(answers[10]["errors"][0]["limit"], 10);
    assert_eq!(answers[10]["errors"][0]["resetsAt"], "2027-01-15T12:06:00+00:00");
}

#[tokio::test]
async fn what_the_operator_granted_is_neither_needed_nor_lost_by_buying() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let core = &shop.app.app.services.core;
    let grant = async |plan| {
        amda::features::users::set_plan(core, "ana@example.org", plan)
            .await
            .unwrap()
    };
    grant(amda::plan::Plan::Premium).await;
    buyer.buy("MONTHLY", GOOD).await;
    shop.settle().await;

    end_what_was_bought(&buyer).await;
    assert_eq!(buyer.plan().await, "PREMIUM", "it was granted");
    buyer.buy("MONTHLY", GOOD).await;
    shop.settle().await;
    grant(amda::plan::Plan::Free).await;
    assert_eq!(buyer.plan().await, "PREMIUM", "it was bought");
    end_what_was_bought(&buyer).await;

    assert_eq!(buyer.plan().await, "FREE");
}

async fn end_what_was_bought(buyer: &Buyer<'_>) {
    let path = format!("/v1/subscriptions/{}", buyer.subscription().id);
    buyer.shop.call("DELETE", &path, "");
    buyer.shop.settle().await;
}
