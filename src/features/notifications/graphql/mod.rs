//! Notifications and their settings in the schema.

mod event;
mod fields;
mod mutation;
mod objects;
mod push;
mod push_mutation;
mod settings;

pub use event::NotificationEvent;
pub use fields::{NotificationFilter, ViewerFields};
pub use mutation::{MarkNotificationsReadInput, MarkNotificationsReadPayload, Mutation};
pub use mutation::{UpdateNotificationSettingsInput, UpdateNotificationSettingsPayload};
pub use objects::Notification;
pub use push::{PushSubscription, PushViewerFields};
pub use push_mutation::{
    AddPushSubscriptionInput, AddPushSubscriptionPayload, PushMutation, PushSubscriptionKeysInput,
    RemovePushSubscriptionInput, RemovePushSubscriptionPayload,
};
pub use settings::{MailProblem, NotificationSettings, NotificationSwitch, NotificationSwitchInput};

use async_graphql::{Context, Error};

use super::error::NotificationsError;
use super::service::NotificationsService;
use crate::graphql::{List, internal, not_found};

/// The list of notifications, as its cursors name it.
const LIST: List = List::named("notifications");

/// GraphQL error of a failed query.
fn failed(ctx: &Context<'_>, error: NotificationsError) -> Error {
    match error {
        NotificationsError::UnknownNotifications(_) => not_found("notification"),
        NotificationsError::UnknownUser => not_found("user"),
        NotificationsError::Work(_) => internal(ctx, error),
    }
}

fn service<'a>(ctx: &Context<'a>) -> &'a NotificationsService {
    ctx.data_unchecked()
}
