//! Statuses, from their arrival until they are durable.
//!
//! The library acknowledges a status when it arrives, before anybody was told of it, so that WhatsApp does not keep what
//! the library will drop. So the gate is held from the raw stanza on, until the status was taken in. If it cannot be, the
//! gate breaks, and WhatsApp delivers the status again on the next connection.
//!
//! The library then takes it for one that it knows and says nothing, though nobody was told. But it kept a copy before it
//! gave the status to us, and removes that only afterwards. What is left of those copies is read before a client
//! connects ([`Leftover`]), and taken in here when the stanza comes again, which says when it was posted. A copy without
//! a stanza (the acknowledgement had left, and then the server died) is taken in when the account is online.
//!
//! The library drops some statuses without a word: those that it knows, those without a key. So nothing is held for long,
//! unless something is just being taken in.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;
use whatsapp_rust::Client;
use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::messages::parse_message_info;
use whatsapp_rust::wacore_binary::OwnedNodeRef;

use super::ear::owner;
use super::gate::Gate;
use super::intake::Intake;
use crate::clock::SharedClock;
use crate::whatsapp::store::{Leftover, Store};
use crate::whatsapp::translate;

/// How long the gate is held for one status. A backlog is committed every three seconds.
const PATIENCE: TimeDelta = TimeDelta::seconds(6);
/// Where statuses come from.
const STATUSES: &str = "status@broadcast";
/// WhatsApp keeps a status for a day; the library drops what is older.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// How many statuses are remembered as taken in, so that a second copy of them holds nothing.
const REMEMBERED: usize = 512;

/// The ids of the last statuses that a session took in, over all its clients.
#[derive(Debug, Default)]
pub(super) struct TakenIn(Mutex<(VecDeque<String>, HashSet<String>)>);

impl TakenIn {
    fn has(&self, id: &str) -> bool {
        self.lock().1.contains(id)
    }

    fn add(&self, id: &str) {
        let (order, ids) = &mut *self.lock();
        if ids.insert(id.to_owned()) {
            order.push_back(id.to_owned());
        }
        if order.len() > REMEMBERED
            && let Some(oldest) = order.pop_front()
        {
            ids.remove(&oldest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, (VecDeque<String>, HashSet<String>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The statuses of one client that are not durable yet.
pub(super) struct Arrivals {
    gate: Arc<Gate>,
    clock: SharedClock,
    intake: Intake,
    store: Arc<Store>,
    taken_in: Arc<TakenIn>,
    /// By WhatsApp's id: until when the gate is held.
    held: Mutex<HashMap<String, DateTime<Utc>>>,
    /// By WhatsApp's id: what earlier clients left.
    leftovers: Mutex<HashMap<String, Leftover>>,
    /// How many batches are just being taken in.
    busy: AtomicUsize,
}

/// While it lives, something is being taken in.
pub(super) struct Busy<'a>(&'a Arrivals);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Arrivals {
    pub(super) fn new(
        gate: Arc<Gate>,
        clock: SharedClock,
        intake: Intake,
        store: Arc<Store>,
        taken_in: Arc<TakenIn>,
        leftovers: Vec<Leftover>,
    ) -> Self {
        let by_id = leftovers.into_iter().map(|left| (left.id.clone(), left));
        Self {
            gate,
            clock,
            intake,
            store,
            taken_in,
            held: Mutex::default(),
            leftovers: Mutex::new(by_id.collect()),
            busy: AtomicUsize::new(0),
        }
    }

    /// Takes note of a stanza, before the library acts on it.
    pub(super) fn arrives(self: &Arc<Self>, stanza: &OwnedNodeRef, client: &Arc<Client>) {
        let node = stanza.get();
        let is_status = node
            .get_attr("from")
            .is_some_and(|from| from.as_str() == STATUSES);
        if !is_status || !matches!(stanza.tag(), "message" | "status") {
            return;
        }
        let (own, lid) = (client.pn().unwrap_or_default(), client.lid());
        let Ok(info) = parse_message_info(node, &own, lid.as_ref()) else {
            return;
        };
        let now = self.clock.now();
        let is_kept = now - info.timestamp < KEPT_FOR;
        if !is_kept || self.taken_in.has(&info.id) {
            return;
        }
        self.hold(info.id.clone(), now + PATIENCE);
        let left = lock(&self.leftovers).remove(&info.id);
        if let Some(left) = left {
            let (arrivals, client) = (Arc::clone(self), Arc::clone(client));
            tokio::spawn(async move { arrivals.recover(left, &info, &client).await });
        }
    }

    /// The account is online, and whatever comes again by itself has come: the rest is taken in without.
    pub(super) fn is_online(self: &Arc<Self>, client: &Arc<Client>) {
        let rest: Vec<Leftover> = lock(&self.leftovers).drain().map(|(_, left)| left).collect();
        if rest.is_empty() {
            return;
        }
        let (arrivals, client) = (Arc::clone(self), Arc::clone(client));
        tokio::spawn(async move {
            for left in rest {
                let info = left.info(&client);
                arrivals.recover(left, &info, &client).await;
            }
        });
    }

    /// Something is being taken in, which may last: meanwhile nothing is given up.
    pub(super) fn busy(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    /// The message was taken in.
    pub(super) fn taken_in(&self, id: &str) {
        if self.let_go(id) {
            self.taken_in.add(id);
        }
    }

    /// The gate is held for this one no longer. False when it was not.
    pub(super) fn let_go(&self, id: &str) -> bool {
        let was_held = lock(&self.held).remove(id).is_some();
        if was_held {
            self.gate.release();
        }
        was_held
    }

    /// Takes in what an earlier client left.
    async fn recover(&self, left: Leftover, info: &MessageInfo, client: &Client) {
        let _busy = self.busy();
        let events: Vec<_> = match left.message() {
            Some(message) => translate::message(info, &message, &owner(client))
                .into_iter()
                .collect(),
            None => {
                warn!(status.id = %left.id, "a status that was left behind cannot be read");
                Vec::new()
            }
        };
        if !events.is_empty() && !self.intake.take(events).await {
            self.gate.smash("a status could not be kept");
            return;
        }
        if let Err(error) = self.store.forget(&left).await {
            // It will be taken in again, which changes nothing.
            warn!(status.id = %left.id, %error, "the copy of a status could not be removed");
        }
        self.taken_in(&left.id);
    }

    fn hold(self: &Arc<Self>, id: String, until: DateTime<Utc>) {
        let mut held = lock(&self.held);
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
            if self.busy.load(Ordering::Relaxed) > 0 {
                for until in lock(&self.held).values_mut() {
                    *until = now + PATIENCE;
                }
                continue;
            }
            let late: Vec<String> = {
                let held = lock(&self.held);
                let late = held.iter().filter(|(_, until)| **until <= now);
                late.map(|(id, _)| id.clone()).collect()
            };
            for id in late {
                self.let_go(&id);
            }
        }
    }

    fn earliest(&self) -> Option<DateTime<Utc>> {
        lock(&self.held).values().min().copied()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
