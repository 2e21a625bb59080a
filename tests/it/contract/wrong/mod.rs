//! The table of wrong values: for each mutation a right input, and values that are wrong in it, with their errors.

mod accounts;
mod admin;
mod auto_like;
mod auto_reply;
mod billing;
mod others;
mod plans;
mod scheduled_statuses;
mod users;
mod webhooks;

pub(super) use plans::beyond_the_plan;

use serde_json::{Value, json};

use super::scene::Scene;

/// Right input of a mutation, and what would be wrong in it. A mutation has several when its input takes one of several
/// things.
pub(super) struct Case {
    pub(super) mutation: &'static str,
    pub(super) right: Value,
    pub(super) wrong: Vec<Wrong>,
}

/// Value that is wrong, and its error.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Place in the input: names of fields and indexes of lists, with dots between.
    pub(super) place: &'static str,
    pub(super) value: Value,
    /// True when the value is judged only after the rest of the input is right.
    pub(super) is_alone: bool,
    kind: &'static str,
    code: &'static str,
    path: &'static str,
    /// Part of the message.
    words: &'static str,
}

impl Wrong {
    const fn new(
        kind: &'static str,
        code: &'static str,
        place: &'static str,
        value: Value,
        words: &'static str,
    ) -> Self {
        Self {
            place,
            value,
            is_alone: false,
            kind,
            code,
            path: place,
            words,
        }
    }

    /// The same with its error at another place than the value; an empty one is the input as a whole.
    fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// The same with its error told only when everything else is right.
    fn alone(self) -> Self {
        Self {
            is_alone: true,
            ..self
        }
    }

    /// True when `error` is the error of this value.
    pub(super) fn is_told_by(&self, error: &Value) -> bool {
        let path: Vec<&str> = self.path.split('.').filter(|name| !name.is_empty()).collect();
        error["__typename"] == self.kind
            && error["code"] == self.code
            && error["path"] == json!(path)
            && error["message"].as_str().unwrap().contains(self.words)
    }
}

/// A value that is malformed, or out of range.
fn invalid(place: &'static str, value: impl Into<Value>, words: &'static str) -> Wrong {
    Wrong::new("InvalidInput", "INVALID_INPUT", place, value.into(), words)
}

/// A malformed key of a mutation that makes something.
fn wrong_key() -> Wrong {
    invalid(
        "idempotencyKey",
        "two words",
        "1 to 64 visible ASCII characters, such as a new UUID",
    )
}

/// An id that names nothing of the viewer's.
fn unknown(place: &'static str, value: impl Into<Value>, words: &'static str) -> Wrong {
    Wrong::new("NotFound", "NOT_FOUND", place, value.into(), words)
}

/// A value that the state of the thing does not allow, which is judged last.
fn conflict(place: &'static str, value: impl Into<Value>, words: &'static str) -> Wrong {
    Wrong::new("Conflict", "CONFLICT", place, value.into(), words).alone()
}

/// A secret that is refused, which is judged last.
fn unauthentic(
    code: &'static str,
    place: &'static str,
    value: impl Into<Value>,
    words: &'static str,
) -> Wrong {
    Wrong::new("AuthenticationFailed", code, place, value.into(), words).alone()
}

/// The wrong inputs of all mutations, for a user on Premium.
pub(super) fn wrong_inputs(scene: &Scene) -> Vec<Case> {
    let mut cases = users::wrong_inputs();
    cases.extend(accounts::wrong_inputs(scene));
    cases.extend(admin::wrong_inputs(scene));
    cases.push(auto_like::wrong_inputs(scene));
    cases.push(auto_reply::wrong_inputs(scene));
    cases.extend(scheduled_statuses::wrong_inputs(scene));
    cases.extend(webhooks::wrong_inputs(scene));
    cases.extend(billing::wrong_inputs());
    cases.extend(others::wrong_inputs(scene));
    cases
}

/// The id of something that does not exist.
fn nobodys(kind: &str) -> String {
    amda::id::to_global(kind, ulid::Ulid::from_parts(1, 1))
}
