use crate::text_enum::text_enum;

text_enum! {
    /// Metric of analytics: what is counted. New metrics may be added.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "AnalyticsMetric")]
    pub enum Metric {
        /// Messages that contacts wrote, to the owner or in groups.
        MessagesReceived = "MESSAGES_RECEIVED",
        /// Messages that the owner wrote.
        MessagesSent = "MESSAGES_SENT",
        /// Likes of statuses that WhatsApp accepted.
        Likes = "LIKES",
        /// View-once messages whose content was captured.
        Captures = "CAPTURES",
        /// Messages that were deleted for everyone, by their author or by an admin of the group.
        Deletions = "DELETIONS",
        /// Edits of messages by their authors.
        Edits = "EDITS",
        /// Automatic replies that WhatsApp accepted.
        AutoReplies = "AUTO_REPLIES",
        /// Contacts who viewed a status of the owner, each counted once for each status.
        StatusViews = "STATUS_VIEWS",
    }
}
