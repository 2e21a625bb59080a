use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

/// A step on the way of something that AMDA does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum ActionStage {
    /// It was decided on, and waits for its moment.
    Queued,
    /// It was handed to WhatsApp.
    Sent,
    /// WhatsApp took it.
    Acked,
    /// It reached a device of whom it is for.
    Delivered,
    /// WhatsApp refused it, or it could not be sent.
    Rejected,
    /// It was decided against.
    Skipped,
    /// It could not be sent.
    Failed,
}

/// A step on the way of something that AMDA does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct ActionStep {
    /// Which step.
    pub step: ActionStage,
    /// When it was taken.
    pub at: DateTime<Utc>,
}

/// The steps that were taken, of those that there are, in order.
pub fn steps(all: impl IntoIterator<Item = (Option<ActionStage>, Option<DateTime<Utc>>)>) -> Vec<ActionStep> {
    all.into_iter()
        .filter_map(|(step, at)| Some(ActionStep { step: step?, at: at? }))
        .collect()
}
