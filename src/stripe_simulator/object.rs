//! The objects of the API: their tables, and how one is found.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::{Refusal, Result};
use super::state::State;

/// Objects of one type by id. Ids sort as they were made.
pub(super) type Table<T> = BTreeMap<String, T>;

/// An object of the API.
pub(super) trait Object {
    /// The word for it in errors, as in "No such customer".
    const WORD: &'static str;

    /// The object as the API shows it, with nothing expanded.
    fn render(&self, state: &State) -> Value;
}

/// The object that the URL names.
pub(super) fn found<'a, T: Object>(table: &'a Table<T>, id: &str) -> Result<&'a T> {
    table.get(id).ok_or_else(|| Refusal::missing(T::WORD, id))
}

/// The object that a parameter names.
pub(super) fn named<'a, T: Object>(table: &'a Table<T>, id: &str, param: &str) -> Result<&'a T> {
    table.get(id).ok_or_else(|| Refusal::no_such(T::WORD, id, param))
}

impl State {
    /// The object with this id, of whatever type.
    pub(super) fn any(&self, id: &str) -> Option<Value> {
        fn of<T: Object>(table: &Table<T>, id: &str, state: &State) -> Option<Value> {
            table.get(id).map(|object| object.render(state))
        }
        of(&self.customers, id, self)
            .or_else(|| of(&self.subscriptions, id, self))
            .or_else(|| of(&self.invoices, id, self))
            .or_else(|| of(&self.prices, id, self))
            .or_else(|| of(&self.products, id, self))
            .or_else(|| of(&self.payments, id, self))
            .or_else(|| of(&self.charges, id, self))
            .or_else(|| of(&self.payment_methods, id, self))
            .or_else(|| of(&self.sessions, id, self))
            .or_else(|| of(&self.coupons, id, self))
            .or_else(|| of(&self.promotion_codes, id, self))
            .or_else(|| of(&self.refunds, id, self))
            .or_else(|| of(&self.disputes, id, self))
            .or_else(|| of(&self.clocks, id, self))
            .or_else(|| self.discount(id))
    }
}
