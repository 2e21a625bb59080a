//! Deeds of people, banks and operators, by chance. Each may be refused, as in life.

use amda::features::billing::{BillingError, BillingInterval, Refusal, WantedCheckout};
use amda::features::users;
use amda::plan::Plan;
use amda::stripe_simulator::{Action, ApiFault, FailRequests};
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use serde_json::Value;

use super::market::{Market, text};
use crate::billing::steps::{DECLINED_LATER, GOOD, ORIGIN, SLOW, SLOW_AND_DECLINED};

/// A card that pays, and whose owner disputes every charge.
const DISPUTED: &str = "4000000000000259";

/// Most pay.
const CARDS: [&str; 8] = [
    GOOD,
    GOOD,
    GOOD,
    DECLINED_LATER,
    DECLINED_LATER,
    DISPUTED,
    SLOW,
    SLOW_AND_DECLINED,
];

const FAULTS: [ApiFault; 4] = [
    ApiFault::RateLimit,
    ApiFault::ServerError,
    ApiFault::ServerErrorAfterwards,
    ApiFault::LostAnswer,
];

/// Lets something happen to somebody; returns its name.
pub(super) async fn happen(market: &mut Market, who: usize, random: &mut StdRng) -> &'static str {
    match random.random_range(0..24) {
        0..7 => buy(market, who, random).await,
        7 => pay_earlier_checkout(market, who, random),
        8 => change(market, who, "cancels at the end", "cancel_at_period_end=true"),
        9 => change(market, who, "takes the end back", "cancel_at_period_end=false"),
        10 => end_at_once(market, who),
        11..14 => replace_card(market, who, random),
        14 => pay_what_is_owed(market, who),
        15 | 16 => refund(market, who, random),
        17 => dispute(market, who, random),
        18 | 19 => decide_dispute(market, who, random),
        20 => switch_price(market, who, random),
        21 => grant(market, who, random).await,
        22 => settle_debit(market, who, random),
        _ => delete_customer(market, who, random),
    }
}

/// Number of requests that fail in a row, at most.
pub(super) const MOST_FAILED_REQUESTS: u32 = 15;

/// Lets the next requests to Stripe fail.
pub(super) fn fail_requests(market: &Market, random: &mut StdRng) {
    let requests = FailRequests {
        fault: *FAULTS.choose(random).unwrap(),
        count: random.random_range(1..=MOST_FAILED_REQUESTS),
        method: None,
        path: None,
    };
    market.stripe.act(Action::FailRequests { requests }).unwrap();
}

/// What somebody asks for who wants to buy.
pub(super) fn wanted(interval: BillingInterval) -> WantedCheckout {
    WantedCheckout {
        interval,
        success_url: format!("{ORIGIN}/done"),
        cancel_url: format!("{ORIGIN}/plans"),
    }
}

/// Opens a page by AMDA, and usually pays on it.
async fn buy(market: &mut Market, who: usize, random: &mut StdRng) -> &'static str {
    let interval = if random.random_bool(0.7) {
        BillingInterval::Monthly
    } else {
        BillingInterval::Yearly
    };
    let user = market.people[who].user;
    let billing = &market.world.services.billing;
    let page = match Box::pin(billing.start_checkout(user, wanted(interval))).await {
        Ok(page) => page,
        Err(BillingError::Unavailable(_)) => return "cannot buy now",
        Err(BillingError::Refused(why)) => {
            assert_eq!(why, [Refusal::Subscribed]);
            return "has subscribed already";
        }
        Err(error) => panic!("a page cannot be opened: {error:?}"),
    };
    let (_, session) = page.url.rsplit_once('/').unwrap();
    market.people[who].checkouts.push(session.to_owned());
    if random.random_bool(0.2) {
        return "looks at the price";
    }
    pay(market, session, random);
    "buys"
}

fn pay(market: &Market, session: &str, random: &mut StdRng) {
    // A page that is closed, or a card that cannot be saved.
    let _ = market.stripe.act(Action::PayCheckout {
        session: session.to_owned(),
        card: Some((*CARDS.choose(random).unwrap()).to_owned()),
        code: None,
    });
}

fn pay_earlier_checkout(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    if let Some(session) = market.people[who].checkouts.choose(random) {
        pay(market, session, random);
    }
    "pays on an earlier page"
}

fn change(market: &Market, who: usize, name: &'static str, form: &str) -> &'static str {
    if let Some(subscription) = newest(market, who, "/v1/subscriptions", "status=all") {
        let path = format!("/v1/subscriptions/{}", text(&subscription["id"]));
        market.call("POST", &path, form);
    }
    name
}

fn end_at_once(market: &Market, who: usize) -> &'static str {
    if let Some(subscription) = newest(market, who, "/v1/subscriptions", "status=all") {
        let path = format!("/v1/subscriptions/{}", text(&subscription["id"]));
        market.call("DELETE", &path, "");
    }
    "ends at once"
}

fn replace_card(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    if let Some(customer) = customer(market, who) {
        let card = (*CARDS.choose(random).unwrap()).to_owned();
        let _ = market.stripe.act(Action::ReplaceCard { customer, card });
    }
    "replaces the card"
}

fn pay_what_is_owed(market: &Market, who: usize) -> &'static str {
    if let Some(invoice) = newest(market, who, "/v1/invoices", "status=open") {
        let path = format!("/v1/invoices/{}/pay", text(&invoice["id"]));
        market.call("POST", &path, "");
    }
    "pays what is owed"
}

fn refund(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    let in_part = random.random_bool(0.4);
    if let Some(charge) = paid_charge(market, who, random) {
        let amount = if in_part { "&amount=100" } else { "" };
        market.call(
            "POST",
            "/v1/refunds",
            &format!("charge={}{amount}", text(&charge["id"])),
        );
    }
    if in_part {
        "is refunded a part"
    } else {
        "is refunded in full"
    }
}

fn dispute(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    let undisputed = paid_charge(market, who, random).filter(|charge| charge["disputed"] == false);
    if let Some(charge) = undisputed {
        let charge = text(&charge["id"]);
        market
            .stripe
            .act(Action::Dispute { charge, reason: None })
            .unwrap();
    }
    "disputes a payment"
}

fn decide_dispute(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    let won = random.random_bool(0.6);
    let charges = of_customer(market, who, "/v1/charges", "");
    let disputes = charges
        .iter()
        .filter(|charge| charge["disputed"] == true)
        .flat_map(|charge| market.list("/v1/disputes", &format!("charge={}", text(&charge["id"]))));
    let open: Vec<Value> = disputes
        .filter(|dispute| dispute["status"] == "needs_response")
        .collect();
    if let Some(dispute) = open.choose(random) {
        let dispute = text(&dispute["id"]);
        market.stripe.act(Action::CloseDispute { dispute, won }).unwrap();
    }
    if won {
        "loses a dispute"
    } else {
        "gets a disputed payment back"
    }
}

fn switch_price(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    let prices = &market.prices;
    let offered = [
        &prices.monthly,
        &prices.monthly,
        &prices.yearly,
        &prices.yearly,
        &prices.other,
    ];
    let price = *offered.choose(random).unwrap();
    if let Some(subscription) = newest(market, who, "/v1/subscriptions", "status=all") {
        let item = text(&subscription["items"]["data"][0]["id"]);
        let path = format!("/v1/subscriptions/{}", text(&subscription["id"]));
        market.call(
            "POST",
            &path,
            &format!("items[0][id]={item}&items[0][price]={price}"),
        );
    }
    "switches the price"
}

async fn grant(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    let (plan, name) = if random.random_bool(0.5) {
        (Plan::Premium, "is granted Premium")
    } else {
        (Plan::Free, "is granted Premium no more")
    };
    let core = &market.world.core;
    users::set_plan(core, &market.people[who].email, plan)
        .await
        .unwrap();
    name
}

fn settle_debit(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    let succeeds = random.random_bool(0.5);
    if let Some(invoice) = newest(market, who, "/v1/invoices", "status=open") {
        let invoice = text(&invoice["id"]);
        // None may be on its way.
        let _ = market.stripe.act(Action::SettlePayment { invoice, succeeds });
    }
    "hears of the bank"
}

fn delete_customer(market: &Market, who: usize, random: &mut StdRng) -> &'static str {
    // Seldom, or there is little left to happen.
    if random.random_bool(0.5) {
        return "does nothing";
    }
    if let Some(customer) = customer(market, who) {
        market.call("DELETE", &format!("/v1/customers/{customer}"), "");
    }
    "is deleted at Stripe"
}

fn customer(market: &Market, who: usize) -> Option<String> {
    market.customers(&market.people[who]).pop()
}

/// What a list of Stripe's has of somebody's customer, newest first.
fn of_customer(market: &Market, who: usize, path: &str, filter: &str) -> Vec<Value> {
    let Some(customer) = customer(market, who) else {
        return Vec::new();
    };
    market.list(path, &format!("customer={customer}&{filter}"))
}

fn newest(market: &Market, who: usize, path: &str, filter: &str) -> Option<Value> {
    of_customer(market, who, path, filter).into_iter().next()
}

/// A charge of which money came, usually the newest.
fn paid_charge(market: &Market, who: usize, random: &mut StdRng) -> Option<Value> {
    let charges = of_customer(market, who, "/v1/charges", "");
    let paid: Vec<Value> = charges
        .into_iter()
        .filter(|it| it["status"] == "succeeded")
        .collect();
    if random.random_bool(0.7) {
        return paid.into_iter().next();
    }
    paid.choose(random).cloned()
}
