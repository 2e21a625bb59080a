//! The stream of a user's events: numbered in the database, announced after commit, replayed from any cursor.
//!
//! ```text
//! append (in the change's transaction) -> COMMIT -> Hub::publish -> EventStream: table until caught up, then live
//! ```
//!
//! The table carries truth, the hub carries notices: a notice that is lost, late or out of order costs a read of the
//! table, never an event. Nothing here waits for a subscriber. The oldest events leave the table in their time; a cursor
//! from before them is refused, so that nobody takes what is missing for what never happened.

mod local;
mod log;
mod stream;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::id::{
    AccountId, AutoReplyId, DeletedMessageId, EditedMessageId, NotificationId, ScheduledStatusId, StatusId,
    StatusLikeId, UploadId, UserId, ViewOnceId, WebhookEndpointId,
};

pub use local::LocalHub;
pub use log::{append, count_before, forget_before, load_after, load_newest};
pub use stream::{EventStream, StreamError};

/// A hub that everybody shares.
pub type SharedHub = Arc<dyn Hub>;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, async_graphql::Enum)]
pub enum EventKind {
    /// An account's state, QR code, name or contacts changed. Carried by `AccountEvent`.
    AccountChanged,
    /// A contact posted a status. Carried by `StatusEvent`.
    StatusPosted,
    /// A contact deleted a status. Carried by `StatusEvent`.
    StatusDeleted,
    /// The media of a status was fetched, or turned out not to be had. Carried by `StatusEvent`.
    StatusChanged,
    /// The like of a status was queued, sent, taken, refused or skipped. Carried by `StatusLikeEvent`.
    StatusLiked,
    /// A view-once message arrived, or its capture came to an end. Carried by `ViewOnceEvent`.
    ViewOnceCaptured,
    /// A message was deleted by its sender, or its media was fetched. Carried by `DeletedMessageEvent`.
    MessageDeleted,
    /// A message was edited by its author. Carried by `EditedMessageEvent`.
    MessageEdited,
    /// The user deleted a kept item. Carried by `ItemDeletedEvent`.
    ItemDeleted,
    /// An automatic answer was queued, sent, taken, delivered, refused or skipped. Carried by `AutoReplyEvent`.
    AutoReplySent,
    /// A scheduled status was planned, changed, published, viewed or deleted. Carried by `ScheduledStatusEvent`.
    ScheduledStatusChanged,
    /// An upload was announced, came, was rejected, or used. Carried by `UploadEvent`.
    UploadChanged,
    /// There is something that the user should know. Carried by `NotificationEvent`.
    NotificationReceived,
    /// Notifications were marked as read. Carried by `NotificationEvent`, with the newest of them.
    NotificationRead,
    /// A webhook endpoint was made, changed, turned off or deleted, began to fail or works again. Carried by
    /// `WebhookEndpointEvent`; never sent to webhooks.
    WebhookEndpointChanged,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::AccountChanged,
        Self::StatusPosted,
        Self::StatusDeleted,
        Self::StatusChanged,
        Self::StatusLiked,
        Self::ViewOnceCaptured,
        Self::MessageDeleted,
        Self::MessageEdited,
        Self::ItemDeleted,
        Self::AutoReplySent,
        Self::ScheduledStatusChanged,
        Self::UploadChanged,
        Self::NotificationReceived,
        Self::NotificationRead,
        Self::WebhookEndpointChanged,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountChanged => "ACCOUNT_CHANGED",
            Self::StatusPosted => "STATUS_POSTED",
            Self::StatusDeleted => "STATUS_DELETED",
            Self::StatusChanged => "STATUS_CHANGED",
            Self::StatusLiked => "STATUS_LIKED",
            Self::ViewOnceCaptured => "VIEW_ONCE_CAPTURED",
            Self::MessageDeleted => "MESSAGE_DELETED",
            Self::MessageEdited => "MESSAGE_EDITED",
            Self::ItemDeleted => "ITEM_DELETED",
            Self::AutoReplySent => "AUTO_REPLY_SENT",
            Self::ScheduledStatusChanged => "SCHEDULED_STATUS_CHANGED",
            Self::UploadChanged => "UPLOAD_CHANGED",
            Self::NotificationReceived => "NOTIFICATION_RECEIVED",
            Self::NotificationRead => "NOTIFICATION_READ",
            Self::WebhookEndpointChanged => "WEBHOOK_ENDPOINT_CHANGED",
        }
    }

    /// The global id of the row `subject`, which an event of this kind is about; none where the kind does not say of
    /// which type it was.
    pub fn subject_id(self, subject: Uuid) -> Option<String> {
        let id = match self {
            Self::AccountChanged => AccountId::from(subject).to_global(),
            Self::StatusPosted | Self::StatusDeleted | Self::StatusChanged => {
                StatusId::from(subject).to_global()
            }
            Self::StatusLiked => StatusLikeId::from(subject).to_global(),
            Self::ViewOnceCaptured => ViewOnceId::from(subject).to_global(),
            Self::MessageDeleted => DeletedMessageId::from(subject).to_global(),
            Self::MessageEdited => EditedMessageId::from(subject).to_global(),
            Self::AutoReplySent => AutoReplyId::from(subject).to_global(),
            Self::ScheduledStatusChanged => ScheduledStatusId::from(subject).to_global(),
            Self::UploadChanged => UploadId::from(subject).to_global(),
            Self::ItemDeleted => return None,
            Self::NotificationReceived | Self::NotificationRead => NotificationId::from(subject).to_global(),
            Self::WebhookEndpointChanged => WebhookEndpointId::from(subject).to_global(),
        };
        Some(id)
    }
}

/// An event that has no number yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What it is about.
    pub kind: EventKind,
    /// Which account it happened to, where one did.
    pub account: Option<AccountId>,
    /// The row that changed; which table follows from the kind.
    pub subject: Uuid,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

/// An event in its place in a user's sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The user's own number: 1, 2, 3 and so on without a gap.
    pub sequence: i64,
    /// The event.
    pub event: NewEvent,
}

/// Announces committed events to whoever listens.
pub trait Hub: std::fmt::Debug + Send + Sync {
    /// Announces what a transaction of `user` appended. Called after its commit; never blocks.
    fn publish(&self, user: UserId, rows: &[EventRow]);

    /// Listens to announcements for `user` from now on. A listener that falls behind is told so by the channel and
    /// reads the table.
    fn subscribe(&self, user: UserId) -> broadcast::Receiver<EventRow>;

    /// Hears from now on who has new events, whoever it is. A listener that falls behind is told so by the channel and
    /// asks the table.
    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId>;
}
