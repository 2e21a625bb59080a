//! Expansion: ids in an answer that are replaced by their objects.

use serde_json::Value;

use super::invoice_calls;
use super::list;
use super::object::{Object as _, found};
use super::refund;
use super::refusal::{Refusal, Result};
use super::state::State;

/// The most levels of one expansion.
const DEPTH_LIMIT: usize = 4;

/// Expands the paths of a request in its answer.
pub(super) fn expand(state: &State, answer: &mut Value, paths: &[String]) -> Result<()> {
    for path in paths {
        let parts: Vec<&str> = path.split('.').collect();
        let is_list = answer["object"] == "list";
        let levels = parts.len() - usize::from(is_list && parts[0] == "data");
        if levels > DEPTH_LIMIT {
            return Err(Refusal::invalid(format!(
                "You cannot expand more than {DEPTH_LIMIT} levels of a property. Property: {path}"
            )));
        }
        walk(state, answer, &parts)?;
    }
    Ok(())
}

fn walk(state: &State, value: &mut Value, parts: &[&str]) -> Result<()> {
    let Some((field, rest)) = parts.split_first() else {
        return Ok(());
    };
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(|item| walk(state, item, parts)),
        Value::Object(object) => {
            if !object.contains_key(*field) {
                let hidden = hidden(state, &Value::Object(object.clone()), field);
                let hidden = hidden.ok_or_else(|| not_expandable(field))?;
                object.insert((*field).to_owned(), hidden);
                let inside = object.get_mut(*field).ok_or_else(|| not_expandable(field))?;
                return walk(state, inside, rest);
            }
            let inside = object.get_mut(*field).ok_or_else(|| not_expandable(field))?;
            replace(state, inside, field)?;
            walk(state, inside, rest)
        }
        Value::Null => Ok(()),
        Value::String(_) | Value::Bool(_) | Value::Number(_) => Err(not_expandable(field)),
    }
}

/// Replaces ids by their objects.
fn replace(state: &State, value: &mut Value, field: &str) -> Result<()> {
    match value {
        Value::String(id) => {
            *value = state.any(id).ok_or_else(|| not_expandable(field))?;
            Ok(())
        }
        Value::Array(items) => items
            .iter_mut()
            .filter(|item| item.is_string())
            .try_for_each(|item| replace(state, item, field)),
        Value::Object(_) | Value::Null => Ok(()),
        Value::Bool(_) | Value::Number(_) => Err(not_expandable(field)),
    }
}

/// A field that an object shows only when it is asked for.
fn hidden(state: &State, object: &Value, field: &str) -> Option<Value> {
    let id = object["id"].as_str()?;
    match (object["object"].as_str()?, field) {
        ("checkout.session", "line_items") => Some(found(&state.sessions, id).ok()?.line_items(state)),
        ("invoice", "payments") => Some(invoice_calls::payments(state, id)),
        ("charge", "refunds") => Some(refund::of_charge(state, id)),
        ("customer", "subscriptions") => {
            let theirs = state.subscriptions.values().rev();
            let theirs = theirs.filter(|it| it.customer == id && !it.status.has_ended());
            let data = theirs.map(|it| it.render(state));
            Some(list::whole(&format!("/v1/customers/{id}/subscriptions"), data))
        }
        _ => None,
    }
}

fn not_expandable(field: &str) -> Refusal {
    Refusal::invalid(format!("This property cannot be expanded ({field}).")).param("expand")
}
