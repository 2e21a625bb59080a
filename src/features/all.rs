//! The table of features, in the order in which they read events.

use async_graphql::{Context, ID, Interface, MergedObject, MergedSubscription, Result, SchemaBuilder};
use chrono::{DateTime, Utc};
use futures::Stream;
use ulid::Ulid;

use super::schema::ShownEvent;
use super::{Feature, Parts, schema};
use super::{
    accounts, admin, analytics, auto_reply, billing, data_export, deleted_messages, edited_messages,
    kept_items, notifications, plans, scheduled_statuses, statuses, uploads, users, view_once, webhooks,
};
use crate::graphql::{Admin, Cursor, Entity as _};
use crate::hub::{EventKind, SharedHub};
use crate::id::{AccountId, ChatId, ContactId, MediaId, UserId, ViewerId};
use crate::work::Core;

features! {
    /// Users and their sessions.
    users {
        feature: Users;
        services: users: UsersService;
        query: Query;
        mutation:
            Mutation, MailMutation, TwoFactorMutation, AccessTokenMutation, AdminMutation, ExternalMutation;
        viewer: AccessTokenViewerFields;
        admin: AdminFields;
        nodes:
            Session(SessionId), AccessToken(AccessTokenId), ExternalIdentity(ExternalIdentityId),
            AdminUser(AdminUserId), AdminSession(AdminSessionId);
        user_events:
            /// The plan, profile, suspension or notification settings of the viewer changed.
            ViewerEvent(viewer_changed) =
                PlanChanged | ProfileChanged | SuspensionChanged | NotificationSettingsChanged,
            /// A personal access token of the viewer was created, revoked or expired.
            AccessTokenEvent(access_token_changed) = AccessTokenChanged;
    }
    /// Plans, and the use that is made of them.
    plans {
        feature: Plans;
        query: Query;
        viewer: ViewerFields;
        nodes:
            Plan(PlanId), Entitlements(EntitlementsId), Retention(RetentionId), StorageUsage(StorageUsageId),
            QuotaUsage(QuotaUsageId), QuotaUse(QuotaUseId);
    }
    /// The sale of Premium.
    billing {
        feature: Billing;
        services: billing: BillingService;
        mutation: Mutation;
        viewer: ViewerFields;
        admin: AdminFields;
        nodes:
            BillingSubscription(BillingSubscriptionId), Invoice(InvoiceId), AdminBillingDrift(BillingDriftId);
        user_events:
            /// The subscription of the viewer to a plan changed, or an invoice of it.
            BillingSubscriptionEvent(billing_subscription_changed) = BillingSubscriptionChanged;
    }
    /// Linked WhatsApp numbers. First to read events, because it keeps who is linked.
    accounts {
        feature: Accounts;
        services: accounts: AccountsService;
        mutation: Mutation;
        subscription: Subscription;
        viewer: ViewerFields;
        admin: AdminFields;
        nodes: AccountHealth(AccountHealthId), ConnectionGap(GapId), AdminAccount(AdminAccountId);
        account_events:
            /// The state, QR code, name, settings, contacts or chats of an account changed.
            AccountEvent(account_changed) = AccountChanged,
            /// The viewer removed an account, with everything that was kept of it.
            AccountRemovedEvent(account_removed) = AccountRemoved;
    }
    /// Contacts' statuses and their likes.
    statuses {
        feature: Statuses;
        services: statuses: StatusesService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: Status(StatusId), StatusLike(StatusLikeId), AutoLikeSettings(AutoLikeSettingsId);
        account_events:
            /// A status was posted, deleted or viewed, or its media was fetched or cannot be fetched.
            StatusEvent(status_changed) = StatusPosted | StatusDeleted | StatusMediaChanged | StatusViewed,
            /// The like of a status was queued, sent, accepted by WhatsApp, refused by WhatsApp or skipped.
            StatusLikeEvent(status_like_changed) = StatusLiked | StatusLikeChanged;
    }
    /// View-once messages.
    view_once {
        feature: ViewOnceCapture;
        services: view_once: ViewOnceService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: ViewOnceMessage(ViewOnceId), ViewOnceSettings(ViewOnceSettingsId);
        kept: ViewOnceMessage;
        account_events:
            /// A view-once message arrived, or its capture began or ended.
            ViewOnceMessageEvent(view_once_message_changed) = ViewOnceCaptured | ViewOnceMessageChanged;
    }
    /// Deleted messages. Behind statuses, so that both name the same media.
    deleted_messages {
        feature: DeletedMessages;
        services: deleted_messages: DeletedMessagesService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: DeletedMessage(DeletedMessageId), DeletedMessageSettings(DeletedMessageSettingsId);
        kept: DeletedMessage;
        account_events:
            /// A message was deleted, a deletion was forged, or a deleted message or its media arrived after the deletion.
            DeletedMessageEvent(deleted_message_changed) = MessageDeleted | DeletedMessageChanged;
    }
    /// Counts over time.
    analytics {
        feature: AnalyticsFeature;
        services: analytics: AnalyticsService;
        mutation: Mutation;
        viewer: ViewerFields;
    }
    /// Edited messages. Behind deleted messages, which hold what is edited.
    edited_messages {
        feature: EditedMessages;
        services: edited_messages: EditedMessagesService;
        viewer: ViewerFields;
        nodes: EditedMessage(EditedMessageId);
        kept: EditedMessage;
        account_events:
            /// The author edited a message; one event for each edit.
            EditedMessageEvent(edited_message_changed) = EditedMessageChanged;
    }
    /// Automatic replies.
    auto_reply {
        feature: AutoReplies;
        services: auto_reply: AutoReplyService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: AutoReply(AutoReplyId), AutoReplySettings(AutoReplySettingsId);
        account_events:
            /// An automatic reply was queued, sent, accepted by WhatsApp, delivered, refused or skipped.
            AutoReplyEvent(auto_reply_changed) = AutoReplyChanged;
    }
    /// Statuses that are published at a planned time.
    scheduled_statuses {
        feature: ScheduledStatuses;
        services: scheduled_statuses: ScheduledStatusesService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: ScheduledStatus(ScheduledStatusId);
        account_events:
            /// A scheduled status was created, changed, published, viewed or deleted.
            ScheduledStatusEvent(scheduled_status_changed) = ScheduledStatusChanged;
    }
    /// Files that users send.
    uploads {
        feature: Uploads;
        services: uploads: UploadsService;
        mutation: Mutation;
        nodes: Upload(UploadId);
        account_events:
            /// An upload was created, received, rejected or used.
            UploadEvent(upload_changed) = UploadChanged;
    }
    /// Notifications, and the browsers that are pushed to.
    notifications {
        feature: Notifications;
        services: notifications: NotificationsService, push: PushService;
        mutation: Mutation, PushMutation;
        viewer: ViewerFields, PushViewerFields;
        nodes: Notification(NotificationId), NotificationSettings(NotificationSettingsId),
            NotificationSwitch(NotificationSwitchId), PushSubscription(PushSubscriptionId);
        user_events:
            /// A notification was created, or notifications were marked as read.
            NotificationEvent(notification_changed) = NotificationReceived | NotificationRead;
    }
    /// Deletion of kept items.
    kept_items {
        feature: KeptItems;
        services: kept_items: KeptItemsService;
        mutation: Mutation;
        account_events:
            /// The viewer removed a kept item for good.
            KeptItemRemovedEvent(kept_item_removed) = KeptItemRemoved;
    }
    /// Exports of all that is kept of a user.
    data_export {
        feature: DataExports;
        services: data_exports: DataExportsService;
        mutation: Mutation;
        viewer: ViewerFields;
        nodes: DataExport(DataExportId);
        user_events:
            /// A data export was requested, came further, ended or expired.
            DataExportEvent(data_export_changed) = DataExportChanged;
    }
    /// Outgoing webhooks.
    webhooks {
        feature: Webhooks;
        services: webhooks: WebhooksService;
        mutation: Mutation;
        viewer: ViewerFields;
        admin: AdminFields;
        nodes:
            WebhookEndpoint(WebhookEndpointId), WebhookDelivery(WebhookDeliveryId),
            AdminWebhookDelivery(AdminWebhookDeliveryId);
        user_events:
            /// A webhook endpoint was created, changed, disabled or deleted, began to fail or works again.
            WebhookEndpointEvent(webhook_endpoint_changed) = WebhookEndpointChanged;
    }
    /// Administration of the whole server, and the log of what was done and seen.
    admin {
        feature: AdminFeature;
        query: Query;
        viewer: ViewerFields;
        admin: AdminFields;
        nodes: AuditEntry(AuditEntryId), AdminJob(AdminJobId);
        user_events:
            /// An admin or the server's operator did something to the viewer, or an admin saw something of theirs.
            AuditEntryEvent(audit_entry_added) = AuditEntryAdded;
    }
}
