//! Test clocks: customers that are made on one live by its time, which moves on command.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list::Page;
use super::object::{Object, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::time::{DAY, LONGEST_ADVANCE};

/// The days after which Stripe deletes a clock.
const LIVES_DAYS: i64 = 30;

/// A clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Clock {
    id: String,
    created: i64,
    name: Option<String>,
    pub(super) frozen_time: i64,
}

impl Object for Clock {
    const WORD: &'static str = "test clock";

    fn render(&self, _: &State) -> Value {
        json!({
            "id": self.id,
            "object": "test_helpers.test_clock",
            "created": self.created,
            "deletes_after": self.created + LIVES_DAYS * DAY,
            "frozen_time": self.frozen_time,
            "livemode": false,
            "name": self.name,
            "status": "ready",
            "status_details": {},
        })
    }
}

/// `POST /v1/test_helpers/test_clocks`
pub(super) fn create(state: &mut State, mut params: Params) -> Result<Value> {
    let frozen_time = params.integer_within("frozen_time", 0, i64::from(u32::MAX))?;
    let frozen_time = frozen_time.ok_or_else(|| params.absent("frozen_time"))?;
    let name = params.text("name")?;
    params.finish()?;
    let clock = Clock {
        id: state.id("clock"),
        created: state.time.server(),
        name,
        frozen_time,
    };
    let rendered = clock.render(state);
    state.clocks.insert(clock.id.clone(), clock);
    state.emit("test_helpers.test_clock.created", rendered.clone());
    Ok(rendered)
}

/// `GET /v1/test_helpers/test_clocks/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.clocks, id)?.render(state))
}

/// `GET /v1/test_helpers/test_clocks`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let page = Page::take(&mut params)?;
    params.finish()?;
    page.of(state, &state.clocks, "/v1/test_helpers/test_clocks", |_| true)
}

/// `POST /v1/test_helpers/test_clocks/{id}/advance`: done when it is answered, with `test_clock.ready` as its event.
pub(super) fn advance(state: &mut State, id: &str, mut params: Params) -> Result<Value> {
    let to = params.integer("frozen_time")?;
    let to = to.ok_or_else(|| params.absent("frozen_time"))?;
    params.finish()?;
    let now = found(&state.clocks, id)?.frozen_time;
    if to <= now || to - now > LONGEST_ADVANCE {
        let message = "frozen_time must be after the clock's present time, and at most two years after it.";
        return Err(Refusal::invalid(message).param("frozen_time"));
    }
    let before = found(&state.clocks, id)?.render(state);
    if let Some(clock) = state.clocks.get_mut(id) {
        clock.frozen_time = to;
    }
    state.catch_up();
    let after = found(&state.clocks, id)?.render(state);
    state.emit_change("test_helpers.test_clock.ready", &before, after.clone());
    Ok(after)
}

/// `DELETE /v1/test_helpers/test_clocks/{id}`: with its customers and all that is theirs.
pub(super) fn delete(state: &mut State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    let last = found(&state.clocks, id)?.render(state);
    let is_on_it = |customer: &str, state: &State| {
        let customer = state.customers.get(customer);
        customer.is_some_and(|customer| customer.test_clock.as_deref() == Some(id))
    };
    let theirs: Vec<String> = state
        .customers
        .keys()
        .filter(|it| is_on_it(it, state))
        .cloned()
        .collect();
    for customer in &theirs {
        state.remove_with_all(customer);
    }
    state.clocks.remove(id);
    state.emit("test_helpers.test_clock.deleted", last);
    Ok(json!({ "id": id, "object": "test_helpers.test_clock", "deleted": true }))
}

impl State {
    /// Removes a customer and all that is theirs.
    fn remove_with_all(&mut self, customer: &str) {
        let charges = &self.charges;
        let is_theirs = |charge: &str| charges.get(charge).is_some_and(|it| it.customer == customer);
        self.refunds.retain(|_, it| !is_theirs(&it.charge));
        self.disputes.retain(|_, it| !is_theirs(&it.charge));
        self.subscriptions.retain(|_, it| it.customer != customer);
        self.invoices.retain(|_, it| it.customer != customer);
        self.payments.retain(|_, it| it.customer != customer);
        self.charges.retain(|_, it| it.customer != customer);
        self.sessions.retain(|_, it| it.order.customer != customer);
        self.portal_sessions.retain(|_, it| it.customer != customer);
        self.payment_methods
            .retain(|_, it| it.customer.as_deref() != Some(customer));
        self.customers.remove(customer);
    }
}
