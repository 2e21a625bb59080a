use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::{EventRow, Hub};
use crate::id::UserId;

/// Number of announcements that a subscriber to one user may be behind before it reads the table instead.
const EVENT_BACKLOG: usize = 256;

/// Number of announcements that a subscriber to all users may be behind before it reads the table instead.
const USER_BACKLOG: usize = 1024;

/// The hub of one process.
#[derive(Debug)]
pub struct LocalHub {
    channels: Mutex<HashMap<UserId, broadcast::Sender<EventRow>>>,
    all_users: broadcast::Sender<UserId>,
}

impl Default for LocalHub {
    fn default() -> Self {
        Self {
            channels: Mutex::default(),
            all_users: broadcast::Sender::new(USER_BACKLOG),
        }
    }
}

impl Hub for LocalHub {
    fn publish(&self, user: UserId, rows: &[EventRow]) {
        if !rows.is_empty() {
            // There may be no subscriber.
            let _ = self.all_users.send(user);
        }
        let mut channels = self.channels.lock();
        let Some(channel) = channels.get(&user) else {
            return;
        };
        let is_received = rows.iter().all(|row| channel.send(row.clone()).is_ok());
        if !is_received {
            channels.remove(&user);
        }
    }

    fn subscribe(&self, user: UserId) -> broadcast::Receiver<EventRow> {
        let mut channels = self.channels.lock();
        channels
            .entry(user)
            .or_insert_with(|| broadcast::Sender::new(EVENT_BACKLOG))
            .subscribe()
    }

    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId> {
        self.all_users.subscribe()
    }
}
