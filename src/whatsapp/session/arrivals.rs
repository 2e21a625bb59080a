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
//! The library drops some statuses without a word: those that it knows, those without a key. So nothing is held for long
//! while the library hands nothing over and waits for nothing.
//!
//! What it does hand over, of whatever kind, it may forget at once and go on with the next: the gate and the copy are kept
//! until all of that is durable ([`Handed`]).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;
use whatsapp_rust::Client;
use whatsapp_rust::types::events::InboundMessage;
use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::messages::parse_message_info;
use whatsapp_rust::wacore_binary::{Jid, OwnedNodeRef};

use super::ear::owner;
use super::gate::{Gate, Hold};
use super::intake::Intake;
use crate::clock::SharedClock;
use crate::whatsapp::store::{Copies, Leftover, Store};
use crate::whatsapp::translate;

/// How long the gate is held for one status. A backlog is committed every three seconds.
const PATIENCE: TimeDelta = TimeDelta::seconds(6);
/// Where statuses come from.
const STATUSES: &str = "status@broadcast";
/// WhatsApp keeps a status for a day; the library drops what is older.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// How many messages are remembered as taken in, so that a second copy of them is nothing new.
const REMEMBERED: usize = 256;

/// The last messages that a session took in, over all its clients.
#[derive(Debug, Default)]
pub(super) struct TakenIn(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    order: VecDeque<String>,
    /// By WhatsApp's id: the chat and the sender, for others may use the same id.
    places: HashMap<String, (Jid, Jid)>,
}

impl TakenIn {
    fn has(&self, message: &MessageInfo) -> bool {
        let source = &message.source;
        let remembered = lock(&self.0);
        let place = remembered.places.get(&message.id);
        place.is_some_and(|(chat, sender)| *chat == source.chat && *sender == source.sender)
    }

    fn add(&self, message: &MessageInfo) {
        let remembered = &mut *lock(&self.0);
        let place = (message.source.chat.clone(), message.source.sender.clone());
        if remembered.places.insert(message.id.clone(), place).is_none() {
            remembered.order.push_back(message.id.clone());
        }
        if remembered.order.len() > REMEMBERED
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.places.remove(&oldest);
        }
    }
}

/// The statuses of one client that are not durable yet.
pub(super) struct Arrivals {
    gate: Arc<Gate>,
    clock: SharedClock,
    intake: Intake,
    store: Arc<Store>,
    taken_in: Arc<TakenIn>,
    held: Mutex<Held>,
    /// By WhatsApp's id: what earlier clients left.
    leftovers: Mutex<HashMap<String, Leftover>>,
}

/// What the library has not handed over yet.
#[derive(Default)]
struct Held {
    /// By WhatsApp's id.
    statuses: HashMap<String, Arrival>,
    /// When the status that was last handed over had arrived: the library takes one after the other.
    passed: DateTime<Utc>,
    /// When the library last handed something over.
    progress: DateTime<Utc>,
}

/// A status that arrived.
struct Arrival {
    at: DateTime<Utc>,
    hold: Hold,
}

impl Held {
    /// When a status that arrived at `at` is given up. Those that the library has not come to yet wait as long as it
    /// comes nearer.
    fn until(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let since = if at >= self.passed {
            at.max(self.progress)
        } else {
            at
        };
        since + PATIENCE
    }

    /// When the first is given up.
    fn earliest(&self) -> Option<DateTime<Utc>> {
        self.statuses.values().map(|status| self.until(status.at)).min()
    }

    /// Takes out those that are to be given up.
    fn give_up(&mut self, now: DateTime<Utc>) -> Vec<Hold> {
        let late: Vec<String> = self
            .statuses
            .iter()
            .filter(|(_, status)| self.until(status.at) <= now)
            .map(|(id, _)| id.clone())
            .collect();
        late.iter()
            .filter_map(|id| self.statuses.remove(id))
            .map(|status| status.hold)
            .collect()
    }
}

/// Messages that the library handed over. It goes on, but what it says of them waits until they are durable, and so do
/// its copies of them.
pub(super) struct Handed {
    arrivals: Arc<Arrivals>,
    messages: Vec<Arc<MessageInfo>>,
    /// What holds the gate: since they arrived, and since they were handed over.
    holds: Vec<Hold>,
    copies: Copies,
}

impl Handed {
    /// They are durable. What is left to do is [`Handed::forget`].
    pub(super) fn settle(&mut self) {
        for message in &self.messages {
            self.arrivals.taken_in.add(message);
        }
        for hold in self.holds.drain(..) {
            hold.release();
        }
    }

    /// They cannot be made durable.
    pub(super) fn smash(self, reason: &str) {
        self.arrivals.gate.smash(reason);
    }

    /// Deletable the copies of what is settled, of all at once.
    pub(super) async fn forget(settled: Vec<Self>) {
        // All are of one account, whichever client they came from; the last one's is the one that works on.
        let Some(store) = settled.last().map(|handed| Arc::clone(&handed.arrivals.store)) else {
            return;
        };
        let copies: Copies = settled.into_iter().map(|handed| handed.copies).collect();
        if let Err(error) = store.remove_copies(copies).await {
            // They may be played once more, which changes nothing.
            warn!(%error, "the copies of messages that are kept could not be removed");
        }
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
        if !is_kept || self.knows(&info) {
            return;
        }
        let left = lock(&self.leftovers).remove(&info.id);
        match left {
            None => self.hold(info.id, now),
            Some(left) => {
                let (arrivals, client, hold) = (Arc::clone(self), Arc::clone(client), self.gate.hold());
                tokio::spawn(async move {
                    if arrivals.recover(left, &info, &client).await {
                        hold.release();
                    } else {
                        hold.smash("a status could not be kept");
                    }
                });
            }
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
                if !arrivals.recover(left, &info, &client).await {
                    arrivals.gate.smash("a status could not be kept");
                    return;
                }
            }
        });
    }

    /// Something is being handed over, which may last: meanwhile nothing is given up.
    pub(super) fn busy(&self) -> impl Drop + Send + use<> {
        self.store.busy()
    }

    /// Whether the message was handed over before: it was delivered twice.
    pub(super) fn knows(&self, message: &MessageInfo) -> bool {
        self.store.keeps_copy(message) || self.taken_in.has(message)
    }

    /// The library hands messages over.
    pub(super) fn hand_over(self: &Arc<Self>, messages: &[&InboundMessage]) -> Handed {
        let messages: Vec<_> = messages.iter().map(|message| Arc::clone(&message.info)).collect();
        let held = &mut *lock(&self.held);
        held.progress = self.clock.now();
        let mut holds = vec![self.gate.hold()];
        for message in &messages {
            if let Some(status) = held.statuses.remove(&message.id) {
                held.passed = held.passed.max(status.at);
                holds.push(status.hold);
            }
        }
        Handed {
            arrivals: Arc::clone(self),
            holds,
            copies: self.store.keep_copies(messages.iter().map(Arc::as_ref)),
            messages,
        }
    }

    /// The gate is not held for this one: there is nothing to keep, or the library must speak before it can be kept.
    pub(super) fn let_go(&self, id: &str) {
        let held = lock(&self.held).statuses.remove(id);
        if let Some(status) = held {
            status.hold.release();
        }
    }

    /// Takes in what an earlier client left. False when that cannot be.
    async fn recover(&self, left: Leftover, info: &MessageInfo, client: &Client) -> bool {
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
            return false;
        }
        if let Err(error) = self.store.forget(&left).await {
            // It will be taken in again, which changes nothing.
            warn!(status.id = %left.id, %error, "the copy of a status could not be removed");
        }
        self.taken_in.add(info);
        true
    }

    fn hold(self: &Arc<Self>, id: String, at: DateTime<Utc>) {
        let was_empty = {
            let held = &mut *lock(&self.held);
            let was_empty = held.statuses.is_empty();
            held.statuses.entry(id).or_insert_with(|| Arrival {
                at,
                hold: self.gate.hold(),
            });
            was_empty
        };
        if was_empty {
            let sweeper = Arc::clone(self);
            tokio::spawn(async move { sweeper.sweep().await });
        }
    }

    /// Gives up what is held too long, until nothing is held.
    async fn sweep(&self) {
        loop {
            let Some(first) = lock(&self.held).earliest() else {
                return;
            };
            self.clock.sleep_until(first).await;
            let now = self.clock.now();
            let held = &mut *lock(&self.held);
            if self.store.is_busy() {
                held.progress = now;
            }
            for hold in held.give_up(now) {
                hold.release();
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
