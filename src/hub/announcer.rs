use std::sync::Arc;

use tokio::sync::broadcast;

use super::{Announcement, EventRow};
use crate::id::UserId;

/// A hub shared by all services.
pub type SharedHub = Arc<dyn Hub>;

/// Announces committed events to subscribers.
pub trait Hub: std::fmt::Debug + Send + Sync {
    /// Announces the events that a transaction of `user` appended, and whether it changed what is to be sent. Called after its
    /// commit; never blocks.
    fn publish(&self, user: UserId, rows: &[EventRow], has_sends: bool);

    /// Announces events that another process appended, to the subscribers to `user` here and not to those to all users;
    /// never blocks.
    fn tell_subscribers(&self, user: UserId, rows: &[EventRow]);

    /// Subscribes to announcements for `user`, from whichever process, from now on. A subscriber that falls behind gets `Lagged` from the
    /// channel and reads the table.
    fn subscribe(&self, user: UserId) -> broadcast::Receiver<Arc<Announcement>>;

    /// Subscribes to the users of whom this process publishes events from now on. A subscriber that falls behind gets `Lagged` from the
    /// channel and reads the table.
    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId>;
}
