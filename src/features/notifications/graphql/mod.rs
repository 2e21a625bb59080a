//! Notifications and their settings in the schema.

mod event;
mod fields;
mod mutation;
mod objects;
mod push;
mod settings;
mod shown;

pub use event::NotificationEvent;
pub use fields::ViewerFields;
pub use mutation::{MarkNotificationsReadInput, MarkNotificationsReadPayload, Mutation};
pub use objects::Notification;
pub use push::{
    AddPushSubscriptionInput, PushMutation, PushSubscription, PushSubscriptionPayload, PushViewerFields,
    RemovePushSubscriptionInput,
};
pub use settings::{
    MailProblem, NotificationSettings, NotificationSettingsPayload, NotificationSwitchInput,
    UpdateNotificationSettingsInput,
};
pub use shown::{only_shown, shown_kinds};

use async_graphql::{Context, Error};

use super::error::NotificationsError;
use super::service::NotificationsService;
use crate::graphql::{internal, not_found};

/// GraphQL error of a failed query.
fn failed(ctx: &Context<'_>, error: NotificationsError) -> Error {
    match error {
        NotificationsError::UnknownNotification => not_found("notification"),
        NotificationsError::UnknownUser => not_found("user"),
        NotificationsError::Work(_) => internal(ctx, error),
    }
}

fn service<'a>(ctx: &Context<'a>) -> &'a NotificationsService {
    ctx.data_unchecked()
}
