//! Customers, made, changed and deleted by the client.

use stripe_billing::subscription::RetrieveSubscription;
use stripe_core::customer::{
    CreateCustomer, DeleteCustomer, ListCustomer, ListPaymentMethodsCustomer, RetrieveCustomer,
    RetrieveCustomerReturned, UpdateCustomer,
};
use stripe_shared::SubscriptionStatus;

use super::shop::{GOOD, Shop, refusal, refused};

#[tokio::test]
async fn a_customer_is_made_changed_and_read() {
    let shop = Shop::open().await;
    let made = CreateCustomer::new()
        .email("ana@example.org")
        .metadata([("user".to_owned(), "01J".to_owned())])
        .send(&shop.client)
        .await
        .unwrap();

    let update = UpdateCustomer::new(made.id.clone())
        .name("Ana")
        .send(&shop.client)
        .await
        .unwrap();

    assert_eq!(update.name.as_deref(), Some("Ana"));
    let RetrieveCustomerReturned::Customer(read) = RetrieveCustomer::new(made.id.clone())
        .send(&shop.client)
        .await
        .unwrap()
    else {
        panic!("the customer lives")
    };
    assert_eq!(read.email.as_deref(), Some("ana@example.org"));
    assert_eq!(read.metadata.unwrap()["user"], "01J");
    let listed = ListCustomer::new()
        .email("ana@example.org")
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(listed.data.len(), 1);
}

#[tokio::test]
async fn a_deleted_customer_is_shown_as_such_and_their_subscription_ends() {
    let shop = Shop::open().await;
    let (customer, subscription) = shop.subscribed(GOOD).await;

    DeleteCustomer::new(customer.as_str())
        .send(&shop.client)
        .await
        .unwrap();

    let read = RetrieveCustomer::new(customer.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert!(matches!(read, RetrieveCustomerReturned::DeletedCustomer(_)));
    let ended = RetrieveSubscription::new(subscription.as_str())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(ended.status, SubscriptionStatus::Canceled);
    let again = shop.order(&customer).send(&shop.client).await;
    assert_eq!(
        refusal(again),
        refused(400, "invalid_request_error", "resource_missing", "customer")
    );
    assert!(shop.event_types().contains(&"customer.deleted".to_owned()));
}

#[tokio::test]
async fn the_card_of_a_customer_is_listed() {
    let shop = Shop::open().await;
    let (customer, _) = shop.subscribed(GOOD).await;

    let methods = ListPaymentMethodsCustomer::new(customer.as_str())
        .send(&shop.client)
        .await
        .unwrap();

    let card = methods.data[0].card.as_ref().unwrap();
    assert_eq!((card.brand.as_str(), card.last4.as_str()), ("visa", "4242"));
}
