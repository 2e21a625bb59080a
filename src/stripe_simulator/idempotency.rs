//! Keys of idempotency: a request that is repeated with its key is answered as the first time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::refusal::{Refusal, Result};
use super::time::DAY;

/// The longest key.
const LENGTH_LIMIT: usize = 255;

/// An answer that is repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// The first request with a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct First {
    path: String,
    params: Map<String, Value>,
    made_at: i64,
    /// None while the request is being answered.
    answer: Option<Answer>,
}

/// The keys of a day.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Keys(BTreeMap<String, First>);

impl Keys {
    /// Claims a key for a request, or returns the answer to repeat.
    pub(super) fn claim(
        &mut self,
        key: &str,
        path: &str,
        params: &Map<String, Value>,
        now: i64,
    ) -> Result<Option<Answer>> {
        self.0
            .retain(|_, first| first.answer.is_none() || now - first.made_at < DAY);
        if key.is_empty() || key.chars().count() > LENGTH_LIMIT {
            return Err(Refusal::invalid(format!(
                "Invalid Idempotency-Key: it must have between 1 and {LENGTH_LIMIT} characters."
            )));
        }
        let Some(first) = self.0.get(key) else {
            let first = First {
                path: path.to_owned(),
                params: params.clone(),
                made_at: now,
                answer: None,
            };
            self.0.insert(key.to_owned(), first);
            return Ok(None);
        };
        if first.path != path {
            return Err(Refusal::idempotency(format!(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for \
                 ('{path}' vs '{}'). Try using a key other than '{key}' if you meant to execute a different request.",
                first.path
            )));
        }
        if first.params != *params {
            return Err(Refusal::idempotency(format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                 Try using a key other than '{key}' if you meant to execute a different request."
            )));
        }
        match &first.answer {
            Some(answer) => Ok(Some(answer.clone())),
            None => Err(Refusal::invalid(format!(
                "There is currently another in-progress request using this Idempotent Key (that probably means you \
                 submitted twice, and the other request is still going through): {key}. Please try again later."
            ))
            .code("idempotency_key_in_use")
            .with_status(409)),
        }
    }

    /// Keeps the answer of a request that had begun.
    pub(super) fn keep(&mut self, key: &str, answer: Answer) {
        if let Some(first) = self.0.get_mut(key) {
            first.answer = Some(answer);
        }
    }

    /// Frees the key of a request that was refused before it began.
    pub(super) fn free(&mut self, key: &str) {
        let is_open = self.0.get(key).is_some_and(|first| first.answer.is_none());
        if is_open {
            self.0.remove(key);
        }
    }

    /// Frees the keys of requests that the end of the process cut off.
    pub(super) fn free_unanswered(&mut self) {
        self.0.retain(|_, first| first.answer.is_some());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(name: &str) -> Map<String, Value> {
        Map::from_iter([("name".to_owned(), json!(name))])
    }

    fn kept() -> Keys {
        let mut keys = Keys::default();
        assert_eq!(keys.claim("k", "/v1/customers", &params("a"), 0).unwrap(), None);
        let answer = Answer {
            status: 200,
            body: json!({ "id": "cus_1" }),
        };
        keys.keep("k", answer);
        keys
    }

    #[test]
    fn a_repeated_request_has_the_first_answer_for_a_day() {
        let mut keys = kept();

        let again = keys.claim("k", "/v1/customers", &params("a"), DAY - 1).unwrap();
        assert_eq!(again.unwrap().body["id"], "cus_1");
        assert_eq!(keys.claim("k", "/v1/customers", &params("a"), DAY).unwrap(), None);
    }

    #[test]
    fn a_key_is_for_one_path_and_one_set_of_parameters() {
        let mut keys = kept();

        let other = keys.claim("k", "/v1/customers", &params("b"), 1).unwrap_err();
        assert_eq!(
            (other.status, &other.body()["error"]["type"]),
            (400, &json!("idempotency_error"))
        );
        assert!(keys.claim("k", "/v1/prices", &params("a"), 1).is_err());
    }

    #[test]
    fn a_key_in_use_conflicts_until_its_request_is_refused() {
        let mut keys = Keys::default();
        keys.claim("k", "/v1/customers", &params("a"), 0).unwrap();

        let second = keys.claim("k", "/v1/customers", &params("a"), 0).unwrap_err();
        assert_eq!(second.status, 409);
        keys.free("k");
        assert_eq!(keys.claim("k", "/v1/customers", &params("a"), 0).unwrap(), None);
    }
}
