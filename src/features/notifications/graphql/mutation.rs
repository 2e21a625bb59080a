use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::super::error::NotificationsError;
use super::super::service::{MAX_MARKED, Mark};
use super::settings::{NotificationSettings, NotificationSettingsPayload, UpdateNotificationSettingsInput};
use super::{failed, service};
use crate::graphql::{Cursor, UserError, viewer};
use crate::id::{NotificationId, UserId};

/// Selection of notifications to mark as read: either ids or a cursor, not both.
#[derive(Debug, InputObject)]
pub struct MarkNotificationsReadInput {
    /// Ids of notifications, at most 500. Read ones stay as they are.
    ids: Option<Vec<ID>>,
    /// The one at this cursor of the list and all that are older.
    through: Option<Cursor>,
}

impl MarkNotificationsReadInput {
    fn parse(self) -> Result<Mark, UserError> {
        match (self.ids, self.through) {
            (Some(ids), None) => parse_ids(&ids).map(Mark::Ids),
            (None, Some(cursor)) => cursor
                .position("notifications", "through")
                .map(Mark::Through)
                .map_err(|wrong| UserError::invalid(&["through"], wrong.message)),
            (None, None) | (Some(_), Some(_)) => Err(UserError::invalid(
                &[],
                "pass either `ids` or `through`, not both",
            )),
        }
    }
}

fn parse_ids(ids: &[ID]) -> Result<Vec<NotificationId>, UserError> {
    if ids.is_empty() || ids.len() > MAX_MARKED {
        let message = format!(
            "there are {} ids; pass 1 to {MAX_MARKED}, or a cursor as `through`",
            ids.len()
        );
        return Err(UserError::invalid(&["ids"], message));
    }
    let parsed = ids.iter().enumerate().map(|(index, id)| {
        NotificationId::from_global(id)
            .map_err(|e| UserError::invalid(&["ids", &index.to_string()], e.to_string()))
    });
    parsed.collect()
}

/// Result of marking notifications as read.
#[derive(Debug, SimpleObject)]
#[graphql(complex)]
pub struct MarkNotificationsReadPayload {
    /// Number of notifications that were unread before.
    marked_count: usize,
    /// Errors in the input; empty when all notifications were marked. Otherwise none were.
    errors: Vec<UserError>,
    #[graphql(skip)]
    user: UserId,
}

#[async_graphql::ComplexObject]
impl MarkNotificationsReadPayload {
    /// Number of unread notifications that the app shows now.
    async fn unread_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let counted = service(ctx).count_unread(self.user).await;
        counted.map_err(|e| failed(ctx, e))
    }
}

/// Mutations of notifications.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "NotificationsMutation")]
impl Mutation {
    /// Marks notifications as read: all that the input means, or none.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Notifications to mark.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let user = viewer(ctx)?.user;
        let payload = |marked_count, errors| MarkNotificationsReadPayload {
            marked_count,
            errors,
            user,
        };
        let mark = match input.parse() {
            Ok(mark) => mark,
            Err(wrong) => return Ok(payload(0, vec![wrong])),
        };
        match service(ctx).mark_read(user, mark).await {
            Ok(count) => Ok(payload(count, Vec::new())),
            Err(NotificationsError::UnknownNotification) => {
                Ok(payload(0, vec![UserError::unknown(&["ids"], "notification")]))
            }
            Err(other) => Err(failed(ctx, other)),
        }
    }

    /// Changes the notification settings: all that the input names, or nothing.
    async fn update_notification_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to make.")] input: UpdateNotificationSettingsInput,
    ) -> Result<NotificationSettingsPayload> {
        let user = viewer(ctx)?.user;
        let change = match input.parse() {
            Ok(change) => change,
            Err(wrong) => return Ok(NotificationSettingsPayload::wrong(wrong)),
        };
        service(ctx)
            .change_settings(user, &change)
            .await
            .map_err(|e| failed(ctx, e))?;
        let settings = NotificationSettings::load(ctx, user).await?;
        Ok(NotificationSettingsPayload::of(settings))
    }
}
