use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::channel::{Channel, Switch};
use super::super::service::{Settings, load_settings};
use super::super::store::mails::MailFailureReason;
use super::super::store::settings;
use super::{failed, service};
use crate::features::notifications::{NotificationSettingsId, NotificationSwitchId};
use crate::graphql::{Entity, ReadError, Reader};
use crate::id::UserId;
use crate::notices::NoticeKind;

/// Notification channels, and the viewer's choice of them.
#[derive(Debug)]
pub struct NotificationSettings {
    user: UserId,
    settings: Settings,
}

/// Notification channels, and the viewer's choice of them.
#[Object]
impl NotificationSettings {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        let id = NotificationSettingsId::from(self.user.as_uuid());
        ID(id.to_global())
    }

    /// One switch for each kind and channel. By default the app shows everything; mail is sent about accounts that need
    /// attention, statuses that were missed or failed, webhooks that were disabled, shortened retention and full storage;
    /// pushes are sent about everything but published statuses and edited messages.
    async fn switches(&self) -> Vec<NotificationSwitch> {
        let all = self.settings.switches.all();
        let switch = |switch| NotificationSwitch {
            user: self.user,
            switch,
        };
        all.into_iter().map(switch).collect()
    }

    /// True when a push carries the notification's body, with names, and not only its title. False by default, because a
    /// push may be shown on a locked screen.
    async fn shows_push_details(&self) -> bool {
        self.settings.push_shows_details
    }

    /// Failure of the last mail to the viewer; null when the last mail was sent, or there was none.
    async fn mail_problem(&self) -> Option<MailProblem> {
        let failure = self.settings.mail_failure.clone()?;
        Some(MailProblem {
            reason: failure.reason,
            reason_message: failure.message,
            occurred_at: failure.settled_at,
        })
    }
}

impl NotificationSettings {
    pub(super) async fn of_user(ctx: &Context<'_>, user: UserId) -> Result<Self> {
        let settings = service(ctx).settings(user).await.map_err(|e| failed(ctx, e))?;
        Ok(Self { user, settings })
    }
}

/// Failure of a notification mail.
#[derive(Debug, SimpleObject)]
pub struct MailProblem {
    /// Reason for which the mail was given up.
    reason: MailFailureReason,
    /// Reason in English, with the code of the mail server where it gave one.
    reason_message: String,
    /// Time at which the mail was given up.
    occurred_at: DateTime<Utc>,
}

/// Setting of one channel for one kind of notification.
#[derive(Debug, Clone, Copy)]
pub struct NotificationSwitch {
    user: UserId,
    switch: Switch,
}

/// Setting of one channel for one kind of notification.
#[Object]
impl NotificationSwitch {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.switch.id_for(self.user).to_global())
    }

    /// Kind of notification.
    async fn kind(&self) -> NoticeKind {
        self.switch.kind
    }

    /// Channel that delivers the kind.
    async fn channel(&self) -> Channel {
        self.switch.channel
    }

    /// True when the channel delivers notifications of this kind.
    async fn is_enabled(&self) -> bool {
        self.switch.is_enabled
    }

    /// True when the switch is as it is for a viewer who changed nothing.
    async fn is_default(&self) -> bool {
        self.switch.is_default
    }
}

/// New value of one switch.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct NotificationSwitchInput {
    /// Kind of notification.
    kind: NoticeKind,
    /// Channel that delivers the kind.
    channel: Channel,
    /// True when the channel delivers notifications of this kind.
    is_enabled: bool,
}

impl NotificationSwitchInput {
    pub(super) const fn parts(self) -> (NoticeKind, Channel, bool) {
        (self.kind, self.channel, self.is_enabled)
    }
}

impl Entity for NotificationSettings {
    type Id = NotificationSettingsId;
    type Row = (UserId, Settings);
    const NAME: &'static str = "notification settings";

    fn of(_: &Context<'_>, (user, settings): Self::Row) -> Self {
        Self { user, settings }
    }
}

impl Entity for NotificationSwitch {
    type Id = NotificationSwitchId;
    type Row = (UserId, Switch);
    const NAME: &'static str = "notification switch";

    fn of(_: &Context<'_>, (user, switch): Self::Row) -> Self {
        Self { user, switch }
    }
}

impl Loader<NotificationSettingsId> for Reader {
    type Value = (UserId, Settings);
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[NotificationSettingsId],
    ) -> Result<HashMap<NotificationSettingsId, Self::Value>, ReadError> {
        self.read(async |work| {
            let user = work.user;
            let own = NotificationSettingsId::from(user.as_uuid());
            if !keys.contains(&own) {
                return Ok(HashMap::new());
            }
            let settings = load_settings(work).await?;
            Ok(HashMap::from([(own, (user, settings))]))
        })
        .await
    }
}

impl Loader<NotificationSwitchId> for Reader {
    type Value = (UserId, Switch);
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[NotificationSwitchId],
    ) -> Result<HashMap<NotificationSwitchId, Self::Value>, ReadError> {
        self.read(async |work| {
            let user = work.user;
            let all = settings::load(work, user).await?.all().into_iter();
            let named = all.map(|switch| (switch.id_for(user), (user, switch)));
            Ok(named.filter(|(id, _)| keys.contains(id)).collect())
        })
        .await
    }
}
