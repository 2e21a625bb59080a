//! The log of requests to the API.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The requests that are remembered.
const REMEMBERED: usize = 1_000;

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredRequest {
    /// The method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The parameters, as a tree of texts.
    pub params: Value,
    /// The key of idempotency.
    pub idempotency_key: Option<String>,
    /// The status of the answer; 0 where the connection was broken.
    pub status: u16,
    /// True when the answer was that of an earlier request with the same key.
    pub is_replay: bool,
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct RequestLog(VecDeque<AnsweredRequest>);

impl RequestLog {
    pub(super) fn push(&mut self, request: AnsweredRequest) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(super) fn all(&self) -> Vec<AnsweredRequest> {
        self.0.iter().cloned().collect()
    }
}
