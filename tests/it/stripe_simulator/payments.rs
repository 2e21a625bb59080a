//! Charges, refunds and disputes.

use amda::stripe_simulator::Action;
use stripe_billing::invoice::RetrieveInvoice;
use stripe_core::charge::{ListCharge, RetrieveCharge};
use stripe_core::dispute::{ListDispute, RetrieveDispute};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_shared::{Charge, DisputeStatus};

use super::shop::{GOOD, Shop, refusal, refused, text};

async fn charge_of(shop: &Shop, customer: &str) -> Charge {
    let charges = ListCharge::new()
        .customer(customer)
        .send(&shop.client)
        .await
        .unwrap();
    charges.data.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_charge_leads_to_its_invoice_and_back() {
    let shop = Shop::open().await;
    let (customer, id) = shop.subscribed(GOOD).await;
    let charge = charge_of(&shop, &customer).await;
    let payment = charge.payment_intent.as_ref().unwrap().id().to_string();

    let query = format!("payment[type]=payment_intent&payment[payment_intent]={payment}");
    let payments = shop
        .simulator
        .call("GET", "/v1/invoice_payments", &query)
        .unwrap();
    let invoice = RetrieveInvoice::new(text(&payments["data"][0], "invoice").as_str())
        .expand(["payments.data.payment.payment_intent".to_owned()])
        .send(&shop.client)
        .await
        .unwrap();

    let paid_by = invoice.payments.as_ref().unwrap().data[0]
        .payment
        .payment_intent
        .as_ref()
        .unwrap();
    assert_eq!(paid_by.as_object().unwrap().id.as_str(), payment);
    let parent = invoice.parent.unwrap().subscription_details.unwrap();
    assert_eq!(parent.subscription.id().as_str(), id);
}

#[tokio::test]
async fn a_charge_is_refunded_in_parts_and_never_more_than_it_was() {
    let shop = Shop::open().await;
    let (customer, _) = shop.subscribed(GOOD).await;
    let charge = charge_of(&shop, &customer).await;
    let refund = || CreateRefund::new().charge(charge.id.to_string());

    refund().amount(300).send(&shop.client).await.unwrap();
    let too_much = refund().amount(601).send(&shop.client).await;
    refund().send(&shop.client).await.unwrap();
    let once_more = refund().send(&shop.client).await;

    assert_eq!(refusal(too_much).3, "amount");
    assert_eq!(
        refusal(once_more),
        refused(400, "invalid_request_error", "charge_already_refunded", "")
    );
    let charge = RetrieveCharge::new(charge.id)
        .expand(["refunds".to_owned()])
        .send(&shop.client)
        .await
        .unwrap();
    assert!(charge.refunded);
    assert_eq!(
        (charge.amount_refunded, charge.refunds.unwrap().data.len()),
        (900, 2)
    );
    assert_eq!(ListRefund::new().send(&shop.client).await.unwrap().data.len(), 2);
    assert!(shop.event_types().contains(&"charge.refunded".to_owned()));
}

#[tokio::test]
async fn a_dispute_takes_the_money_until_it_is_won() {
    let shop = Shop::open().await;
    let (customer, _) = shop.subscribed(GOOD).await;
    let charge = charge_of(&shop, &customer).await;

    let made = shop.simulator.act(Action::Dispute {
        charge: charge.id.to_string(),
        reason: None,
    });

    let dispute = text(&made.unwrap(), "dispute");
    let read = async || RetrieveDispute::new(dispute.as_str()).send(&shop.client).await;
    assert_eq!(read().await.unwrap().status, DisputeStatus::NeedsResponse);
    let refunded = CreateRefund::new()
        .charge(charge.id.to_string())
        .send(&shop.client)
        .await;
    assert_eq!(refusal(refunded).2, "charge_disputed");
    let won = shop.simulator.act(Action::CloseDispute {
        dispute: dispute.clone(),
        won: true,
    });
    won.unwrap();
    assert_eq!(read().await.unwrap().status, DisputeStatus::Won);
    let listed = ListDispute::new()
        .charge(charge.id.to_string())
        .send(&shop.client)
        .await
        .unwrap();
    assert_eq!(listed.data.len(), 1);
    let types = shop.event_types();
    for kind in ["created", "funds_withdrawn", "closed", "funds_reinstated"] {
        assert!(types.contains(&format!("charge.dispute.{kind}")), "{kind}");
    }
}

#[tokio::test]
async fn a_card_whose_owner_disputes_everything_pays_first() {
    let shop = Shop::open().await;

    let (customer, _) = shop.subscribed("4000000000000259").await;

    assert!(charge_of(&shop, &customer).await.disputed);
}
