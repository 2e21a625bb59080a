use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

/// A step on the way of something that AMDA does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ActionStage {
    /// Decided on; waits for its time.
    Queued,
    /// Handed to WhatsApp.
    Sent,
    /// Accepted by WhatsApp.
    Acked,
    /// Delivered to a device of the recipient.
    Delivered,
    /// Refused by WhatsApp, or not sent.
    Rejected,
    /// Decided against.
    Skipped,
    /// Not sent.
    Failed,
}

/// A step on the way of something that AMDA does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct ActionStep {
    /// Kind of step.
    pub step: ActionStage,
    /// Time at which it was taken.
    pub at: DateTime<Utc>,
}

/// The steps that were taken, of those that there are, in order.
pub fn steps(all: impl IntoIterator<Item = (Option<ActionStage>, Option<DateTime<Utc>>)>) -> Vec<ActionStep> {
    all.into_iter()
        .filter_map(|(step, at)| Some(ActionStep { step: step?, at: at? }))
        .collect()
}
