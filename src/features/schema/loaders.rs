use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Request, Result};

use super::{AccountLoader, ChatLoader, ContactLoader, MediaLoader};
use crate::features::auto_reply::{AutoReplyLoader, AutoReplyService};
use crate::features::deleted_messages::{DeletedMessageLoader, DeletedMessagesService, MessageVersionLoader};
use crate::features::edited_messages::{EditedMessageLoader, EditedMessagesService};
use crate::features::kept_items::{KeptItemsService, TombstoneLoader};
use crate::features::notifications::{NotificationLoader, NotificationsService};
use crate::features::scheduled_statuses::{ScheduledStatusLoader, ScheduledStatusesService};
use crate::features::statuses::{
    AutoLikeLoader, StatusLikeLoader, StatusLikeOfLoader, StatusLoader, StatusesService,
};
use crate::features::uploads::{UploadLoader, UploadsService};
use crate::features::view_once::{ViewOnceLoader, ViewOnceService};
use crate::features::webhooks::WebhooksService;
use crate::features::webhooks::{WebhookAttemptLoader, WebhookDeliveryLoader, WebhookEndpointLoader};
use crate::graphql::{Viewer, unauthenticated};
use crate::work::Core;

/// What loads the rows that a request's fields ask for, many in one query. Made anew for each request of a viewer, so
/// that nothing is shared between users, and nothing is remembered from one event of a subscription to the next.
#[derive(Debug, Clone)]
pub struct Loaders {
    /// The database and the keys.
    pub core: Core,
    /// Statuses and their likes.
    pub statuses: StatusesService,
    /// View-once messages.
    pub view_once: ViewOnceService,
    /// Deleted messages.
    pub deleted_messages: DeletedMessagesService,
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
    /// What users deleted.
    pub kept_items: KeptItemsService,
    /// Webhooks.
    pub webhooks: WebhooksService,
}

impl Loaders {
    /// Adds the loaders of `viewer` to a request of theirs.
    pub fn add_to(&self, viewer: &Viewer, request: Request) -> Request {
        let (core, user) = (&self.core, viewer.user);
        let (statuses, deleted) = (&self.statuses, &self.deleted_messages);
        request
            .data(batched(AccountLoader {
                core: core.clone(),
                user,
            }))
            .data(batched(ChatLoader {
                core: core.clone(),
                user,
            }))
            .data(batched(ContactLoader {
                core: core.clone(),
                user,
            }))
            .data(batched(StatusLoader {
                service: statuses.clone(),
                user,
            }))
            .data(batched(StatusLikeLoader {
                service: statuses.clone(),
                user,
            }))
            .data(batched(StatusLikeOfLoader {
                service: statuses.clone(),
                user,
            }))
            .data(batched(AutoLikeLoader {
                service: statuses.clone(),
                user,
            }))
            .data(batched(ScheduledStatusLoader {
                service: self.scheduled_statuses.clone(),
                user,
            }))
            .data(batched(UploadLoader {
                service: self.uploads.clone(),
                user,
            }))
            .data(batched(MediaLoader {
                core: core.clone(),
                user,
            }))
            .data(batched(ViewOnceLoader {
                service: self.view_once.clone(),
                user,
            }))
            .data(batched(DeletedMessageLoader {
                service: deleted.clone(),
                user,
            }))
            .data(batched(MessageVersionLoader {
                service: deleted.clone(),
                user,
            }))
            .data(batched(EditedMessageLoader {
                service: self.edited_messages.clone(),
                user,
            }))
            .data(batched(AutoReplyLoader {
                service: self.auto_reply.clone(),
                user,
            }))
            .data(batched(NotificationLoader {
                service: self.notifications.clone(),
                user,
            }))
            .data(batched(TombstoneLoader {
                service: self.kept_items.clone(),
                user,
            }))
            .data(batched(WebhookEndpointLoader {
                service: self.webhooks.clone(),
                user,
            }))
            .data(batched(WebhookDeliveryLoader {
                service: self.webhooks.clone(),
                user,
            }))
            .data(batched(WebhookAttemptLoader {
                service: self.webhooks.clone(),
                user,
            }))
    }
}

/// The loader of a request's viewer.
///
/// # Errors
/// `UNAUTHENTICATED` in a request of nobody's: one that logs in sees the user, and asks for what is theirs with the
/// token that it got.
pub fn loader<'a, L: Send + Sync + 'static>(ctx: &Context<'a>) -> Result<&'a DataLoader<L>> {
    ctx.data_opt().ok_or_else(unauthenticated)
}

fn batched<L>(loader: L) -> DataLoader<L> {
    DataLoader::new(loader, tokio::spawn)
}
