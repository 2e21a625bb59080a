use std::time::Duration;

use super::operation_label::OperationLabel;
use crate::telemetry::RepeatedLine;

/// Warns of operations that take long, by their names.
#[derive(Debug)]
pub(super) struct SlowOperations {
    /// The time from which on one is warned of; none for never.
    limit: Option<Duration>,
    line: RepeatedLine,
}

impl SlowOperations {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            line: RepeatedLine::default(),
        }
    }

    /// Warns of an operation if it `took` long.
    pub(super) fn note(&self, label: &OperationLabel, request_id: &str, took: Duration) {
        if self.limit.is_none_or(|limit| took < limit) {
            return;
        }
        let Some(left_out) = self.line.permit() else {
            return;
        };
        tracing::warn!(
            request.id = request_id,
            user.id = label.user().map(tracing::field::display),
            duration_ms = took.as_secs_f64() * 1_000.0,
            left_out,
            "slow {} {}: waiting and execution took {:.1} s",
            label.kind(),
            label.name(),
            took.as_secs_f64(),
        );
    }
}
