//! Handlers of everything that the library reports: events go to the queue, changes of the link to the session.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tracing::Instrument as _;
use whatsapp_rust::anyhow::{Result, anyhow};
use whatsapp_rust::types::events::{
    Event as LibraryEvent, EventHandler, EventInterest, EventKind, InboundMessage, LazyHistorySync,
};
use whatsapp_rust::wacore_binary::OwnedNodeRef;
use whatsapp_rust::waproto::whatsapp::message::HistorySyncType;
use whatsapp_rust::{Client, InboundDurabilityHook, Jid};

use super::ack_barrier::AckBarrier;
use super::acks::Acks;
use super::arrivals::Arrivals;
use super::groups::Groups;
use super::held_stanzas::HeldStanzas;
use super::inbound_holds::InboundHolds;
use super::ingest_queue::IngestQueue;
use super::link_signal::{LinkSignal, LinkSignals};
use super::owner::owner_of;
use super::transport::ReconnectSwitch;
use crate::event::{Event, Person};
use crate::metrics::Metrics;
use crate::whatsapp::translate;

/// Handlers of one client. Clones share their state.
#[derive(Clone)]
pub(super) struct EventHandlers {
    /// Set once the client exists; the library wants its handlers before.
    pub(super) client: Arc<OnceLock<Weak<Client>>>,
    pub(super) queue: IngestQueue,
    pub(super) barrier: Arc<AckBarrier>,
    pub(super) reconnect: ReconnectSwitch,
    pub(super) signals: LinkSignals,
    pub(super) stanzas: Arc<HeldStanzas>,
    pub(super) acks: Arc<Acks>,
    pub(super) inbound: Arc<InboundHolds>,
    pub(super) arrivals: Arc<Arrivals>,
    pub(super) metrics: Metrics,
    pub(super) groups: Groups,
}

#[async_trait]
impl InboundDurabilityHook for EventHandlers {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> Result<()> {
        let decryption = self.note_decryption(batch);
        let owner = owner_of(&client);
        let batch: Vec<&InboundMessage> = batch
            .iter()
            .filter(|message| !self.inbound.is_known(&message.info))
            .collect();
        let mut events: Vec<Event> = batch
            .iter()
            .filter_map(|message| translate::message(&message.info, &message.message, &owner))
            .collect();
        if events.is_empty() || events.iter().any(Groups::needs_query) {
            // There is nothing to keep; or a query must get out first, and of every status the library has its copy by
            // now.
            for message in &batch {
                self.inbound.release(&message.info.id);
            }
        }
        if events.is_empty() {
            return Ok(());
        }
        let deadline = Groups::query_deadline();
        for event in &mut events {
            self.groups.complete(event, deadline).await;
            complete_mentions(&client, event).await;
        }
        // Taken only now: a query waits as long as anything is held, and a guard would keep the holds.
        let _waiting = self.inbound.wait_guard();
        let handover = self.inbound.hand_over(&batch);
        if self.queue.push_handover(events, handover, decryption).await {
            return Ok(());
        }
        Err(anyhow!("the session is over and takes no more messages"))
    }
}

/// Adds the phone numbers of mentioned people, as far as the library learned them: a member of a group who never wrote has
/// no other name.
async fn complete_mentions(client: &Client, event: &mut Event) {
    let Event::Message(message) = event else { return };
    for person in &mut message.mentions {
        if let (Some(lid), None) = (&person.lid, &person.phone_number)
            && let Ok(Some(known)) = client.get_lid_pn_entry(&Jid::lid(lid.as_str())).await
        {
            person.phone_number = Some(known.phone_number.to_string());
        }
    }
}

impl EventHandler for EventHandlers {
    fn handle_event(&self, event: Arc<LibraryEvent>) {
        match &*event {
            LibraryEvent::Messages(batch) if !batch.hook_committed => {
                let owner = self.owner();
                self.push_held(
                    batch
                        .iter()
                        .filter_map(|m| translate::message(&m.info, &m.message, &owner)),
                );
            }
            LibraryEvent::UndecryptableMessage(notice) => {
                self.push_held(translate::without_content(notice, &self.owner()));
                self.inbound.release(&notice.info.id);
            }
            LibraryEvent::RawNode(stanza) => {
                self.stanzas.add(stanza);
                self.note_arrival(stanza);
                if let Some(client) = self.client() {
                    self.inbound.on_stanza(stanza, &client);
                }
                // The library does not tell of a stream that WhatsApp ends in order, and would wait in silence.
                if stanza.tag() == "xmlstreamend" && self.reconnect.forbid() {
                    self.signals
                        .send(LinkSignal::Lost("WhatsApp ended the connection".to_owned()));
                }
                if stanza.tag() == "receipt" {
                    self.push_held(translate::receipt_of_status(stanza.get(), &self.owner()));
                }
            }
            LibraryEvent::Receipt(receipt) => self.push_held(translate::receipt(receipt)),
            LibraryEvent::GroupUpdate(update) => {
                if let Some(group) = translate::group(&update.group_jid) {
                    self.groups.refresh(&group);
                }
            }
            LibraryEvent::ContactUpdate(update) => self.push_updates(translate::contact(update)),
            LibraryEvent::ContactNumberChanged(change) => self.push_held(translate::number_change(change)),
            LibraryEvent::BusinessStatusUpdate(update) => self.push_held(translate::verified_name(update)),
            LibraryEvent::MuteUpdate(update) => self.push_updates(translate::mute(update)),
            LibraryEvent::UserStatusMuteUpdate(update) => {
                self.push_updates(translate::mute_of_statuses(update));
            }
            LibraryEvent::HistorySync(history) => self.take_timers(history),
            LibraryEvent::ServerAck(ack) => self.acks.resolve(ack),
            LibraryEvent::Connected(_) => {
                self.reconnect.set(true);
                if let Some(client) = self.client() {
                    self.inbound.on_online(&client);
                }
                self.signals.send(LinkSignal::Online);
            }
            LibraryEvent::Disconnected(lost) => {
                self.reconnect.set(false);
                self.signals.send(LinkSignal::Lost(lost.reason.to_string()));
            }
            other => {
                if let Some(signal) = LinkSignal::from_library(other) {
                    self.signals.send(signal);
                }
            }
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::RawNode,
            EventKind::Messages,
            EventKind::UndecryptableMessage,
            EventKind::Receipt,
            EventKind::GroupUpdate,
            EventKind::ContactUpdate,
            EventKind::BusinessStatusUpdate,
            EventKind::ContactNumberChanged,
            EventKind::MuteUpdate,
            EventKind::UserStatusMuteUpdate,
            EventKind::HistorySync,
            EventKind::ServerAck,
            EventKind::Connected,
            EventKind::Disconnected,
            EventKind::PairingQrCode,
            EventKind::PairingQrCodesExhausted,
            EventKind::PairingCode,
            EventKind::PairingCodeError,
            EventKind::QrScannedWithoutMultidevice,
            EventKind::PairSuccess,
            EventKind::PairError,
            EventKind::PairPasskeyRequest,
            EventKind::PairPasskeyError,
            EventKind::SelfPushNameUpdated,
            EventKind::StreamReplaced,
            EventKind::LoggedOut,
            EventKind::TemporaryBan,
            EventKind::ClientOutdated,
            EventKind::ConnectFailure,
            EventKind::StreamError,
        ])
    }
}

impl EventHandlers {
    /// Notes that a message arrives, which the library will decrypt.
    fn note_arrival(&self, stanza: &OwnedNodeRef) {
        let node = stanza.get();
        if matches!(stanza.tag(), "message" | "status")
            && let (Some(chat), Some(id)) = (node.get_attr("from"), node.get_attr("id"))
        {
            self.arrivals.add(&id.as_str());
            self.inbound.note_arrival(&chat.as_str(), &id.as_str());
        }
    }

    /// Notes how long the messages took since they arrived; returns the longest time, where one is known.
    fn note_decryption(&self, messages: &[InboundMessage]) -> Option<Duration> {
        let times = messages
            .iter()
            .filter_map(|message| self.arrivals.take(&message.info.id))
            .inspect(|time| self.metrics.stage_seconds.note("DECRYPT", *time));
        times.max()
    }

    fn client(&self) -> Option<Arc<Client>> {
        self.client.get().and_then(Weak::upgrade)
    }

    fn owner(&self) -> Person {
        self.client().map(|client| owner_of(&client)).unwrap_or_default()
    }

    /// Queues events whose acknowledgement waits until they are durable.
    fn push_held(&self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        if !events.is_empty() {
            self.queue.push_held(&self.barrier, events);
        }
    }

    /// Queues contacts or mutes, which answer a query of the library's.
    fn push_updates(&self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        if !events.is_empty() {
            self.queue.push_updates(&self.barrier, events);
        }
    }

    /// Takes the timers of disappearing chats from the first part of the history, which tells of all chats, and lets the
    /// library skip the parts that come later. A timer that cannot be committed is learned from the chat's next message.
    fn take_timers(&self, history: &LazyHistorySync) {
        if history.sync_type() != HistorySyncType::INITIAL_BOOTSTRAP as i32 {
            return;
        }
        if let Some(client) = self.client() {
            client.set_skip_history_sync(true);
        }
        let (history, queue) = (history.clone(), self.queue.clone());
        let work = async move {
            let timers = tokio::task::spawn_blocking(move || translate::timers(&history)).await;
            if let Ok(timers) = timers
                && !timers.is_empty()
            {
                queue.ingest(timers).await;
            }
        };
        tokio::spawn(work.in_current_span());
    }
}
