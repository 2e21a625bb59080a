use async_graphql::{Context, Object, Result};

use super::objects::Notification;
use super::settings::NotificationSettings;
use super::{failed, service};
use crate::graphql::{Connection, Cursor, PageArguments};
use crate::id::UserId;

/// Fields that notifications add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "NotificationsViewerFields")]
impl ViewerFields {
    /// Notifications in the app, newest first. Kinds that the user turned off for the app are left out.
    /// Null only when an argument is wrong.
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
        #[graphql(desc = "True: only those that were not read.")] unread_only: Option<bool>,
    ) -> Result<Option<Connection<Notification>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("notifications")?;
        let found = service(ctx)
            .list(self.0, page, unread_only.unwrap_or(false))
            .await
            .map_err(|e| failed(ctx, e))?;
        let items = found.into_iter().map(Notification).collect();
        Ok(Some(Connection::of(page, items, Notification::page_cursor)))
    }

    /// Number of unread notifications that the app shows.
    async fn unread_notification_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let counted = service(ctx).count_unread(self.0).await;
        counted.map_err(|e| failed(ctx, e))
    }

    /// Notification settings of the user.
    async fn notification_settings(&self, ctx: &Context<'_>) -> Result<NotificationSettings> {
        NotificationSettings::load(ctx, self.0).await
    }
}
