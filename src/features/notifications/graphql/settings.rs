use std::collections::HashSet;

use async_graphql::{Context, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::channel::{Channel, Switch};
use super::super::service::SettingsChange;
use super::{failed, service};
use crate::graphql::UserError;
use crate::id::UserId;
use crate::notices::NoticeKind;

/// Notification channels, and a user's choice of them.
#[derive(Debug, SimpleObject)]
pub struct NotificationSettings {
    /// One switch for each kind and channel. By default the app shows everything; mail is sent about accounts that
    /// need attention, statuses that were missed or failed, webhooks that were disabled, shortened retention and full
    /// storage; pushes are sent about everything but published statuses and edited messages.
    switches: Vec<Switch>,
    /// True when a push carries the notification's body, with names, and not only its title. False by default,
    /// because a push may be shown on a locked screen.
    push_shows_details: bool,
    /// Failure of the last mail to the user; null when it was sent, or there was none.
    mail_problem: Option<MailProblem>,
}

/// Failure of a notification mail.
#[derive(Debug, SimpleObject)]
pub struct MailProblem {
    /// Reason, in English.
    reason: String,
    /// Time at which it was given up.
    occurred_at: DateTime<Utc>,
}

impl NotificationSettings {
    pub(super) async fn load(ctx: &Context<'_>, user: UserId) -> Result<Self> {
        let found = service(ctx).settings(user).await.map_err(|e| failed(ctx, e))?;
        Ok(Self {
            switches: found.switches.all(),
            push_shows_details: found.push_shows_details,
            mail_problem: found
                .mail_failure
                .map(|(reason, occurred_at)| MailProblem { reason, occurred_at }),
        })
    }
}

/// New value of one switch.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct NotificationSwitchInput {
    /// Kind of notification.
    kind: NoticeKind,
    /// Channel that delivers it.
    channel: Channel,
    /// True when the channel delivers this kind.
    is_enabled: bool,
}

/// Changes of the notification settings. Absent fields stay as they are.
#[derive(Debug, InputObject)]
pub struct UpdateNotificationSettingsInput {
    /// The switches to set, each at most once.
    changes: Option<Vec<NotificationSwitchInput>>,
    /// True when a push carries the notification's body.
    push_shows_details: Option<bool>,
}

impl UpdateNotificationSettingsInput {
    pub(super) fn parse(self) -> Result<SettingsChange, UserError> {
        let changes = self.changes.unwrap_or_default();
        let mut seen = HashSet::new();
        for (index, change) in changes.iter().enumerate() {
            if !seen.insert((change.kind, change.channel)) {
                let path = ["changes", &index.to_string()];
                let message = "this kind and channel stand in the list before; name each switch once";
                return Err(UserError::invalid(&path, message));
            }
        }
        let change = |change: &NotificationSwitchInput| (change.kind, change.channel, change.is_enabled);
        Ok(SettingsChange {
            switches: changes.iter().map(change).collect(),
            push_shows_details: self.push_shows_details,
        })
    }
}

/// Result of a change of the settings.
#[derive(Debug, SimpleObject)]
pub struct NotificationSettingsPayload {
    /// The settings as they are now; null when nothing was changed.
    notification_settings: Option<NotificationSettings>,
    /// Errors in the input; empty when the change was made.
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
