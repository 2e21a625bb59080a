use crate::text_enum::text_enum;

text_enum! {
    /// A counted thing.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "AnalyticsMetric")]
    pub enum Metric {
        /// Messages that contacts wrote, to the owner or in groups.
        MessagesReceived = "MESSAGES_RECEIVED",
        /// Messages that the owner wrote.
        MessagesSent = "MESSAGES_SENT",
        /// Statuses that were liked.
        Likes = "LIKES",
        /// View-once messages that were captured.
        Captures = "CAPTURES",
        /// Messages that their senders deleted.
        Deletions = "DELETIONS",
        /// Edits of messages.
        Edits = "EDITS",
        /// Automatic replies.
        AutoReplies = "AUTO_REPLIES",
        /// Contacts who looked at a status of the owner's.
        StatusViews = "STATUS_VIEWS",
    }
}
