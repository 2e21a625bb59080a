//! The kinds of events and of notices: the closed lists that clients, webhooks and notification switches choose from.
//!
//! A feature that announces something new adds its kinds here and names them in its row of `features!`.

use crate::text_enum::text_enum;

text_enum! {
    /// Kind of an event: the change that happened. New kinds may be added.
    #[derive(async_graphql::Enum)]
    pub enum EventKind {
        /// The plan of the user changed, and with it what it allows. Carried by `ViewerEvent`.
        PlanChanged = "PLAN_CHANGED",
        /// The e-mail address of the user, its verification, the display name, the language, the time zone, the two-factor
        /// authentication, the external identities or the planned deletion changed. Carried by `ViewerEvent`.
        ProfileChanged = "PROFILE_CHANGED",
        /// The user was suspended, or the suspension was taken back. Carried by `ViewerEvent`.
        SuspensionChanged = "SUSPENSION_CHANGED",
        /// The notification settings of the user changed, or the browsers that receive push messages. Carried by
        /// `ViewerEvent`.
        NotificationSettingsChanged = "NOTIFICATION_SETTINGS_CHANGED",
        /// A personal access token of the user was created, revoked or expired. Carried by `AccessTokenEvent`; never sent to
        /// webhooks, and never told to an access token.
        AccessTokenChanged = "ACCESS_TOKEN_CHANGED",
        /// The state, QR or pairing code, label, settings, contacts or chats of an account changed. Carried by `AccountEvent`.
        AccountChanged = "ACCOUNT_CHANGED",
        /// The user removed an account, with everything that was kept of it. Carried by `AccountRemovedEvent`.
        AccountRemoved = "ACCOUNT_REMOVED",
        /// A contact or the owner of the account posted a status. Carried by `StatusEvent`.
        StatusPosted = "STATUS_POSTED",
        /// A contact or the owner of the account deleted a status on WhatsApp. Carried by `StatusEvent`.
        StatusDeleted = "STATUS_DELETED",
        /// The media of a status was fetched, or cannot be fetched. Carried by `StatusEvent`.
        StatusMediaChanged = "STATUS_MEDIA_CHANGED",
        /// A contact viewed a status of the owner of the account. Carried by `StatusEvent`.
        StatusViewed = "STATUS_VIEWED",
        /// WhatsApp accepted the like of a status. Carried by `StatusLikeEvent`.
        StatusLiked = "STATUS_LIKED",
        /// The like of a status was queued, sent, refused by WhatsApp or skipped, or could not be sent. Carried by `StatusLikeEvent`.
        StatusLikeChanged = "STATUS_LIKE_CHANGED",
        /// A view-once message was captured: its content is stored. Carried by `ViewOnceMessageEvent`.
        ViewOnceCaptured = "VIEW_ONCE_CAPTURED",
        /// A view-once message arrived, or its capture began or ended without success. Carried by
        /// `ViewOnceMessageEvent`.
        ViewOnceMessageChanged = "VIEW_ONCE_MESSAGE_CHANGED",
        /// A message was deleted by its author or by an admin of the group. Carried by `DeletedMessageEvent`.
        MessageDeleted = "MESSAGE_DELETED",
        /// The deleted message arrived after its deletion, its media was fetched or cannot be fetched, or a deletion
        /// was forged. Carried by `DeletedMessageEvent`.
        DeletedMessageChanged = "DELETED_MESSAGE_CHANGED",
        /// The author edited a message; one event for each edit. Carried by `EditedMessageEvent`.
        EditedMessageChanged = "EDITED_MESSAGE_CHANGED",
        /// The user removed a kept item for good. Carried by `KeptItemRemovedEvent`.
        KeptItemRemoved = "KEPT_ITEM_REMOVED",
        /// An automatic reply was queued, sent, accepted by WhatsApp, delivered, refused or skipped, or could not be sent.
        /// Carried by `AutoReplyEvent`.
        AutoReplyChanged = "AUTO_REPLY_CHANGED",
        /// A scheduled status was created, changed, cancelled, published, viewed or deleted, or was missed or failed. Carried
        /// by `ScheduledStatusEvent`.
        ScheduledStatusChanged = "SCHEDULED_STATUS_CHANGED",
        /// An upload was created, received, rejected or used. Carried by `UploadEvent`.
        UploadChanged = "UPLOAD_CHANGED",
        /// A notification was created. Carried by `NotificationEvent`.
        NotificationReceived = "NOTIFICATION_RECEIVED",
        /// Notifications were marked as read. Carried by `NotificationEvent`, with the newest of them.
        NotificationRead = "NOTIFICATION_READ",
        /// A webhook endpoint was created, changed, disabled or deleted, began to fail or works again. Carried by
        /// `WebhookEndpointEvent`; never sent to webhooks.
        WebhookEndpointChanged = "WEBHOOK_ENDPOINT_CHANGED",
        /// A data export was requested, came further, ended or expired. Carried by `DataExportEvent`.
        DataExportChanged = "DATA_EXPORT_CHANGED",
        /// The subscription of the user to a plan changed, or an invoice of it. Carried by `BillingSubscriptionEvent`.
        BillingSubscriptionChanged = "BILLING_SUBSCRIPTION_CHANGED",
        /// An admin or the server's operator did something to the user, or an admin saw something of theirs. Carried by
        /// `AuditEntryEvent`.
        AuditEntryAdded = "AUDIT_ENTRY_ADDED",
    }
}

impl EventKind {
    /// The schema's type of the row that an event of this kind is about; none where the kind does not say it.
    pub const fn subject_type(self) -> Option<&'static str> {
        Some(match self {
            Self::PlanChanged
            | Self::ProfileChanged
            | Self::SuspensionChanged
            | Self::NotificationSettingsChanged => "User",
            Self::AccessTokenChanged => "AccessToken",
            Self::AccountChanged | Self::AccountRemoved => "Account",
            Self::StatusPosted | Self::StatusDeleted | Self::StatusMediaChanged | Self::StatusViewed => {
                "Status"
            }
            Self::StatusLiked | Self::StatusLikeChanged => "StatusLike",
            Self::ViewOnceCaptured | Self::ViewOnceMessageChanged => "ViewOnceMessage",
            Self::MessageDeleted | Self::DeletedMessageChanged => "DeletedMessage",
            Self::EditedMessageChanged => "EditedMessage",
            Self::KeptItemRemoved => return None,
            Self::AutoReplyChanged => "AutoReply",
            Self::ScheduledStatusChanged => "ScheduledStatus",
            Self::UploadChanged => "Upload",
            Self::NotificationReceived | Self::NotificationRead => "Notification",
            Self::WebhookEndpointChanged => "WebhookEndpoint",
            Self::DataExportChanged => "DataExport",
            Self::BillingSubscriptionChanged => "BillingSubscription",
            Self::AuditEntryAdded => "AuditEntry",
        })
    }
}

text_enum! {
    /// Kind of a notification: what it is about. New kinds may be added.
    #[derive(async_graphql::Enum)]
    #[graphql(name = "NotificationKind")]
    pub enum NoticeKind {
        /// An account needs its owner: it was logged out, replaced, banned, stopped, or paused.
        AccountNeedsAttention = "ACCOUNT_NEEDS_ATTENTION",
        /// A view-once message was captured.
        ViewOnceCaptured = "VIEW_ONCE_CAPTURED",
        /// A view-once message came, and the month's captures are used up.
        ViewOnceQuotaExhausted = "VIEW_ONCE_QUOTA_EXHAUSTED",
        /// A message was deleted by its sender.
        MessageDeleted = "MESSAGE_DELETED",
        /// A message was edited by its sender.
        MessageEdited = "MESSAGE_EDITED",
        /// A contact whom the owner does not answer automatically wrote while the owner is away.
        SilencedContactWrote = "SILENCED_CONTACT_WROTE",
        /// WhatsApp asked to pause, so nothing automatic is sent for a time. Told again when the end turns out to be another.
        SendsPaused = "SENDS_PAUSED",
        /// A scheduled status was published.
        ScheduledStatusPublished = "SCHEDULED_STATUS_PUBLISHED",
        /// A scheduled status was not published: its time passed while the account could not send.
        ScheduledStatusMissed = "SCHEDULED_STATUS_MISSED",
        /// A scheduled status was not published: WhatsApp refused it, or it could not be sent.
        ScheduledStatusFailed = "SCHEDULED_STATUS_FAILED",
        /// An outgoing webhook was turned off: it failed for days, or its receiver answered 410 Gone.
        WebhookDisabled = "WEBHOOK_DISABLED",
        /// A personal access token was created, which lets whoever has it use AMDA in the user's name.
        AccessTokenCreated = "ACCESS_TOKEN_CREATED",
        /// A personal access token expires within 7 days.
        AccessTokenExpiring = "ACCESS_TOKEN_EXPIRING",
        /// The plan became smaller: some of what is kept goes at a time that is told.
        RetentionShortened = "RETENTION_SHORTENED",
        /// The plan's space for media is used up, so media is no longer kept.
        StorageFull = "STORAGE_FULL",
        /// Two-factor authentication was turned on. A mail tells it as well, whatever the settings say.
        TwoFactorEnabled = "TWO_FACTOR_ENABLED",
        /// Two-factor authentication was turned off. A mail tells it as well, whatever the settings say.
        TwoFactorDisabled = "TWO_FACTOR_DISABLED",
        /// A recovery code was used in place of the second factor. A mail tells it as well, whatever the settings say.
        RecoveryCodeUsed = "RECOVERY_CODE_USED",
        /// An export of the user's data can be downloaded.
        DataExportReady = "DATA_EXPORT_READY",
        /// A payment for the plan failed: when it is not mended, the plan ends at a time that is told. Told again after
        /// three days, and after six.
        PaymentFailed = "PAYMENT_FAILED",
        /// The trial of the plan ends in three days, and is paid from then on.
        TrialEnding = "TRIAL_ENDING",
        /// The plan became larger: view-once messages that its quota kept out can be captured now.
        ViewOnceCapturesWaiting = "VIEW_ONCE_CAPTURES_WAITING",
        /// An admin or the server's operator changed something of the user's, such as the plan.
        AdminActed = "ADMIN_ACTED",
        /// An external identity was linked to the user, who can sign in by it from now on.
        ExternalIdentityLinked = "EXTERNAL_IDENTITY_LINKED",
    }
}
