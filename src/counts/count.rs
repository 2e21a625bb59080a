use chrono::{DateTime, Utc};

use super::Metric;
use crate::id::{AccountId, ContactId};

/// One counted thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The metric.
    pub metric: Metric,
    /// The account it counts for.
    pub account: AccountId,
    /// The contact it came from or went to; none where no contact is concerned.
    pub contact: Option<ContactId>,
    /// The time at which it happened.
    pub at: DateTime<Utc>,
}
