//! Pages, filters and expansions as the client asks for them.

use futures::TryStreamExt as _;
use stripe_billing::subscription::{ListSubscription, ListSubscriptionStatus, RetrieveSubscription};
use stripe_product::price::ListPrice;
use stripe_shared::Subscription;

use super::shop::{GOOD, Shop, refusal};

#[tokio::test]
async fn the_client_pages_through_a_long_list() {
    let shop = Shop::open().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(shop.subscribed(GOOD).await.1);
    }

    let list = ListSubscription::new().limit(3);
    let listed: Vec<Subscription> = list.paginate().stream(&shop.client).try_collect().await.unwrap();

    made.reverse();
    let listed: Vec<String> = listed.into_iter().map(|it| it.id.to_string()).collect();
    assert_eq!(listed, made);
}

#[tokio::test]
async fn ended_subscriptions_are_listed_only_when_they_are_asked_for() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    shop.simulator
        .call("DELETE", &format!("/v1/subscriptions/{id}"), "")
        .unwrap();
    let list = |status: Option<ListSubscriptionStatus>| {
        let list = ListSubscription::new().customer(customer.as_str());
        let list = match status {
            Some(status) => list.status(status),
            None => list,
        };
        let client = shop.client.clone();
        async move { list.send(&client).await.unwrap().data.len() }
    };

    assert_eq!(list(None).await, 0);
    assert_eq!(list(Some(ListSubscriptionStatus::All)).await, 1);
    assert_eq!(list(Some(ListSubscriptionStatus::Canceled)).await, 1);
    assert_eq!(list(Some(ListSubscriptionStatus::Active)).await, 0);
}

#[tokio::test]
async fn prices_are_found_by_their_keys() {
    let shop = Shop::open().await;
    let path = format!("/v1/prices/{}", shop.monthly);
    shop.simulator
        .call("POST", &path, "lookup_key=premium_monthly")
        .unwrap();

    let found = ListPrice::new()
        .lookup_keys(vec!["premium_monthly".to_owned()])
        .expand(["data.product".to_owned()])
        .send(&shop.client)
        .await
        .unwrap();

    assert_eq!(found.data.len(), 1);
    assert_eq!(found.data[0].id.as_str(), shop.monthly);
    assert_eq!(found.data[0].product.as_object().unwrap().name, "Premium");
}

#[tokio::test]
async fn ids_are_expanded_to_objects_and_nothing_else_is() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;
    let read = |path: &str| {
        let read = RetrieveSubscription::new(id.as_str()).expand([path.to_owned()]);
        let client = shop.client.clone();
        async move { read.send(&client).await }
    };

    let expanded = read("latest_invoice.payments").await.unwrap();
    let invoice = expanded.latest_invoice.unwrap().into_object().unwrap();
    assert_eq!(invoice.payments.unwrap().data.len(), 1);
    let expanded = read("items.data.price.product").await.unwrap();
    assert!(expanded.items.data[0].price.product.is_object());
    for wrong in [
        "status",
        "nothing",
        "customer.email",
        "latest_invoice.subscription.x.y.z",
    ] {
        assert_eq!(refusal(read(wrong).await).0, 400, "{wrong}");
    }
}
