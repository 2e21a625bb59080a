use async_graphql::{Context, InputObject, Object, Result};

use super::super::service::NotificationQuery;
use super::objects::Notification;
use super::settings::NotificationSettings;
use super::{LIST, failed, service};
use crate::graphql::{Connection, Cursor, PageArguments, total_if_wanted};
use crate::id::UserId;
use crate::notices::NoticeKind;

/// Fields that notifications add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "NotificationsViewerFields")]
impl ViewerFields {
    /// Notifications in the app, newest first. Kinds that are turned off for `IN_APP` are left out. Null only when an
    /// argument is wrong.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Filter of the notifications; all when absent.")] filter: Option<NotificationFilter>,
    ) -> Result<Option<Connection<Notification>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(LIST)?;
        let query = filter.map(NotificationFilter::parse).unwrap_or_default();
        let found = service(ctx).list(self.0, page, &query).await;
        let items = found.map_err(|e| failed(ctx, e))?;
        let total = total_if_wanted(ctx, service(ctx).count(self.0, &query)).await;
        let total = total.map_err(|e| failed(ctx, e))?;
        let items = items.into_iter().map(Notification).collect();
        Ok(Some(
            Connection::of(&page, items, Notification::page_cursor).counted(total),
        ))
    }

    /// Number of unread notifications of the kinds that the app shows; 10,000 when there are as many or more.
    async fn unread_notification_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let unread = NotificationQuery {
            is_read: Some(false),
            kinds: None,
        };
        let counted = service(ctx).count(self.0, &unread).await;
        counted.map_err(|e| failed(ctx, e))
    }

    /// Notification settings of the viewer.
    async fn notification_settings(&self, ctx: &Context<'_>) -> Result<NotificationSettings> {
        NotificationSettings::of_user(ctx, self.0).await
    }
}

/// Filter of notifications. A field that is absent or null filters nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub struct NotificationFilter {
    /// True for notifications that were marked as read, false for unread ones.
    is_read: Option<bool>,
    /// Kinds of notifications to include.
    kinds: Option<Vec<NoticeKind>>,
}

impl NotificationFilter {
    fn parse(self) -> NotificationQuery {
        NotificationQuery {
            is_read: self.is_read,
            kinds: self.kinds,
        }
    }
}
