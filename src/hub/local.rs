use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::{Announcement, EventRow, Hub};
use crate::id::UserId;
use crate::metrics::Commit;

/// Number of announcements that a subscriber to one user may be behind before it reads the table instead. There is room for so
/// many for each user who has a subscriber, and that is each one with a linked account.
const EVENT_BACKLOG: usize = 64;

/// Maximum number of events in one announcement. Of more, the last ones are announced: a subscriber that sees a gap reads the
/// table.
pub(super) const MOST_ANNOUNCED: usize = 128;

/// Number of announcements that a subscriber to all users may be behind before it reads the table instead.
const USER_BACKLOG: usize = 1024;

/// The hub of one process.
#[derive(Debug)]
pub struct LocalHub {
    channels: Mutex<HashMap<UserId, Channel>>,
    all_users: broadcast::Sender<UserId>,
}

/// The subscribers to one user.
#[derive(Debug)]
struct Channel {
    /// Sends pointers, because the channel allocates its whole backlog at once.
    sender: broadcast::Sender<Arc<Announcement>>,
    /// The number of the newest event that they were told of; 0 before the first one.
    newest: i64,
}

impl Default for LocalHub {
    fn default() -> Self {
        Self {
            channels: Mutex::default(),
            all_users: broadcast::Sender::new(USER_BACKLOG),
        }
    }
}

impl LocalHub {
    /// Announces events, which were `committed` here or by another node, to the subscribers to `user`, and not to those to
    /// all users.
    pub(super) fn announce_to(
        &self,
        user: UserId,
        rows: &[EventRow],
        committed: Option<Commit>,
        may_have_sends: bool,
    ) {
        let mut channels = self.channels.lock();
        let Some(channel) = channels.get_mut(&user) else {
            return;
        };
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return;
        };
        let announcement = Announcement {
            rows: rows[rows.len().saturating_sub(MOST_ANNOUNCED)..].into(),
            committed,
            // What is between was not announced here: another node committed it, and is not heard of any more.
            may_have_sends: may_have_sends || first.sequence != channel.newest + 1,
        };
        channel.newest = channel.newest.max(last.sequence);
        if channel.sender.send(Arc::new(announcement)).is_err() {
            channels.remove(&user);
        }
    }

    /// The users who have subscribers.
    pub(super) fn subscribed_users(&self) -> Vec<UserId> {
        let mut channels = self.channels.lock();
        channels.retain(|_, channel| channel.sender.receiver_count() > 0);
        channels.keys().copied().collect()
    }

    /// The number of the newest event that the subscribers to `user` were told of, when it is below `newest` and there
    /// are subscribers; 0 before the first one.
    pub(super) fn told_before(&self, user: UserId, newest: i64) -> Option<i64> {
        let channels = self.channels.lock();
        let told = channels.get(&user)?.newest;
        (told < newest).then_some(told)
    }

    /// Counts the events of `user` up to `newest` as told.
    pub(super) fn count_as_told(&self, user: UserId, newest: i64) {
        if let Some(channel) = self.channels.lock().get_mut(&user) {
            channel.newest = channel.newest.max(newest);
        }
    }
}

impl Hub for LocalHub {
    fn publish(&self, user: UserId, rows: &[EventRow], has_sends: bool) {
        if !rows.is_empty() {
            // There may be no subscriber.
            let _ = self.all_users.send(user);
        }
        self.announce_to(user, rows, Some(Commit::now()), has_sends);
    }

    fn tell_subscribers(&self, user: UserId, rows: &[EventRow]) {
        self.announce_to(user, rows, None, true);
    }

    fn subscribe(&self, user: UserId) -> broadcast::Receiver<Arc<Announcement>> {
        let mut channels = self.channels.lock();
        let channel = channels.entry(user).or_insert_with(|| Channel {
            sender: broadcast::Sender::new(EVENT_BACKLOG),
            newest: 0,
        });
        channel.sender.subscribe()
    }

    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId> {
        self.all_users.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_announcement_may_have_sends_unless_all_since_the_one_before_are_known_to_have_none() {
        let (hub, user) = (LocalHub::default(), UserId::from(Uuid::from_u128(1)));
        let mut heard = hub.subscribe(user);
        let mut publish = |sequence, has_sends| {
            hub.publish(user, &[EventRow::numbered(user, sequence)], has_sends);
            heard.try_recv().unwrap().may_have_sends
        };

        // What was before the first one is not known.
        assert!(publish(7, false));
        assert!(!publish(8, false));
        assert!(publish(9, true));
        // Another node committed 10.
        assert!(publish(11, false));
        assert!(!publish(12, false));
        hub.tell_subscribers(user, &[EventRow::numbered(user, 13)]);
        assert!(heard.try_recv().unwrap().may_have_sends);
    }
}
