//! Events as they are listed, for who missed their webhooks.

use stripe_core::event::{ListEvent, RetrieveEvent};

use super::shop::{DAY, GOOD, HOUR, NOON, Shop, text};

#[tokio::test]
async fn a_purchase_is_told_of_in_these_events() {
    let shop = Shop::open().await;
    let (_, _) = shop.subscribed(GOOD).await;

    let types = shop.event_types();

    let expected = [
        "customer.created",
        "payment_method.attached",
        "invoice.created",
        "customer.subscription.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice_payment.paid",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
    ];
    let purchase: Vec<&str> = types.iter().map(String::as_str).skip(4).collect();
    assert_eq!(purchase, expected);
}

#[tokio::test]
async fn a_change_says_the_values_from_before() {
    let shop = Shop::open().await;
    let (_, id) = shop.subscribed(GOOD).await;

    shop.simulator
        .call(
            "POST",
            &format!("/v1/subscriptions/{id}"),
            "cancel_at_period_end=true",
        )
        .unwrap();

    let event = &shop.events()[0];
    let previous = &event["data"]["previous_attributes"];
    assert_eq!(
        (&previous["cancel_at_period_end"], &previous["cancel_at"]),
        (&false.into(), &().into())
    );
    assert_eq!(event["data"]["object"]["cancel_at_period_end"], true);
    assert_eq!(event["data"]["object"]["id"], id.as_str());
}

#[tokio::test]
async fn events_are_found_by_type_and_time_and_id() {
    let shop = Shop::open().await;
    shop.customer().await;
    shop.simulator.advance(HOUR).unwrap();
    let (_, _) = shop.subscribed(GOOD).await;

    let of_type = ListEvent::new()
        .type_("customer.created")
        .send(&shop.client)
        .await
        .unwrap();
    let both = vec!["invoice.paid".to_owned(), "customer.created".to_owned()];
    let of_types = ListEvent::new().types(both).send(&shop.client).await.unwrap();
    let late = ListEvent::new()
        .type_("customer.created")
        .created(stripe_types::RangeQueryTs::Bounds(stripe_types::RangeBoundsTs {
            gt: Some(NOON),
            ..Default::default()
        }))
        .send(&shop.client)
        .await
        .unwrap();

    assert_eq!(
        (of_type.data.len(), of_types.data.len(), late.data.len()),
        (2, 3, 1)
    );
    let read = RetrieveEvent::new(late.data[0].id.clone())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(read.api_version.as_deref(), Some("2026-09-30.endive"));
    assert!(read.request.unwrap().id.is_some(), "a request caused it");
}

#[tokio::test]
async fn events_are_listed_for_thirty_days() {
    let shop = Shop::open().await;
    shop.customer().await;
    let oldest = text(shop.events().last().unwrap(), "id");

    shop.simulator.advance(31 * DAY).unwrap();
    shop.customer().await;

    assert_eq!(shop.event_types(), ["customer.created"]);
    assert!(
        shop.simulator
            .call("GET", &format!("/v1/events/{oldest}"), "")
            .is_ok()
    );
}
