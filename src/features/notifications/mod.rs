//! What a user is told of: shown in the app, mailed and pushed by their choice.
//!
//! ```text
//! durable events -> Notifier: notices::post -> NOTIFICATION_RECEIVED -> the app
//!                                                        '-> Notifier again: a mail, a push, as the switches say
//! ```
//!
//! A notice holds ids; its words are made when it is read, in the reader's language, with the names that people have by
//! then. A title names nobody, so that it may stand where others can see it; the body does. Nobody else's words are
//! ever part of either.

mod channel;
mod consumer;
mod dates;
mod facts;
mod graphql;
mod language;
mod mailing;
mod model;
mod push;
mod service;
mod store;
mod words;

pub use channel::{Channel, Switch, Switches};
pub use consumer::Notifier;
pub use graphql::{
    AddPushSubscriptionInput, MailProblem, MarkNotificationsReadInput, MarkNotificationsReadPayload,
    Mutation, Notification, NotificationSettings, NotificationSettingsPayload, NotificationSwitchInput,
    PushMutation, PushSubscription, PushSubscriptionPayload, PushUserFields, RemovePushSubscriptionInput,
    Subscription, UnreadCount, UpdateNotificationSettingsInput, UserFields,
};
pub use mailing::{Farewell, Mailing, Unsubscribing};
pub use model::{Notice, Seen};
pub use push::{
    Browser, NewBrowser, PushError, PushService, Pushing, Target, TargetError, Vapid, VapidError,
};
pub use push::{Which, WrongTarget};
pub use service::{Mark, NotificationsError, NotificationsService, Settings, SettingsChange};
