/// A counted thing.
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

    /// The metric as the database stores it.
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

    /// Reads a text that [`Self::as_str`] wrote; none when it is another.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == text)
    }
}
