//! What is added up while it happens, so that looking back never scans.
//!
//! ```text
//! Work::count -> Work::commit: one row per account, metric and day, with what was counted -> read by analytics
//! ```
//!
//! A count becomes durable with the change that it counts, so whatever is delivered again or crashes, each thing
//! counts once.

mod store;

use chrono::{DateTime, Utc};

use crate::id::{AccountId, ContactId};

pub use store::{
    Day, MonthOfContact, add, add_days, add_months, add_response, days, responses, totals_of_contacts,
};

/// How many places a day has: quarters of an hour.
pub const SLOTS: usize = 96;
/// How many seconds a place of a day lasts.
pub const SLOT_SECONDS: i64 = 900;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, async_graphql::Enum)]
#[graphql(name = "AnalyticsMetric")]
pub enum Metric {
    /// Messages that contacts wrote, to the owner or in groups.
    MessagesReceived,
    /// Messages that the owner wrote.
    MessagesSent,
    /// Statuses that were liked.
    Likes,
    /// View-once messages that were captured.
    Captures,
    /// Messages that their senders deleted.
    Deletions,
    /// Edits of messages.
    Edits,
    /// Automatic replies.
    AutoReplies,
    /// Contacts who looked at a status of the owner's.
    StatusViews,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 8] = [
        Self::MessagesReceived,
        Self::MessagesSent,
        Self::Likes,
        Self::Captures,
        Self::Deletions,
        Self::Edits,
        Self::AutoReplies,
        Self::StatusViews,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessagesReceived => "MESSAGES_RECEIVED",
            Self::MessagesSent => "MESSAGES_SENT",
            Self::Likes => "LIKES",
            Self::Captures => "CAPTURES",
            Self::Deletions => "DELETIONS",
            Self::Edits => "EDITS",
            Self::AutoReplies => "AUTO_REPLIES",
            Self::StatusViews => "STATUS_VIEWS",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == text)
    }
}

/// One more of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Of what.
    pub metric: Metric,
    /// Which account's.
    pub account: AccountId,
    /// Whose doing it was, or whom it was for; none where it is nobody's in particular.
    pub contact: Option<ContactId>,
    /// When it happened.
    pub at: DateTime<Utc>,
}
