//! What features share in the schema: the types that refer to each other.
//!
//! [`Contact`] and [`Chat`] are the same for everybody. `User` and `Account` are merged from the fields that each
//! feature adds to them; the `Event` and `Node` interfaces list the features' types.

mod account;
mod action;
mod chat;
mod contact;
mod event;
mod media;
mod node;
mod scope;
mod store;
mod user;
mod version;

pub use account::Account;
pub use action::{ActionStage, ActionStep, steps};
pub use chat::Chat;
pub use contact::Contact;
pub use event::WebhookEndpointEvent;
pub use event::{AccountEvent, Event, EventsSubscription, EventsUserFields, listen};
pub use event::{
    AutoReplyEvent, DeletedMessageEvent, EditedMessageEvent, ItemDeletedEvent, NotificationEvent,
    ScheduledStatusEvent, StatusEvent, StatusLikeEvent, UploadEvent, ViewOnceEvent,
};
pub use media::Media;
pub use node::{Node, NodeQuery};
pub use scope::ContactScope;
pub use store::{ChatRow, ContactRow};
pub use user::User;
pub use version::MessageVersion;
