//! Notifications of a user: shown in the app, mailed and pushed by their choice.
//!
//! ```text
//! durable events -> Notifier: notices::post -> NOTIFICATION_RECEIVED -> the app
//!                                     |                  '-> Notifier again: a mail, a push, as the switches say
//!                                     '-> off in the app: a job, the same mail and push
//! ```
//!
//! A notice holds ids; its words are made when it is read, in the reader's language, with the names that people have by
//! then. A title names nobody, so that it may stand where others can see it; the body does. Nobody else's words are
//! ever part of either.

mod channel;
mod consumer;
mod error;
mod exported;
mod graphql;
mod ids;
mod mailing;
mod model;
mod push;
mod service;
mod store;
mod texts;

pub use crate::id::NotificationId;
pub use channel::{Channel, Switch, Switches};
pub use error::NotificationsError;
pub use graphql::{
    AddPushSubscriptionInput, AddPushSubscriptionPayload, MailProblem, MarkNotificationsReadInput,
    MarkNotificationsReadPayload, Mutation, Notification, NotificationEvent, NotificationFilter,
    NotificationSettings, NotificationSwitch, NotificationSwitchInput, PushMutation, PushSubscription,
    PushSubscriptionKeysInput, PushViewerFields, RemovePushSubscriptionInput, RemovePushSubscriptionPayload,
    UpdateNotificationSettingsInput, UpdateNotificationSettingsPayload, ViewerFields,
};
pub use ids::{NotificationMailId, NotificationSettingsId, NotificationSwitchId, PushSubscriptionId};
pub use mailing::{Mailing, UnsubscribeLinks, UnsubscribePage};
pub use model::{Notice, Seen};
pub use push::{
    Browser, NewBrowser, PushError, PushService, Pushing, Target, TargetError, Vapid, VapidError,
};
pub use push::{PushSubscriptionRef, WrongBrowser, WrongTarget};
pub use service::{Mark, Marked, NotificationQuery, NotificationsService, Settings, SettingsChange};
pub use store::mails::{MailFailure, MailFailureReason};

use std::sync::Arc;

use crate::event_consumers::EventConsumer;
use crate::features::{ExportedTable, Feature, OwnWorker, Parts};
use crate::jobs::Handler;

/// Maximum number of mails sent at once, and of pushes.
const SENT_AT_ONCE: usize = 16;

/// Notifications, mailed and pushed by choice.
#[derive(Debug)]
pub struct Notifications;

impl Feature for Notifications {
    fn name(&self) -> &'static str {
        "notifications"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn consumer(&self) -> Option<Arc<dyn EventConsumer>> {
        Some(Arc::new(consumer::Notifier))
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(consumer::SendOn(parts.core.clone()))]
    }

    fn workers(&self, parts: &Parts) -> Vec<OwnWorker> {
        // A slow mail server holds up no push, nor the other way round.
        let worker = |handler| OwnWorker {
            at_once: SENT_AT_ONCE,
            handlers: vec![handler],
        };
        let mailing = Mailing {
            core: parts.core.clone(),
            mailer: parts.mailer.clone(),
            unsubscribe_links: parts.unsubscribe_links.clone(),
        };
        let pushing = Pushing::new(parts.core.clone(), parts.egress.clone(), Arc::clone(&parts.vapid));
        vec![worker(Arc::new(mailing)), worker(Arc::new(pushing))]
    }
}
