use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::Notice;
use super::super::service::with_texts;
use super::super::store::notices;
use crate::features::schema::{Account, Node};
use crate::graphql::{Entity, PageCursor, ReadError, Reader};
use crate::id::NotificationId;
use crate::notices::NoticeKind;

/// Notification of the viewer, in the viewer's language and time zone.
#[derive(Debug, Clone)]
pub struct Notification(pub Notice);

/// Notification of the viewer, in the viewer's language and time zone.
#[Object]
impl Notification {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Kind of notification.
    async fn kind(&self) -> NoticeKind {
        self.0.kind
    }

    /// Title: a few words that name nobody, safe for a locked screen.
    async fn title(&self) -> &str {
        self.0.text.title
    }

    /// Body: one or two sentences, with times and with names as they are now.
    async fn body(&self) -> &str {
        &self.0.text.body
    }

    /// Account that the notification is about; null when it is about none, or when the account was removed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0.account {
            Some(id) => Account::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Subject of the notification, such as the deleted message; the account, when the account needs attention. Null when
    /// the notification is about no one thing, or when the thing is gone.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        match self.0.subject {
            Some(seen) => Node::find(ctx, seen.kind, seen.id.into()).await,
            None => Ok(None),
        }
    }

    /// Time of what the notification is about.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the notification was marked as read; null while it is unread.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }
}

impl Entity for Notification {
    type Id = NotificationId;
    type Row = Notice;
    const NAME: &'static str = "notification";

    fn of(_: &Context<'_>, row: Notice) -> Self {
        Self(row)
    }
}

impl Notification {
    /// Cursor of its position in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}

impl Loader<NotificationId> for Reader {
    type Value = Notice;
    type Error = ReadError;

    async fn load(&self, keys: &[NotificationId]) -> Result<HashMap<NotificationId, Notice>, ReadError> {
        self.read(async |work| {
            let bare = notices::load(work, keys).await?;
            let found = with_texts(work, bare).await?;
            Ok(found.into_iter().map(|notice| (notice.id, notice)).collect())
        })
        .await
    }
}
