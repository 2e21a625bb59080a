//! Events: everything that happened, as webhooks tell it and `GET /v1/events` lists it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::list::{Between, Page};
use super::object::{Object, found};
use super::params::Params;
use super::refusal::{Refusal, Result};
use super::state::State;
use super::time::DAY;

/// The version of the API that the simulator speaks.
pub(super) const API_VERSION: &str = "2026-09-30.endive";

/// The days for which events are listed.
const LISTED_DAYS: i64 = 30;

/// The request that caused an event.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Caller {
    pub(super) request: Option<String>,
    pub(super) idempotency_key: Option<String>,
}

/// Something that happened to an object, with the object as it was then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    created: i64,
    object: Value,
    previous: Option<Value>,
    caller: Caller,
}

impl Object for Event {
    const WORD: &'static str = "event";

    fn render(&self, state: &State) -> Value {
        let mut data = json!({ "object": self.object });
        if let Some(previous) = &self.previous {
            data["previous_attributes"] = previous.clone();
        }
        json!({
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": data,
            "livemode": false,
            "pending_webhooks": state.webhooks.pending(&self.id),
            "request": {
                "id": self.caller.request,
                "idempotency_key": self.caller.idempotency_key,
            },
            "type": self.kind,
        })
    }
}

impl State {
    /// Records an event, and queues its webhooks.
    pub(super) fn emit(&mut self, kind: &str, object: Value) {
        self.record(kind, object, None);
    }

    /// Records a change with the values from before it, if anything is different.
    pub(super) fn emit_change(&mut self, kind: &str, before: &Value, after: Value) {
        let previous = previous_attributes(before, &after);
        if !previous.is_empty() {
            self.record(kind, after, Some(Value::Object(previous)));
        }
    }

    fn record(&mut self, kind: &str, object: Value, previous: Option<Value>) {
        let event = Event {
            id: self.id("evt"),
            kind: kind.to_owned(),
            created: self.time.server(),
            object,
            previous,
            caller: self.caller.clone().unwrap_or_default(),
        };
        let now = self.time.billing();
        self.webhooks.queue(&event, now);
        self.events.insert(event.id.clone(), event);
    }
}

/// The fields of `before` that are different in `after`.
fn previous_attributes(before: &Value, after: &Value) -> Map<String, Value> {
    let Some(before) = before.as_object() else {
        return Map::new();
    };
    let changed = before
        .iter()
        .filter(|(name, value)| after.get(name.as_str()) != Some(value));
    changed
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// `GET /v1/events/{id}`
pub(super) fn retrieve(state: &State, id: &str, params: Params) -> Result<Value> {
    params.finish()?;
    Ok(found(&state.events, id)?.render(state))
}

/// `GET /v1/events`
pub(super) fn list(state: &State, mut params: Params) -> Result<Value> {
    let kind = params.text("type")?;
    let kinds = params.texts("types")?;
    let created = Between::take(&mut params, "created")?;
    let delivered = params.flag("delivery_success")?;
    let page = Page::take(&mut params)?;
    params.finish()?;
    if kind.is_some() && !kinds.is_empty() {
        return Err(Refusal::invalid(
            "You may only specify one of these parameters: type, types.",
        ));
    }
    let oldest = state.time.server() - LISTED_DAYS * DAY;
    page.of(state, &state.events, "/v1/events", |event| {
        event.created >= oldest
            && created.has(event.created)
            && kind.as_ref().is_none_or(|kind| matches(kind, &event.kind))
            && (kinds.is_empty() || kinds.contains(&event.kind))
            && delivered.is_none_or(|delivered| (state.webhooks.pending(&event.id) == 0) == delivered)
    })
}

/// True when a kind is the wanted one; `customer.*` wants every kind that begins so.
fn matches(wanted: &str, kind: &str) -> bool {
    wanted
        .strip_suffix('*')
        .map_or(wanted == kind, |beginning| kind.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_among_the_previous_values() {
        let before = json!({ "status": "active", "customer": "cus_1", "ended_at": null });
        let after = json!({ "status": "canceled", "customer": "cus_1", "ended_at": 5 });

        assert_eq!(
            Value::Object(previous_attributes(&before, &after)),
            json!({ "status": "active", "ended_at": null })
        );
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_event() {
        let mut state = State::at(0);
        let object = json!({ "id": "x" });

        state.emit_change("customer.updated", &object, object.clone());

        assert!(state.events.is_empty());
    }

    #[test]
    fn a_star_wants_a_family_of_kinds() {
        assert!(matches("invoice.*", "invoice.paid"));
        assert!(!matches("invoice.*", "invoice_payment.paid"));
        assert!(matches("invoice.paid", "invoice.paid"));
    }
}
