//! Notifications by web push: to the browsers that a user subscribed with, by way of the browsers' push services.
//!
//! ```text
//! notice -> one job a browser -> sealed for that browser, signed with our VAPID key -> its push service -> the browser
//! ```
//!
//! A push service sees that somebody is told of something and never of what. A browser that is gone is forgotten, and one
//! whose session ended is not told any more. A push that nobody knows whether it was taken is sent again: a browser may be
//! told twice of one notification, and tells by its id.

mod error;
mod job;
mod message;
mod service;
mod target;
mod vapid;

pub use error::{PushError, WrongBrowser};
pub use job::Pushing;
pub(super) use job::push;
pub use service::{NewBrowser, PushService, PushSubscriptionRef};
pub use target::{Browser, Target, TargetError, WrongTarget};
pub use vapid::{Vapid, VapidError};
