use std::collections::HashSet;

use async_graphql::{Context, InputObject, Result, SimpleObject};

use super::super::channel::{Channel, Switch};
use super::super::service::SwitchChange;
use super::{failed, service};
use crate::graphql::UserError;
use crate::id::UserId;
use crate::notices::NoticeKind;

/// By which channels a user is told of what.
#[derive(Debug, SimpleObject)]
pub struct NotificationSettings {
    /// One switch for each kind and channel. Without a choice the app shows everything; mail tells of accounts that
    /// need attention, statuses that were missed or failed, webhooks that were turned off, shortened retention and full
    /// storage; a push tells of everything but published statuses and edited messages.
    switches: Vec<Switch>,
}

impl NotificationSettings {
    pub(super) async fn load(ctx: &Context<'_>, user: UserId) -> Result<Self> {
        let switches = service(ctx).switches(user).await.map_err(|e| failed(ctx, e))?;
        Ok(Self {
            switches: switches.all(),
        })
    }
}

/// One switch as it should be.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct NotificationSwitchInput {
    /// What the notification is about.
    kind: NoticeKind,
    /// How the user would be told.
    channel: Channel,
    /// Whether they are.
    is_enabled: bool,
}

/// What to change of the settings of notifications. What is absent stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateNotificationSettingsInput {
    /// The switches to set, each at most once.
    changes: Vec<NotificationSwitchInput>,
}

impl UpdateNotificationSettingsInput {
    pub(super) fn parse(self) -> Result<Vec<SwitchChange>, UserError> {
        let mut seen = HashSet::new();
        for (index, change) in self.changes.iter().enumerate() {
            if !seen.insert((change.kind, change.channel)) {
                let path = ["changes", &index.to_string()];
                let message = "this kind and channel stand in the list before; name each switch once";
                return Err(UserError::invalid(&path, message));
            }
        }
        let change = |change: &NotificationSwitchInput| (change.kind, change.channel, change.is_enabled);
        Ok(self.changes.iter().map(change).collect())
    }
}

/// What came of a change of the settings.
#[derive(Debug, SimpleObject)]
pub struct NotificationSettingsPayload {
    /// The settings as they are now; null when nothing was changed.
    notification_settings: Option<NotificationSettings>,
    /// What was wrong; empty when the change was made.
    errors: Vec<UserError>,
}

impl NotificationSettingsPayload {
    pub(super) const fn of(settings: NotificationSettings) -> Self {
        Self {
            notification_settings: Some(settings),
            errors: Vec::new(),
        }
    }

    pub(super) fn wrong(error: UserError) -> Self {
        Self {
            notification_settings: None,
            errors: vec![error],
        }
    }
}
