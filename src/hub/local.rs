use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::broadcast;

use super::{EventRow, Hub};
use crate::id::UserId;

/// How many announcements a listener may be behind before it reads the table instead.
const BACKLOG: usize = 256;

/// How many users may have news before a listener to all of them asks the table instead.
const USERS: usize = 1024;

/// Announces within this process.
#[derive(Debug)]
pub struct LocalHub {
    channels: Mutex<HashMap<UserId, broadcast::Sender<EventRow>>>,
    everybody: broadcast::Sender<UserId>,
}

impl Default for LocalHub {
    fn default() -> Self {
        Self {
            channels: Mutex::default(),
            everybody: broadcast::Sender::new(USERS),
        }
    }
}

impl Hub for LocalHub {
    fn publish(&self, user: UserId, rows: &[EventRow]) {
        if !rows.is_empty() {
            // Nobody may be listening.
            let _ = self.everybody.send(user);
        }
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(channel) = channels.get(&user) else {
            return;
        };
        let is_heard = rows.iter().all(|row| channel.send(row.clone()).is_ok());
        if !is_heard {
            channels.remove(&user);
        }
    }

    fn subscribe(&self, user: UserId) -> broadcast::Receiver<EventRow> {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels
            .entry(user)
            .or_insert_with(|| broadcast::Sender::new(BACKLOG))
            .subscribe()
    }

    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId> {
        self.everybody.subscribe()
    }
}
