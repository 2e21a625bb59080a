//! Statuses and messages of one client, from their arrival until they are durable.
//!
//! The library acknowledges a status when it arrives, before any handler was called, so that WhatsApp does not keep what
//! the library will drop. So the barrier is held from the raw stanza on, until the status is committed. If it cannot be,
//! the barrier is poisoned, and WhatsApp delivers the status again on the next connection.
//!
//! The library then recognises the status as a duplicate and passes it over in silence, though no handler ever saw it.
//! But it kept a copy before it handed the status over, and removes that only afterwards. Copies that an earlier client
//! left are read before a client connects ([`OrphanedStatus`]), and committed here when their stanza comes again, which
//! says when the status was posted. A copy without a stanza (the acknowledgement had left, and then the server died) is
//! committed when the account is online.
//!
//! The library drops some statuses without a word: those that it knows, those without a key. So a hold times out while
//! the library hands nothing over and waits for nothing ([`PendingStatuses`]).
//!
//! What the library does hand over, of whatever kind, it may forget at once and go on with the next: the barrier and the
//! copies are kept until all of that is durable ([`Handover`]).

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use tracing::{Instrument as _, warn};
use whatsapp_rust::Client;
use whatsapp_rust::types::events::InboundMessage;
use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::messages::parse_message_info;
use whatsapp_rust::wacore_binary::OwnedNodeRef;

use super::ack_barrier::AckBarrier;
use super::handover::Handover;
use super::ingest_queue::IngestQueue;
use super::owner::owner_of;
use super::pending_statuses::PendingStatuses;
use super::recent_messages::RecentMessages;
use crate::clock::SharedClock;
use crate::whatsapp::store::{OrphanedStatus, Store};
use crate::whatsapp::translate;

/// Chat from which every status comes.
const STATUS_CHAT: &str = "status@broadcast";
/// WhatsApp keeps a status for a day; the library drops older ones.
const STATUS_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// Everything of one client that arrived and is not durable yet.
pub(super) struct InboundHolds {
    barrier: Arc<AckBarrier>,
    clock: SharedClock,
    queue: IngestQueue,
    store: Arc<Store>,
    recent: Arc<RecentMessages>,
    pending: Mutex<PendingStatuses>,
    /// Statuses that earlier clients buffered and did not commit, by WhatsApp's id.
    orphaned: Mutex<HashMap<String, OrphanedStatus>>,
}

impl InboundHolds {
    pub(super) fn new(
        barrier: Arc<AckBarrier>,
        clock: SharedClock,
        queue: IngestQueue,
        store: Arc<Store>,
        recent: Arc<RecentMessages>,
    ) -> Self {
        Self {
            barrier,
            clock,
            queue,
            store,
            recent,
            pending: Mutex::default(),
            orphaned: Mutex::default(),
        }
    }

    /// Expects the statuses that an earlier run received and did not record.
    pub(super) fn expect_orphaned(&self, orphaned: Vec<OrphanedStatus>) {
        let by_id = orphaned.into_iter().map(|status| (status.id.clone(), status));
        self.orphaned.lock().extend(by_id);
    }

    /// Notes that a message arrives, before the library decrypts it.
    pub(super) fn note_arrival(&self, chat: &str, id: &str) {
        self.store.note_arrival(chat, id);
    }

    /// Holds the barrier for a status, before the library acts on its stanza. Other stanzas are ignored.
    pub(super) fn on_stanza(self: &Arc<Self>, stanza: &OwnedNodeRef, client: &Arc<Client>) {
        let node = stanza.get();
        let is_status = node
            .get_attr("from")
            .is_some_and(|from| from.as_str() == STATUS_CHAT);
        if !is_status || !matches!(stanza.tag(), "message" | "status") {
            return;
        }
        let (own, lid) = (client.pn().unwrap_or_default(), client.lid());
        let Ok(info) = parse_message_info(node, &own, lid.as_ref()) else {
            return;
        };
        let now = self.clock.now();
        let is_alive = now - info.timestamp < STATUS_LIFETIME;
        if !is_alive || self.is_known(&info) {
            return;
        }
        let orphaned = self.orphaned.lock().remove(&info.id);
        match orphaned {
            None => self.hold(info.id, now),
            Some(status) => {
                let (holds, client, hold) = (Arc::clone(self), Arc::clone(client), self.barrier.hold());
                let work = async move {
                    if holds.recover(status, &info, &client).await {
                        hold.release();
                    } else {
                        hold.poison("a status could not be committed");
                    }
                };
                tokio::spawn(work.in_current_span());
            }
        }
    }

    /// Commits the remaining orphaned statuses: the account is online, so every stanza that comes again has come.
    pub(super) fn on_online(self: &Arc<Self>, client: &Arc<Client>) {
        let rest: Vec<OrphanedStatus> = self.orphaned.lock().drain().map(|(_, status)| status).collect();
        if rest.is_empty() {
            return;
        }
        let (holds, client) = (Arc::clone(self), Arc::clone(client));
        let work = async move {
            for status in rest {
                let info = status.info(&client);
                if !holds.recover(status, &info, &client).await {
                    holds.barrier.poison("a status could not be committed");
                    return;
                }
            }
        };
        tokio::spawn(work.in_current_span());
    }

    /// Marks the library as waiting for us while the returned guard lives: nothing times out meanwhile.
    pub(super) fn wait_guard(&self) -> impl Drop + Send + use<> {
        self.store.wait_guard()
    }

    /// Returns true when the message was handed over before, so that this is a second delivery of it.
    pub(super) fn is_known(&self, message: &MessageInfo) -> bool {
        self.store.keeps_copy(message) || self.recent.contains(message)
    }

    /// Takes over messages from the library, with the holds of those that are statuses.
    pub(super) fn hand_over(&self, messages: &[&InboundMessage]) -> Handover {
        let messages: Vec<_> = messages.iter().map(|message| Arc::clone(&message.info)).collect();
        let pending = &mut *self.pending.lock();
        pending.record_progress(self.clock.now());
        let mut holds = vec![self.barrier.hold()];
        holds.extend(
            messages
                .iter()
                .filter_map(|message| pending.hand_over(&message.id)),
        );
        Handover {
            holds,
            copies: self.store.keep_copies(messages.iter().map(Arc::as_ref)),
            messages,
            barrier: Arc::clone(&self.barrier),
            recent: Arc::clone(&self.recent),
            store: Arc::clone(&self.store),
        }
    }

    /// Releases the hold of one status: nothing of it is kept, or the library must send before it can be kept.
    pub(super) fn release(&self, id: &str) {
        let hold = self.pending.lock().remove(id);
        if let Some(hold) = hold {
            hold.release();
        }
    }

    /// Commits a status that an earlier client left. Returns false when that fails.
    async fn recover(&self, status: OrphanedStatus, info: &MessageInfo, client: &Client) -> bool {
        let events: Vec<_> = match status.message() {
            Some(message) => translate::message(info, &message, &owner_of(client))
                .into_iter()
                .collect(),
            None => {
                warn!(account.id = %self.store.account(), status.id = %status.id, "the buffered copy of a status does not decode and is dropped");
                Vec::new()
            }
        };
        if !events.is_empty() && !self.queue.ingest(events).await {
            return false;
        }
        self.store.remove_orphaned(&status);
        self.recent.add(info);
        true
    }

    fn hold(self: &Arc<Self>, id: String, arrived_at: DateTime<Utc>) {
        let was_empty = {
            let pending = &mut *self.pending.lock();
            let was_empty = pending.is_empty();
            if !pending.add(id, arrived_at, || self.barrier.hold()) {
                self.barrier
                    .poison("more statuses arrived at once than can be handed over in time");
            }
            was_empty
        };
        if was_empty {
            let sweeper = Arc::clone(self);
            tokio::spawn(async move { sweeper.release_overdue().await });
        }
    }

    /// Releases holds that time out, until nothing is held.
    async fn release_overdue(&self) {
        loop {
            let Some(deadline) = self.pending.lock().first_deadline() else {
                return;
            };
            self.clock.sleep_until(deadline).await;
            let now = self.clock.now();
            let pending = &mut *self.pending.lock();
            if self.store.is_library_waiting() {
                pending.record_progress(now);
            }
            for hold in pending.take_overdue(now) {
                hold.release();
            }
        }
    }
}
