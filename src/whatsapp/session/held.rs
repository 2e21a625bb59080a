//! Statuses that arrived and are not durable yet.
//!
//! The library acknowledges a status when it arrives, before anybody was told of it, so that WhatsApp does not keep what
//! the library will drop. Whoever wants statuses to be durable first must hold the gate by then: here, from the raw
//! stanza until the status was taken in. The library drops some without a word (one that it knows, one without a key),
//! so nothing is held for long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use whatsapp_rust::wacore_binary::{JidExt as _, OwnedNodeRef};

use super::gate::Gate;
use crate::clock::SharedClock;

/// How long the gate is held for one status. A backlog is committed every three seconds.
const PATIENCE: TimeDelta = TimeDelta::seconds(6);
/// WhatsApp keeps a status for a day; the library drops what is older.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);

/// The statuses that the gate of one client is held for.
#[derive(Debug)]
pub(super) struct Held {
    gate: Arc<Gate>,
    clock: SharedClock,
    /// By WhatsApp's id: when each is given up.
    until: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Held {
    pub(super) fn new(gate: Arc<Gate>, clock: SharedClock) -> Self {
        Self {
            gate,
            clock,
            until: Mutex::default(),
        }
    }

    /// Takes note of a stanza, before the library acts on it.
    pub(super) fn arrives(self: &Arc<Self>, stanza: &OwnedNodeRef) {
        let node = stanza.get();
        if !matches!(stanza.tag(), "message" | "status") {
            return;
        }
        let attribute = |name| node.get_attr(name).map(|value| value.as_str().into_owned());
        let is_status = attribute("from").is_some_and(|from| {
            from.parse::<whatsapp_rust::Jid>()
                .is_ok_and(|from| from.is_status_broadcast())
        });
        let sent_at = attribute("t").and_then(|t| DateTime::from_timestamp(t.parse().ok()?, 0));
        let now = self.clock.now();
        let is_kept = sent_at.is_none_or(|sent_at| now - sent_at < KEPT_FOR);
        if let Some(id) = attribute("id").filter(|_| is_status && is_kept) {
            self.hold(id, now + PATIENCE);
        }
    }

    /// The status was taken in, or will not be.
    pub(super) fn done(&self, id: &str) {
        if self.lock().remove(id).is_some() {
            self.gate.release();
        }
    }

    fn hold(self: &Arc<Self>, id: String, until: DateTime<Utc>) {
        let mut held = self.lock();
        let was_empty = held.is_empty();
        if held.insert(id, until).is_none() {
            self.gate.hold();
        }
        if was_empty {
            let sweeper = Arc::clone(self);
            tokio::spawn(async move { sweeper.sweep().await });
        }
    }

    /// Gives up what is held too long, until nothing is held.
    async fn sweep(&self) {
        while let Some(first) = self.earliest() {
            self.clock.sleep_until(first).await;
            let now = self.clock.now();
            let late: Vec<String> = {
                let held = self.lock();
                let late = held.iter().filter(|(_, until)| **until <= now);
                late.map(|(id, _)| id.clone()).collect()
            };
            for id in late {
                self.done(&id);
            }
        }
    }

    fn earliest(&self) -> Option<DateTime<Utc>> {
        self.lock().values().min().copied()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, DateTime<Utc>>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
