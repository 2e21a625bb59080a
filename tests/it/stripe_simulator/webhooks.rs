//! Webhooks: signed so that the client's library takes them, and lost, doubled, delayed and reordered on command.

use amda::stripe_simulator::{
    Action, DeliveryState, ReleaseOrder, StripeTime, WebhookEndpoint, WebhookFault,
};
use stripe_webhook::{EventObject, Webhook};

use super::shop::{GOOD, HOUR, NOON, SECRET, Shop};
use crate::support::receiver::{Answer, Heard, Receiver};

fn body(heard: &Heard) -> String {
    String::from_utf8(heard.body.to_vec()).unwrap()
}

fn kind(heard: &Heard) -> String {
    heard.json()["type"].as_str().unwrap().to_owned()
}

fn kinds(receiver: &mut Receiver) -> Vec<String> {
    receiver.drain().iter().map(kind).collect()
}

#[tokio::test]
async fn the_library_of_the_client_takes_every_webhook() {
    let shop = Shop::open_at(StripeTime::Machine).await;
    let mut receiver = Receiver::start().await;
    shop.send_webhooks(receiver.url());

    let (_, id) = shop.subscribed(GOOD).await;
    shop.simulator.wait_until_delivered().await;

    let heard = receiver.drain();
    assert_eq!(heard.len(), 13);
    let mut statuses = Vec::new();
    for heard in &heard {
        let signature = heard.header("stripe-signature");
        let event = Webhook::construct_event(&body(heard), signature, SECRET).unwrap();
        if let EventObject::CustomerSubscriptionUpdated(subscription) = event.data.object {
            assert_eq!(subscription.id.as_str(), id);
            statuses.push(subscription.status.to_string());
        }
        assert!(Webhook::construct_event(&body(heard), signature, "whsec_other").is_err());
    }
    assert_eq!(statuses, ["active"]);
}

#[tokio::test]
async fn while_a_secret_is_rolled_over_both_sign() {
    let shop = Shop::open().await;
    let mut receiver = Receiver::start().await;
    let endpoint = WebhookEndpoint {
        url: receiver.url(),
        secrets: vec!["whsec_new".to_owned(), "whsec_old".to_owned()],
        events: vec!["customer.created".to_owned()],
    };
    let set = Action::SetWebhookEndpoints {
        endpoints: vec![endpoint],
    };
    shop.simulator.act(set).unwrap();

    shop.subscribed(GOOD).await;

    let heard = receiver.next().await;
    let signature = heard.header("stripe-signature");
    for secret in ["whsec_new", "whsec_old"] {
        assert!(Webhook::construct_event_with_timestamp(&body(&heard), signature, secret, NOON).is_ok());
    }
    shop.simulator.wait_until_delivered().await;
    assert_eq!(kinds(&mut receiver), [] as [&str; 0], "it wanted no other type");
}

#[tokio::test]
async fn a_webhook_that_was_not_taken_is_sent_again_later() {
    let shop = Shop::open().await;
    let mut receiver = Receiver::start().await;
    receiver.answer([Answer::Status(500)]);
    shop.send_webhooks(receiver.url());

    shop.customer().await;
    shop.simulator.wait_until_delivered().await;
    let pending = shop.events()[0]["pending_webhooks"].clone();
    shop.simulator.advance(60).unwrap();
    shop.simulator.wait_until_delivered().await;

    assert_eq!(pending, 1);
    assert_eq!(kinds(&mut receiver), ["customer.created", "customer.created"]);
    let delivery = &shop.simulator.deliveries()[0];
    assert_eq!(
        (delivery.state, delivery.statuses.as_slice()),
        (DeliveryState::Delivered, [500, 200].as_slice())
    );
    assert_eq!(shop.events()[0]["pending_webhooks"], 0);
}

#[tokio::test]
async fn webhooks_are_lost_doubled_and_delayed_on_command() {
    let shop = Shop::open().await;
    let mut receiver = Receiver::start().await;
    shop.send_webhooks(receiver.url());
    for fault in [
        WebhookFault::Lose,
        WebhookFault::Duplicate,
        WebhookFault::Delay(3_600),
    ] {
        shop.simulator
            .act(Action::FailWebhooks { fault, count: 1 })
            .unwrap();
    }

    shop.customer().await;
    shop.simulator
        .call("POST", "/v1/coupons", "percent_off=10")
        .unwrap();
    shop.simulator.call("POST", "/v1/products", "name=Other").unwrap();
    shop.simulator.wait_until_delivered().await;
    let at_once = kinds(&mut receiver);
    shop.simulator.advance(HOUR).unwrap();
    shop.simulator.wait_until_delivered().await;

    assert_eq!(at_once, ["coupon.created", "coupon.created"]);
    assert_eq!(kinds(&mut receiver), ["product.created"]);
}

#[tokio::test]
async fn held_webhooks_are_released_in_reverse_or_handed_to_a_test() {
    let shop = Shop::open().await;
    let mut receiver = Receiver::start().await;
    shop.send_webhooks(receiver.url());
    let happen = || {
        shop.simulator
            .call("POST", "/v1/coupons", "percent_off=10")
            .unwrap();
        shop.simulator.call("POST", "/v1/products", "name=Other").unwrap();
    };

    shop.simulator.act(Action::HoldWebhooks).unwrap();
    happen();
    let taken = shop.simulator.take_held_webhooks();
    happen();
    let order = ReleaseOrder::Reversed;
    shop.simulator.act(Action::ReleaseWebhooks { order }).unwrap();
    shop.simulator.wait_until_delivered().await;

    assert_eq!(kinds(&mut receiver), ["product.created", "coupon.created"]);
    assert_eq!(taken.len(), 2);
    let event = Webhook::construct_event_with_timestamp(&taken[0].body, &taken[0].signature, SECRET, NOON);
    assert_eq!(event.unwrap().id.as_str(), taken[0].event);
}

#[tokio::test]
async fn an_event_is_sent_once_more_on_command() {
    let shop = Shop::open().await;
    let mut receiver = Receiver::start().await;
    shop.customer().await;
    let event = shop.events()[0]["id"].as_str().unwrap().to_owned();
    shop.send_webhooks(receiver.url());

    shop.simulator.act(Action::ResendWebhook { event }).unwrap();

    assert_eq!(kind(&receiver.next().await), "customer.created");
}
