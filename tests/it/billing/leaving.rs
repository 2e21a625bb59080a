//! Users who leave, and users who move to another e-mail address.

use amda::features::users;
use amda::stripe_simulator::{Action, ApiFault, FailRequests, SubscriptionStatus};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

use super::steps::{Buyer, GOOD, Shop, codes};

async fn is_gone(buyer: &Buyer<'_>) -> bool {
    let services = &buyer.shop.app.app.services;
    services.users.find(buyer.user).await.unwrap().is_none()
}

async fn delete(buyer: &Buyer<'_>) {
    let core = &buyer.shop.app.app.services.core;
    users::request_deletion(core, buyer.user).await.unwrap();
}

#[tokio::test]
async fn who_is_deleted_pays_no_more_and_is_forgotten_by_stripe() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let (customer, subscription) = (buyer.customer(), buyer.subscription().id);

    delete(&buyer).await;
    shop.until("the user is deleted", async || is_gone(&buyer).await)
        .await;

    let subscriptions = shop.subscriptions();
    let ended = subscriptions.iter().find(|it| it.id == subscription).unwrap();
    assert_eq!(ended.status, SubscriptionStatus::Canceled);
    let customer = shop.call("GET", &format!("/v1/customers/{customer}"), "");
    assert_eq!(customer["deleted"], true);
    for table in [
        "billing_customers",
        "billing_subscriptions",
        "billing_invoices",
        "billing_checkouts",
    ] {
        assert_eq!(
            shop.count(&format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_deletion_waits_until_stripe_has_ended_what_is_paid() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let failures = 4;
    shop.act(Action::FailRequests {
        requests: FailRequests {
            fault: ApiFault::ServerError,
            count: failures,
            method: Some("DELETE".to_owned()),
            path: Some("/v1/subscriptions".to_owned()),
        },
    });
    delete(&buyer).await;
    let refused = || {
        let requests = shop.stripe.requests();
        requests
            .iter()
            .filter(|it| it.method == "DELETE" && it.status == 500)
            .count()
    };
    shop.until("Stripe refuses once", async || refused() > 0).await;
    assert!(!is_gone(&buyer).await, "it waits");

    shop.until("the user is deleted", async || {
        shop.clock.advance(chrono::TimeDelta::minutes(10));
        is_gone(&buyer).await
    })
    .await;

    assert_eq!(refused(), 4);
    assert_eq!(shop.subscriptions()[0].status, SubscriptionStatus::Canceled);
}

#[tokio::test]
async fn nothing_is_sold_to_who_is_going_to_be_deleted() {
    let shop = Shop::open().await;
    let buyer = shop.buyer("ana@example.org").await;
    let plan = "mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { errors { message } } }";
    let input = serde_json::json!({"input": {"currentPassword": crate::support::app::PASSWORD}});
    buyer.ask(plan, input).await;

    let refused = buyer.start_checkout("MONTHLY").await;

    assert_eq!(codes(&refused), ["CONFLICT"]);
    assert!(
        refused["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("cancelUserDeletion")
    );
}

#[tokio::test]
async fn stripe_is_told_of_another_email_address() {
    let shop = Shop::open().await;
    let buyer = shop.subscriber("ana@example.org", GOOD).await;
    let path = format!("/v1/customers/{}", buyer.customer());
    assert_eq!(shop.call("GET", &path, "")["email"], "ana@example.org");

    change_email(&buyer, "anna@example.org").await;

    shop.until("Stripe knows", async || {
        shop.call("GET", &path, "")["email"] == "anna@example.org"
    })
    .await;
}

/// Changes the address as a confirmed mail does.
async fn change_email(buyer: &Buyer<'_>, email: &str) {
    use amda::db::schema::users::dsl;
    let core = &buyer.shop.app.app.services.core;
    let mut work = core.begin(buyer.user).await.unwrap();
    diesel::update(dsl::users.find(buyer.user))
        .set(dsl::email.eq(email))
        .execute(&mut *work)
        .await
        .unwrap();
    work.emit(amda::hub::EventKind::ProfileChanged, None, buyer.user);
    work.commit().await.unwrap();
}
