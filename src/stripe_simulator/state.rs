//! The whole state of a simulator, behind one lock.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::charge::Charge;
use super::checkout::Session;
use super::clock::Clock;
use super::coupon::Coupon;
use super::customer::Customer;
use super::dispute::Dispute;
use super::dunning::Dunning;
use super::event::{Caller, Event};
use super::faults::Faults;
use super::idempotency::Keys;
use super::ids;
use super::invoice::Invoice;
use super::object::Table;
use super::payment::Payment;
use super::payment_method::PaymentMethod;
use super::portal::PortalSession;
use super::price::Price;
use super::product::Product;
use super::promotion_code::PromotionCode;
use super::refund::Refund;
use super::requests::RequestLog;
use super::subscription::Subscription;
use super::time::{StripeTime, Time};
use super::webhooks::Webhooks;

/// Everything that a simulator knows.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    serial: u64,
    pub(super) time: Time,
    /// The moment at which billing works while it catches up.
    #[serde(skip)]
    pub(super) moment: Option<i64>,
    /// The request that is being answered.
    #[serde(skip)]
    pub(super) caller: Option<Caller>,
    /// The address of this server, without a slash at its end.
    #[serde(skip)]
    pub(super) base_url: String,
    pub(super) products: Table<Product>,
    pub(super) prices: Table<Price>,
    pub(super) coupons: Table<Coupon>,
    pub(super) promotion_codes: Table<PromotionCode>,
    pub(super) customers: Table<Customer>,
    pub(super) payment_methods: Table<PaymentMethod>,
    pub(super) sessions: Table<Session>,
    pub(super) portal_sessions: BTreeMap<String, PortalSession>,
    pub(super) subscriptions: Table<Subscription>,
    pub(super) invoices: Table<Invoice>,
    pub(super) payments: Table<Payment>,
    pub(super) charges: Table<Charge>,
    pub(super) refunds: Table<Refund>,
    pub(super) disputes: Table<Dispute>,
    pub(super) clocks: Table<Clock>,
    pub(super) events: Table<Event>,
    pub(super) dunning: Dunning,
    pub(super) webhooks: Webhooks,
    pub(super) keys: Keys,
    #[serde(skip)]
    pub(super) faults: Faults,
    #[serde(skip)]
    pub(super) requests: RequestLog,
}

impl State {
    pub(super) fn new(time: StripeTime) -> Self {
        Self {
            serial: 0,
            time: Time::starting(time),
            moment: None,
            caller: None,
            base_url: String::new(),
            products: Table::new(),
            prices: Table::new(),
            coupons: Table::new(),
            promotion_codes: Table::new(),
            customers: Table::new(),
            payment_methods: Table::new(),
            sessions: Table::new(),
            portal_sessions: BTreeMap::new(),
            subscriptions: Table::new(),
            invoices: Table::new(),
            payments: Table::new(),
            charges: Table::new(),
            refunds: Table::new(),
            disputes: Table::new(),
            clocks: Table::new(),
            events: Table::new(),
            dunning: Dunning::default(),
            webhooks: Webhooks::default(),
            keys: Keys::default(),
            faults: Faults::default(),
            requests: RequestLog::default(),
        }
    }

    /// A fresh id.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.serial += 1;
        ids::id(prefix, self.serial)
    }

    /// The present of billing for whoever has no test clock.
    pub(super) fn now(&self) -> i64 {
        self.moment.unwrap_or_else(|| self.time.billing())
    }

    /// The present of billing for a customer, by their test clock if they have one.
    pub(super) fn now_of(&self, customer: &str) -> i64 {
        self.moment.unwrap_or_else(|| self.present_of(customer))
    }

    /// As [`State::now_of`], and never the moment to which billing has caught up.
    pub(super) fn present_of(&self, customer: &str) -> i64 {
        let clock = self.customers.get(customer).and_then(|it| it.test_clock.as_ref());
        let clock = clock.and_then(|clock| self.clocks.get(clock));
        clock.map_or_else(|| self.time.billing(), |clock| clock.frozen_time)
    }
}

#[cfg(test)]
impl State {
    /// An empty state whose clock stands still.
    pub(super) fn at(seconds: i64) -> Self {
        Self::new(StripeTime::Fixed(seconds))
    }
}
