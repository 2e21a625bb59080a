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
mod dates;
mod facts;
mod follower;
mod graphql;
mod language;
mod model;
mod service;
mod store;
mod words;

pub use channel::{Channel, Switch, Switches};
pub use follower::Notifier;
pub use graphql::{
    MarkNotificationsReadInput, MarkNotificationsReadPayload, Mutation, Notification, NotificationLoader,
    NotificationSettings, NotificationSettingsPayload, NotificationSwitchInput, Subscription, UnreadCount,
    UpdateNotificationSettingsInput, UserFields,
};
pub use model::{Notice, Seen};
pub use service::{NotificationsError, NotificationsService};
