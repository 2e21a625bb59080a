use std::collections::HashSet;

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};

use super::super::error::NotificationsError;
use super::super::service::{MAX_MARKED, Mark, SettingsChange};
use super::objects::Notification;
use super::settings::{NotificationSettings, NotificationSwitchInput};
use super::{LIST, failed, service};
use crate::features::schema::Viewer;
use crate::graphql::{Cursor, UserError, viewer};
use crate::id::{IdError, NotificationId};

/// Input of `markNotificationsRead`: the notifications to mark, by their ids or up to a place in the list.
#[derive(Debug, OneofObject)]
pub enum MarkNotificationsReadInput {
    /// Ids of notifications, 1 to 500. Notifications that were read before stay as they are.
    Ids(Vec<ID>),
    /// Cursor of `viewer.notifications`: marks the notification at the cursor, and all older ones of the kinds that the
    /// app shows.
    Through(Cursor),
}

/// Payload of `markNotificationsRead`.
#[derive(Default, SimpleObject)]
pub struct MarkNotificationsReadPayload {
    /// Notifications that were unread before, newest first, 500 at most; null when there are errors.
    notifications: Option<Vec<Notification>>,
    /// Number of notifications that were unread before; 0 when there are errors.
    marked_count: usize,
    /// The viewer, with their new `unreadNotificationCount`; null when there are errors.
    viewer: Option<Viewer>,
    /// Errors in the input; empty when all notifications were marked. Otherwise none were.
    errors: Vec<UserError>,
}

/// Input of `updateNotificationSettings`. Absent fields stay as they are.
#[derive(Debug, InputObject)]
pub struct UpdateNotificationSettingsInput {
    /// Switches to set, each at most once.
    switches: Option<Vec<NotificationSwitchInput>>,
    /// True when a push carries the notification's body.
    shows_push_details: Option<bool>,
}

/// Payload of `updateNotificationSettings`.
#[derive(SimpleObject)]
pub struct UpdateNotificationSettingsPayload {
    /// Settings as they are now; null when there are errors.
    notification_settings: Option<NotificationSettings>,
    /// Errors in the input; empty when the change was made.
    errors: Vec<UserError>,
}

/// Mutations of notifications.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "NotificationsMutation")]
impl Mutation {
    /// Marks notifications as read: all that the input names, or none.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Notifications to mark.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let user = viewer(ctx)?.user;
        let wrong = |errors| MarkNotificationsReadPayload {
            errors,
            ..MarkNotificationsReadPayload::default()
        };
        let mark = match parse(ctx, input).await? {
            Ok(mark) => mark,
            Err(errors) => return Ok(wrong(errors)),
        };
        match service(ctx).mark_read(user, &mark).await {
            Ok(marked) => Ok(MarkNotificationsReadPayload {
                notifications: Some(marked.newest.into_iter().map(Notification).collect()),
                marked_count: marked.count,
                viewer: Viewer::find(ctx, user).await?,
                errors: Vec::new(),
            }),
            Err(NotificationsError::UnknownNotifications(unknown)) => {
                Ok(wrong(unknown_among(mark.ids(), &unknown)))
            }
            Err(other) => Err(failed(ctx, other)),
        }
    }

    /// Changes the notification settings: all that the input names, or nothing.
    async fn update_notification_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes to make.")] input: UpdateNotificationSettingsInput,
    ) -> Result<UpdateNotificationSettingsPayload> {
        let user = viewer(ctx)?.user;
        let switches = input.switches.unwrap_or_default();
        let errors = repeated(&switches);
        if !errors.is_empty() {
            return Ok(UpdateNotificationSettingsPayload {
                notification_settings: None,
                errors,
            });
        }
        let change = SettingsChange {
            switches: switches.into_iter().map(NotificationSwitchInput::parts).collect(),
            push_shows_details: input.shows_push_details,
        };
        let changed = service(ctx).change_settings(user, &change).await;
        changed.map_err(|e| failed(ctx, e))?;
        Ok(UpdateNotificationSettingsPayload {
            notification_settings: Some(NotificationSettings::of_user(ctx, user).await?),
            errors: Vec::new(),
        })
    }
}

/// What to mark, or every error of the input.
async fn parse(ctx: &Context<'_>, input: MarkNotificationsReadInput) -> Result<Result<Mark, Vec<UserError>>> {
    let ids = match input {
        MarkNotificationsReadInput::Through(cursor) => {
            let place = cursor.position(LIST, "through").map(Mark::Through);
            return Ok(place.map_err(|wrong| vec![UserError::invalid(&["through"], wrong.message)]));
        }
        MarkNotificationsReadInput::Ids(ids) => ids,
    };
    if ids.is_empty() || ids.len() > MAX_MARKED {
        let message = format!(
            "there are {} ids; pass 1 to {MAX_MARKED}, or a cursor as `through`",
            ids.len()
        );
        return Ok(Err(vec![UserError::invalid(&["ids"], message)]));
    }
    let parsed: Vec<Result<NotificationId, IdError>> =
        ids.iter().map(|id| NotificationId::from_global(id)).collect();
    let known: Vec<NotificationId> = parsed.iter().flatten().copied().collect();
    if known.len() == parsed.len() {
        return Ok(Ok(Mark::Ids(known)));
    }
    let user = viewer(ctx)?.user;
    let unknown = service(ctx).find_unknown(user, &known).await;
    let unknown = unknown.map_err(|e| failed(ctx, e))?;
    let errors = parsed.iter().enumerate().filter_map(|(index, id)| match id {
        Ok(id) => unknown.contains(id).then(|| unknown_at(index)),
        Err(error) => Some(UserError::no_id(&["ids", &index.to_string()], error)),
    });
    Ok(Err(errors.collect()))
}

fn unknown_among(ids: &[NotificationId], unknown: &[NotificationId]) -> Vec<UserError> {
    let positions = ids.iter().enumerate().filter(|(_, id)| unknown.contains(id));
    positions.map(|(index, _)| unknown_at(index)).collect()
}

fn unknown_at(index: usize) -> UserError {
    UserError::unknown(&["ids", &index.to_string()], "notification")
}

/// An error for each switch that stands in the list before.
fn repeated(switches: &[NotificationSwitchInput]) -> Vec<UserError> {
    let mut seen = HashSet::new();
    let again = switches.iter().enumerate().filter(|(_, switch)| {
        let (kind, channel, _) = switch.parts();
        !seen.insert((kind, channel))
    });
    let message = "this kind and channel stand in the list before; name each switch once";
    again
        .map(|(index, _)| UserError::invalid(&["switches", &index.to_string()], message))
        .collect()
}
