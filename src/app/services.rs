//! The features' services: made here, and given to the schema.

use std::sync::Arc;

use async_graphql::SchemaBuilder;

use super::channels::NotificationChannels;
use super::{Tuning, registry};
use crate::config::{Config, DefaultPlan};
use crate::egress::Egress;
use crate::features::accounts::{self, AccountsService};
use crate::features::analytics::AnalyticsService;
use crate::features::auto_reply::AutoReplyService;
use crate::features::deleted_messages::DeletedMessagesService;
use crate::features::edited_messages::EditedMessagesService;
use crate::features::kept_items::KeptItemsService;
use crate::features::notifications::{NotificationsService, PushService};
use crate::features::scheduled_statuses::ScheduledStatusesService;
use crate::features::statuses::StatusesService;
use crate::features::uploads::UploadsService;
use crate::features::users::{TokenService, UsersConfig, UsersService};
use crate::features::view_once::ViewOnceService;
use crate::features::webhooks::WebhooksService;
use crate::hub::SharedHub;
use crate::plan::Plan;
use crate::whatsapp::Supervisor;
use crate::work::Core;

/// The features' verbs, and what they are made of.
#[derive(Debug, Clone)]
pub struct FeatureServices {
    /// The database, keys, hub, clock and chance.
    pub core: Core,
    /// HTTP to addresses that users give.
    pub egress: Egress,
    /// Users.
    pub users: UsersService,
    /// Linked numbers.
    pub accounts: AccountsService,
    /// Statuses and their likes.
    pub statuses: StatusesService,
    /// View-once messages.
    pub view_once: ViewOnceService,
    /// Deleted messages.
    pub deleted_messages: DeletedMessagesService,
    /// Looking back.
    pub analytics: AnalyticsService,
    /// Edited messages.
    pub edited_messages: EditedMessagesService,
    /// Automatic answers.
    pub auto_reply: AutoReplyService,
    /// Scheduled statuses.
    pub scheduled_statuses: ScheduledStatusesService,
    /// Uploads.
    pub uploads: UploadsService,
    /// Notifications.
    pub notifications: NotificationsService,
    /// What users delete.
    pub kept_items: KeptItemsService,
    /// The browsers that users are told by.
    pub push: PushService,
    /// Webhooks.
    pub webhooks: WebhooksService,
}

impl FeatureServices {
    pub(super) fn new(
        config: &Config,
        tuning: &Tuning,
        core: &Core,
        egress: Egress,
        channels: &NotificationChannels,
        tokens: &Arc<TokenService>,
        supervisor: &Arc<Supervisor>,
    ) -> Self {
        let users = UsersConfig {
            default_plan: match config.default_plan {
                DefaultPlan::Free => Plan::Free,
                DefaultPlan::Premium => Plan::Premium,
            },
            password_cost: tuning.password_cost,
            is_https: config.public_url.scheme() == "https",
            limits: tuning.limits,
        };
        let often = tuning.limits.map(|_| accounts::OFTEN);
        Self {
            core: core.clone(),
            egress: egress.clone(),
            users: UsersService::new(core.clone(), Arc::clone(tokens), users),
            accounts: AccountsService::new(core.clone(), Arc::clone(supervisor), often),
            statuses: StatusesService::new(core.clone()),
            view_once: ViewOnceService::new(core.clone()),
            deleted_messages: DeletedMessagesService::new(core.clone()),
            analytics: AnalyticsService::new(core.clone()),
            edited_messages: EditedMessagesService::new(core.clone()),
            auto_reply: AutoReplyService::new(core.clone()),
            scheduled_statuses: ScheduledStatusesService::new(core.clone()),
            uploads: UploadsService::new(core.clone()),
            notifications: NotificationsService::new(core.clone()),
            kept_items: KeptItemsService::new(core.clone(), registry::removable()),
            push: channels.push.clone(),
            webhooks: WebhooksService::new(core.clone(), egress),
        }
    }

    /// Gives the resolvers what they call.
    pub(super) fn add_to<Q, M, S>(&self, schema: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
        schema
            .data(self.core.clone())
            .data(self.core.db.clone())
            .data(SharedHub::clone(&self.core.hub))
            .data(self.users.clone())
            .data(self.accounts.clone())
            .data(self.statuses.clone())
            .data(self.view_once.clone())
            .data(self.deleted_messages.clone())
            .data(self.analytics.clone())
            .data(self.edited_messages.clone())
            .data(self.auto_reply.clone())
            .data(self.scheduled_statuses.clone())
            .data(self.uploads.clone())
            .data(self.notifications.clone())
            .data(self.kept_items.clone())
            .data(self.push.clone())
            .data(self.webhooks.clone())
    }
}
