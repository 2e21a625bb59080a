//! The product: one folder a feature, one row a feature in the table below, and the contract between a feature and the
//! rest.
//!
//! A feature reads every [`Event`](crate::event::Event) of an account in the order of the table, on the pipeline's open
//! transaction, and never opens one of its own there. It names no other feature: what several share in the schema is in
//! [`schema`], what several need is a module of its own, and types that link to each other are named from here.
//!
//! To add a feature: its folder, its row here, its migration, and a folder of tests. Kinds of events and notices that are
//! new stand in [`crate::kinds`].

pub mod accounts;
pub mod analytics;
pub mod auto_reply;
pub mod deleted_messages;
pub mod edited_messages;
pub mod kept_items;
pub mod notifications;
pub mod plans;
pub mod scheduled_statuses;
pub mod schema;
pub mod statuses;
pub mod uploads;
pub mod users;
pub mod view_once;
pub mod webhooks;

mod context;
mod delay;
mod deletable;
mod expiring_items;
mod feature;
mod message_query;
mod notice_types;
mod parts;
mod reindex;
mod searched_list;
mod status_viewers;
#[macro_use]
mod table;

pub use context::EventContext;
pub use delay::Delay;
pub use deletable::{Deletable, RemovedRow};
pub use expiring_items::ExpiringItems;
pub use feature::{Feature, FeatureError, OwnWorker, Registry};
pub use message_query::MessageQuery;
pub(crate) use message_query::{filter_candidates, filter_messages};
pub use notice_types::{notice_type, notice_types};
pub use parts::Parts;
pub use reindex::{Indexed, Reindex};
pub use searched_list::{Candidate, Candidates, Lookup, SearchBackwards, SearchedList, find_page};
pub use status_viewers::{StatusView, ViewerTable};
pub use {deleted_messages::DeletedMessage, edited_messages::EditedMessage};
pub use {statuses::Status, view_once::ViewOnceMessage};

use async_graphql::{Context, ID, Interface, MergedObject, MergedSubscription, Result, SchemaBuilder};
use chrono::{DateTime, Utc};
use futures::Stream;
use ulid::Ulid;

use crate::graphql::{Cursor, Entity as _};
use crate::hub::{EventKind, EventRow, SharedHub};
use crate::id::{AccountId, ChatId, ContactId, MediaId, UserId, ViewerId};
use crate::work::Core;

features! {
    /// Users and their sessions.
    users {
        feature: Users;
        services: users: UsersService;
        query: Query;
        mutation: Mutation;
        nodes: Session(SessionId);
        user_events: ViewerEvent(viewer_changed) = PlanChanged | ProfileChanged | NotificationSettingsChanged;
    }
    /// Plans, and the use that is made of them.
    plans {
        feature: Plans;
        query: Query;
        viewer: ViewerFields;
        nodes:
            Plan(PlanId), Entitlements(EntitlementsId), Retention(RetentionId), StorageUsage(StorageUsageId),
            QuotaUsage(QuotaUsageId);
    }
    /// Linked WhatsApp numbers. First to read events, because it keeps who is linked.
    accounts {
        feature: Accounts;
        services: accounts: AccountsService;
        mutation: Mutation;
        subscription: Subscription;
        viewer: ViewerFields;
        nodes: AccountHealth(AccountHealthId), ConnectionGap(GapId);
        account_events:
            AccountEvent(account_changed) = AccountChanged,
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
            StatusEvent(status_changed) = StatusPosted | StatusDeleted | StatusMediaChanged | StatusViewed,
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
        account_events: DeletedMessageEvent(deleted_message_changed) = MessageDeleted | DeletedMessageChanged;
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
        account_events: EditedMessageEvent(edited_message_changed) = EditedMessageChanged;
    }
    /// Automatic replies.
    auto_reply {
        feature: AutoReplies;
        services: auto_reply: AutoReplyService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: AutoReply(AutoReplyId), AutoReplySettings(AutoReplySettingsId);
        account_events: AutoReplyEvent(auto_reply_changed) = AutoReplyChanged;
    }
    /// Statuses that are published at a planned time.
    scheduled_statuses {
        feature: ScheduledStatuses;
        services: scheduled_statuses: ScheduledStatusesService;
        mutation: Mutation;
        viewer: ViewerFields;
        account: AccountFields;
        nodes: ScheduledStatus(ScheduledStatusId);
        account_events: ScheduledStatusEvent(scheduled_status_changed) = ScheduledStatusChanged;
    }
    /// Files that users send.
    uploads {
        services: uploads: UploadsService;
        mutation: Mutation;
        nodes: Upload(UploadId);
        user_events: UploadEvent(upload_changed) = UploadChanged;
    }
    /// Notifications, and the browsers that are pushed to.
    notifications {
        feature: Notifications;
        services: notifications: NotificationsService, push: PushService;
        mutation: Mutation, PushMutation;
        viewer: ViewerFields, PushViewerFields;
        nodes: Notification(NotificationId), NotificationSettings(NotificationSettingsId),
            NotificationSwitch(NotificationSwitchId), PushSubscription(PushSubscriptionId);
        user_events: NotificationEvent(notification_changed) = NotificationReceived | NotificationRead;
    }
    /// Deletion of kept items.
    kept_items {
        feature: KeptItems;
        services: kept_items: KeptItemsService;
        mutation: Mutation;
        account_events: KeptItemRemovedEvent(kept_item_removed) = KeptItemRemoved;
    }
    /// Outgoing webhooks.
    webhooks {
        feature: Webhooks;
        services: webhooks: WebhooksService;
        mutation: Mutation;
        viewer: ViewerFields;
        nodes: WebhookEndpoint(WebhookEndpointId), WebhookDelivery(WebhookDeliveryId);
        user_events: WebhookEndpointEvent(webhook_endpoint_changed) = WebhookEndpointChanged;
    }
}
