//! Failures of the API on command.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// A failure of requests to the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ApiFault {
    /// The answer is 429 with `Retry-After`; nothing is done.
    RateLimit,
    /// The answer is 500; nothing is done, and a key of idempotency stays unused.
    ServerError,
    /// The request is executed, and the answer is 500, which its key of idempotency repeats.
    ServerErrorAfterwards,
    /// The request is executed, and the connection breaks before the answer.
    LostAnswer,
    /// The request waits until [`Action::ReleaseStalled`](super::Action::ReleaseStalled), and is answered then; its key of
    /// idempotency is in use meanwhile.
    Stall,
}

/// Requests that are going to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailRequests {
    /// The failure.
    pub fault: ApiFault,
    /// The number of requests that fail.
    #[serde(default = "one")]
    pub count: u32,
    /// Only requests of this method fail, such as `POST`.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path begins so fail, such as `/v1/customers`.
    #[serde(default)]
    pub path: Option<String>,
}

const fn one() -> u32 {
    1
}

/// Failures that wait for their requests.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: VecDeque<FailRequests>,
}

impl Faults {
    pub(super) fn add(&mut self, fault: FailRequests) {
        self.waiting.push_back(fault);
    }

    /// The failure of this request, if it fails.
    pub(super) fn next(&mut self, method: &str, path: &str) -> Option<ApiFault> {
        self.waiting.retain(|fault| fault.count > 0);
        let matching = self.waiting.iter_mut().find(|fault| {
            fault
                .method
                .as_ref()
                .is_none_or(|only| only.eq_ignore_ascii_case(method))
                && fault
                    .path
                    .as_ref()
                    .is_none_or(|only| path.starts_with(only.as_str()))
        })?;
        matching.count -= 1;
        Some(matching.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twice(path: Option<&str>) -> FailRequests {
        FailRequests {
            fault: ApiFault::RateLimit,
            count: 2,
            method: None,
            path: path.map(str::to_owned),
        }
    }

    #[test]
    fn as_many_requests_fail_as_was_said() {
        let mut faults = Faults::default();
        faults.add(twice(None));

        let failed = (0..3).map(|_| faults.next("GET", "/v1/prices").is_some());

        assert_eq!(failed.collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn a_failure_waits_for_its_path() {
        let mut faults = Faults::default();
        faults.add(twice(Some("/v1/customers")));

        assert_eq!(faults.next("GET", "/v1/prices"), None);
        assert_eq!(faults.next("POST", "/v1/customers"), Some(ApiFault::RateLimit));
    }
}
