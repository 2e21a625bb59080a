//! The user's events as the schema tells them: one numbered stream, and typed views of it.

use std::collections::HashSet;

use async_graphql::{ComplexObject, Context, Error, ErrorExtensions, ID, Interface, Result, SimpleObject};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use futures::{Stream, StreamExt};
use uuid::Uuid;

use super::Account;
use crate::db::Db;
use crate::features::auto_reply::AutoReply;
use crate::features::deleted_messages::DeletedMessage;
use crate::features::edited_messages::EditedMessage;
use crate::features::kept_items::DeletedItem;
use crate::features::notifications::Notification;
use crate::features::scheduled_statuses::ScheduledStatus;
use crate::features::statuses::{Status, StatusLike};
use crate::features::uploads::Upload;
use crate::features::view_once::ViewOnceMessage;
use crate::graphql::{Cursor, Entity, bad_input, internal, read, viewer};
use crate::hub::{self, EventKind, EventRow, EventStream, SharedHub, StreamError};
use crate::id::{
    AccountId, AutoReplyId, DeletedMessageId, EditedMessageId, NotificationId, ScheduledStatusId, StatusId,
    StatusLikeId, UploadId, UserId, ViewOnceId,
};

/// How many accounts a subscription may name.
const MOST_ACCOUNTS: usize = 100;

/// Something that happened to the viewer's data. Numbers have no gaps, so a client can prove that it missed nothing.
#[derive(Interface)]
#[graphql(
    field(
        name = "cursor",
        ty = "&Cursor",
        desc = "Pass it as `after` to hear what follows."
    ),
    field(
        name = "sequence",
        ty = "&i64",
        desc = "The user's own number: 1, 2, 3 and so on without a gap."
    ),
    field(name = "occurred_at", ty = "&DateTime<Utc>", desc = "When it happened."),
    field(
        name = "account",
        ty = "Option<Account>",
        desc = "The account it happened to; null when to none."
    )
)]
pub enum Event {
    /// An account changed.
    Account(AccountEvent),
    /// A status was posted or deleted, or its media came.
    Status(StatusEvent),
    /// The like of a status came a step further.
    StatusLike(StatusLikeEvent),
    /// A message was deleted.
    DeletedMessage(DeletedMessageEvent),
    /// A message was edited.
    EditedMessage(EditedMessageEvent),
    /// The viewer deleted a kept item.
    ItemDeleted(ItemDeletedEvent),
    /// A view-once message came, or its capture came to an end.
    ViewOnce(ViewOnceEvent),
    /// An automatic answer came a step further.
    AutoReply(AutoReplyEvent),
    /// A scheduled status was planned, changed, published, viewed or deleted.
    ScheduledStatus(ScheduledStatusEvent),
    /// An upload came a step further.
    Upload(UploadEvent),
    /// There is something that the user should know, or notifications were marked as read.
    Notification(NotificationEvent),
    /// The webhook endpoints changed.
    WebhookEndpoint(WebhookEndpointEvent),
}

macro_rules! event_objects {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $subject:ident($id:ty))? };)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub struct $name {
            /// Pass it as `after` to hear what follows.
            cursor: Cursor,
            /// The user's own number: 1, 2, 3 and so on without a gap.
            sequence: i64,
            /// When it happened.
            occurred_at: DateTime<Utc>,
            #[graphql(skip)]
            event: EventRow,
        }

        #[ComplexObject]
        impl $name {
            /// The account it happened to; null when to none.
            async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
                match self.event.event.account {
                    Some(id) => Account::find(ctx, id).await,
                    None => Ok(None),
                }
            }

            $(
                $(#[$field_doc])*
                async fn $field(&self, ctx: &Context<'_>) -> Result<Option<$subject>> {
                    $subject::find(ctx, <$id>::from(self.event.event.subject)).await
                }
            )?
        }

        impl From<EventRow> for $name {
            fn from(event: EventRow) -> Self {
                let (sequence, occurred_at) = (event.sequence, event.event.occurred_at);
                Self { cursor: Cursor(sequence), sequence, occurred_at, event }
            }
        }
    )*};
}

event_objects! {
    /// The account's state, code, name or contacts changed; `account` is as it is now.
    AccountEvent {};
    /// A contact posted or deleted a status, or its media came.
    StatusEvent {
        /// The status as it is now; null when it was deleted since.
        status: Status(StatusId)
    };
    /// The like of a status was queued, sent, taken, refused or skipped.
    StatusLikeEvent {
        /// The like as it is now; null when it was deleted since.
        status_like: StatusLike(StatusLikeId)
    };
    /// A message was deleted, really or not; or a deleted message or its media came later.
    DeletedMessageEvent {
        /// The deleted message as it is now; null when it was deleted since.
        message: DeletedMessage(DeletedMessageId)
    };
    /// A message was edited by its author.
    EditedMessageEvent {
        /// The message as it is now, with every wording; null when it was deleted since.
        message: EditedMessage(EditedMessageId)
    };
    /// A view-once message came, or its capture came to an end.
    ViewOnceEvent {
        /// The message as it is now; null when it was deleted since.
        message: ViewOnceMessage(ViewOnceId)
    };
    /// An automatic answer was queued, sent, taken, delivered, refused or skipped.
    AutoReplyEvent {
        /// The answer as it is now; null when it was deleted since.
        auto_reply: AutoReply(AutoReplyId)
    };
    /// A scheduled status was planned, changed, published, viewed or deleted.
    ScheduledStatusEvent {
        /// The scheduled status as it is now; null when it was deleted since.
        scheduled_status: ScheduledStatus(ScheduledStatusId)
    };
    /// An upload was announced, came, was rejected, or used.
    UploadEvent {
        /// The upload as it is now; null when it is gone.
        upload: Upload(UploadId)
    };
    /// There is something that the user should know, or notifications were marked as read.
    NotificationEvent {
        /// The notification as it is now; of those that were marked together, the newest. Null when it is
        /// gone.
        notification: Notification(NotificationId)
    };
    /// The viewer deleted a kept item.
    ItemDeletedEvent {
        /// What is gone: the id and the type that it had.
        item: DeletedItem(Uuid)
    };
    /// A webhook endpoint was made, changed, turned off or deleted, began to fail or works again: read
    /// `viewer.webhookEndpoints` anew.
    WebhookEndpointEvent {};
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        match row.event.kind {
            EventKind::AccountChanged => Self::Account(row.into()),
            EventKind::StatusPosted | EventKind::StatusDeleted | EventKind::StatusChanged => {
                Self::Status(row.into())
            }
            EventKind::StatusLiked => Self::StatusLike(row.into()),
            EventKind::MessageDeleted => Self::DeletedMessage(row.into()),
            EventKind::MessageEdited => Self::EditedMessage(row.into()),
            EventKind::ItemDeleted => Self::ItemDeleted(row.into()),
            EventKind::ViewOnceCaptured => Self::ViewOnce(row.into()),
            EventKind::AutoReplySent => Self::AutoReply(row.into()),
            EventKind::ScheduledStatusChanged => Self::ScheduledStatus(row.into()),
            EventKind::UploadChanged => Self::Upload(row.into()),
            EventKind::NotificationReceived | EventKind::NotificationRead => Self::Notification(row.into()),
            EventKind::WebhookEndpointChanged => Self::WebhookEndpoint(row.into()),
        }
    }
}

/// The viewer's events after `after`, of these accounts and kinds: first those in the table, then live.
///
/// # Errors
/// `UNAUTHENTICATED`; `NOT_FOUND` for an account that is not the viewer's; `BAD_USER_INPUT` for a wrong cursor
/// or too many accounts.
pub async fn listen(
    ctx: &Context<'_>,
    after: Option<Cursor>,
    account_ids: Option<Vec<ID>>,
    kinds: &[EventKind],
) -> Result<impl Stream<Item = Result<EventRow>> + use<>> {
    let user = viewer(ctx)?.user;
    let accounts = own_accounts(ctx, account_ids).await?;
    let kinds: HashSet<EventKind> = kinds.iter().copied().collect();
    let (db, hub) = (
        ctx.data_unchecked::<Db>().clone(),
        ctx.data_unchecked::<SharedHub>(),
    );
    let events = EventStream::open(db, hub, user, after.map(|cursor| cursor.0))
        .await
        .map_err(|e| match e {
            StreamError::AheadOfTime | StreamError::TooOld => bad_input(e.to_string()),
            StreamError::Db(_) => internal(ctx, e),
        })?;
    let is_wanted = move |row: &EventRow| {
        let is_kind = kinds.is_empty() || kinds.contains(&row.event.kind);
        let is_account = accounts
            .as_ref()
            .is_none_or(|own| row.event.account.is_some_and(|id| own.contains(&id)));
        is_kind && is_account
    };
    Ok(events.into_stream().filter_map(move |next| {
        std::future::ready(match next {
            Ok(row) => is_wanted(&row).then_some(Ok(row)),
            Err(e @ (StreamError::AheadOfTime | StreamError::TooOld)) => Some(Err(bad_input(e.to_string()))),
            Err(e @ StreamError::Db(_)) => {
                tracing::error!(user.id = %user, "a stream of events ended: {e}");
                let wrong = "the events cannot be read just now; subscribe again after the last cursor";
                let error = Error::new(wrong);
                Some(Err(error.extend_with(|_, extensions| {
                    extensions.set("code", "INTERNAL");
                })))
            }
        })
    }))
}

async fn own_accounts(ctx: &Context<'_>, ids: Option<Vec<ID>>) -> Result<Option<HashSet<AccountId>>> {
    let Some(ids) = ids else { return Ok(None) };
    if ids.len() > MOST_ACCOUNTS {
        let named = ids.len();
        return Err(bad_input(format!(
            "accountIds names {named} accounts; pass at most {MOST_ACCOUNTS}"
        )));
    }
    let own = ids.iter().map(|id| async move {
        let id = AccountId::from_global(id).map_err(|e| bad_input(e.to_string()))?;
        Account::load(ctx, id).await.map(|_| id)
    });
    let own: Vec<AccountId> = try_join_all(own).await?;
    Ok(Some(own.into_iter().collect()))
}

/// The numbered stream itself.
#[derive(Default)]
pub struct EventsSubscription;

#[async_graphql::Subscription]
impl EventsSubscription {
    /// Everything that happens to the viewer's data, in order: what came after `after` first, then live. Without
    /// `after`, only what follows.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last cursor that was heard.")] after: Option<Cursor>,
        #[graphql(desc = "Only of these accounts; all when absent.")] account_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only of these kinds; all when absent.")] kinds: Option<Vec<EventKind>>,
    ) -> Result<impl Stream<Item = Result<Event>>> {
        let events = listen(ctx, after, account_ids, &kinds.unwrap_or_default()).await?;
        Ok(events.map(|row| row.map(Event::from)))
    }
}

/// Where a user's stream of events stands.
pub struct EventsUserFields(pub UserId);

#[async_graphql::Object]
impl EventsUserFields {
    /// The newest event's cursor; pass it as `after` to hear only what follows what you are about to read.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<Cursor> {
        let user = self.0;
        read(ctx, user, async |conn| hub::load_newest(conn, user).await)
            .await
            .map(Cursor)
    }
}
