//! The kinds of events and of notices: the closed lists that clients, webhooks and notification switches choose from.
//!
//! A feature that announces something new adds its kinds here and names them in its row of `features!`.

use crate::text_enum::text_enum;

text_enum! {
    /// What an event is about.
    #[derive(async_graphql::Enum)]
    pub enum EventKind {
        /// The user's plan changed, and with it what it allows. Carried by `ViewerEvent`.
        PlanChanged = "PLAN_CHANGED",
        /// The user's display name, language or time zone changed. Carried by `ViewerEvent`.
        ProfileChanged = "PROFILE_CHANGED",
        /// The user's notification settings changed, or the browsers that are pushed to. Carried by `ViewerEvent`.
        NotificationSettingsChanged = "NOTIFICATION_SETTINGS_CHANGED",
        /// An account's state, QR code, name or contacts changed. Carried by `AccountEvent`.
        AccountChanged = "ACCOUNT_CHANGED",
        /// An account was removed, with everything that was kept of it. Carried by `AccountRemovedEvent`.
        AccountRemoved = "ACCOUNT_REMOVED",
        /// A contact or the owner posted a status. Carried by `StatusEvent`.
        StatusPosted = "STATUS_POSTED",
        /// A contact or the owner deleted a status. Carried by `StatusEvent`.
        StatusDeleted = "STATUS_DELETED",
        /// The media of a status was fetched, or turned out not to be had, or somebody viewed a status of the owner's.
        /// Carried by `StatusEvent`.
        StatusChanged = "STATUS_CHANGED",
        /// The like of a status was queued, sent, taken, refused or skipped. Carried by `StatusLikeEvent`.
        StatusLiked = "STATUS_LIKED",
        /// A view-once message arrived, or its capture came to an end. Carried by `ViewOnceEvent`.
        ViewOnceCaptured = "VIEW_ONCE_CAPTURED",
        /// A message was deleted by its sender, or its media was fetched. Carried by `DeletedMessageEvent`.
        MessageDeleted = "MESSAGE_DELETED",
        /// A message was edited by its author. Carried by `EditedMessageEvent`.
        MessageEdited = "MESSAGE_EDITED",
        /// The user deleted a kept item. Carried by `ItemDeletedEvent`.
        ItemDeleted = "ITEM_DELETED",
        /// An automatic answer was queued, sent, taken, delivered, refused or skipped. Carried by `AutoReplyEvent`.
        AutoReplySent = "AUTO_REPLY_SENT",
        /// A scheduled status was planned, changed, published, viewed or deleted. Carried by `ScheduledStatusEvent`.
        ScheduledStatusChanged = "SCHEDULED_STATUS_CHANGED",
        /// An upload was announced, came, was rejected, or used. Carried by `UploadEvent`.
        UploadChanged = "UPLOAD_CHANGED",
        /// There is something that the user should know. Carried by `NotificationEvent`.
        NotificationReceived = "NOTIFICATION_RECEIVED",
        /// Notifications were marked as read. Carried by `NotificationEvent`, with the newest of them.
        NotificationRead = "NOTIFICATION_READ",
        /// A webhook endpoint was made, changed, turned off or deleted, began to fail or works again. Carried by
        /// `WebhookEndpointEvent`; never sent to webhooks.
        WebhookEndpointChanged = "WEBHOOK_ENDPOINT_CHANGED",
    }
}

impl EventKind {
    /// The schema's type of the row that an event of this kind is about; none where the kind does not say it.
    pub const fn subject_type(self) -> Option<&'static str> {
        Some(match self {
            Self::PlanChanged | Self::ProfileChanged | Self::NotificationSettingsChanged => "User",
            Self::AccountChanged | Self::AccountRemoved => "Account",
            Self::StatusPosted | Self::StatusDeleted | Self::StatusChanged => "Status",
            Self::StatusLiked => "StatusLike",
            Self::ViewOnceCaptured => "ViewOnceMessage",
            Self::MessageDeleted => "DeletedMessage",
            Self::MessageEdited => "EditedMessage",
            Self::ItemDeleted => return None,
            Self::AutoReplySent => "AutoReply",
            Self::ScheduledStatusChanged => "ScheduledStatus",
            Self::UploadChanged => "Upload",
            Self::NotificationReceived | Self::NotificationRead => "Notification",
            Self::WebhookEndpointChanged => "WebhookEndpoint",
        })
    }
}

text_enum! {
    /// What a notice is about.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "NotificationKind")]
    pub enum NoticeKind {
        /// An account needs its owner: it was logged out, replaced, banned, stopped, or paused.
        AccountNeedsAttention = "ACCOUNT_NEEDS_ATTENTION",
        /// A view-once message was captured.
        ViewOnceCaptured = "VIEW_ONCE_CAPTURED",
        /// A view-once message came, and the month's captures are used up.
        QuotaExhausted = "QUOTA_EXHAUSTED",
        /// A message was deleted by its sender.
        MessageDeleted = "MESSAGE_DELETED",
        /// A message was edited by its sender.
        MessageEdited = "MESSAGE_EDITED",
        /// A contact whom the owner does not answer automatically wrote while the owner is away.
        SilencedContactWrote = "SILENCED_CONTACT_WROTE",
        /// WhatsApp asked to pause, so nothing automatic is sent for a time. Told again when the end turns out to be another.
        SendsPaused = "SENDS_PAUSED",
        /// A scheduled status was published.
        StatusPublished = "STATUS_PUBLISHED",
        /// A scheduled status was not published: its time passed while the account could not send.
        StatusMissed = "STATUS_MISSED",
        /// A scheduled status was not published: WhatsApp refused it, or it could not be sent.
        StatusFailed = "STATUS_FAILED",
        /// An outgoing webhook was turned off: it failed for days, or its receiver answered 410 Gone.
        WebhookDisabled = "WEBHOOK_DISABLED",
        /// The plan became smaller: some of what is kept goes at a time that is told.
        RetentionShortened = "RETENTION_SHORTENED",
        /// The plan's space for media is used up, so media is no longer kept.
        StorageFull = "STORAGE_FULL",
    }
}
