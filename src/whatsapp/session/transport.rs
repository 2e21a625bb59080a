//! Sockets of one client: dialled by the library, observed and held back by the session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use whatsapp_rust::anyhow::{Result, anyhow};
use whatsapp_rust::async_channel;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::wacore::net::{Transport, TransportEvent, TransportFactory};

use super::ack_barrier::AckBarrier;
use super::held_stanzas::HeldStanzas;
use super::ingest_queue::IngestQueue;
use super::link_signal::{LinkSignal, LinkSignals};
use crate::whatsapp::lease::Lease;
use crate::whatsapp::store::Store;

/// Error of what is not sent any more.
const LEASE_OVER: &str = "the lease of the account is over, and another node may run it";

/// Switch that allows or forbids the library to reconnect by itself when a connection ends.
///
/// It is allowed after an end that the library brought about (the restart after pairing, a socket that it found dead),
/// because the work that waits for a connection would give up otherwise. It is forbidden after any other end: the
/// session backs off then and reports it. So the switch is on while a connection is up, and off whenever one is dialled
/// or lost.
#[derive(Debug, Clone, Default)]
pub(super) struct ReconnectSwitch {
    library: Arc<OnceLock<Arc<AtomicBool>>>,
}

impl ReconnectSwitch {
    /// Takes control of the library's own switch and turns it off.
    pub(super) fn attach(&self, switch: Arc<AtomicBool>) {
        switch.store(false, Ordering::Relaxed);
        // One client has one switch.
        let _ = self.library.set(switch);
    }

    /// Forbids reconnecting. Returns true when it was allowed until now.
    pub(super) fn forbid(&self) -> bool {
        let library = self.library.get();
        library.is_some_and(|switch| switch.swap(false, Ordering::Relaxed))
    }

    /// Allows or forbids reconnecting. Does nothing before [`Self::attach`].
    pub(super) fn set(&self, is_allowed: bool) {
        if let Some(switch) = self.library.get() {
            switch.store(is_allowed, Ordering::Relaxed);
        }
    }
}

/// Reason for which the last dial failed; None when it succeeded or none was made. Shared with the session.
pub(super) type DialError = Arc<Mutex<Option<String>>>;

/// What each frame of one client waits for.
#[derive(Clone)]
pub(super) struct FrameGate {
    pub(super) barrier: Arc<AckBarrier>,
    pub(super) queue: IngestQueue,
    pub(super) store: Arc<Store>,
}

impl FrameGate {
    /// Waits for the events that came before, and for the ratchets that were given before: what WhatsApp and contacts see of a
    /// ratchet has to outlast a crash. Returns false when the frame must not leave.
    async fn wait(&self) -> bool {
        if let Some(hold) = self.store.hold_for_ratchets(|| self.barrier.hold()) {
            self.queue.push_hold(&self.barrier, hold);
        }
        self.barrier.wait_clear().await
    }
}

/// Dials for one client.
pub(super) struct GatedTransportFactory {
    sockets: TokioWebSocketTransportFactory,
    gate: FrameGate,
    reconnect: ReconnectSwitch,
    signals: LinkSignals,
    stanzas: Arc<HeldStanzas>,
    dial_error: DialError,
    lease: Lease,
}

impl GatedTransportFactory {
    pub(super) fn new(
        url: &str,
        gate: FrameGate,
        reconnect: ReconnectSwitch,
        signals: LinkSignals,
        stanzas: Arc<HeldStanzas>,
        lease: Lease,
    ) -> Self {
        Self {
            sockets: TokioWebSocketTransportFactory::new().with_url(url),
            gate,
            reconnect,
            signals,
            stanzas,
            dial_error: Arc::default(),
            lease,
        }
    }

    pub(super) fn dial_error(&self) -> DialError {
        Arc::clone(&self.dial_error)
    }
}

#[async_trait]
impl TransportFactory for GatedTransportFactory {
    async fn create_transport(
        &self,
    ) -> Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        self.reconnect.set(false);
        if !self.lease.is_live() {
            return Err(anyhow!(LEASE_OVER));
        }
        *self.dial_error.lock() = Some("WhatsApp did not answer".to_owned());
        self.signals.send(LinkSignal::Dialling);
        match self.sockets.create_transport().await {
            Ok((socket, events)) => {
                *self.dial_error.lock() = None;
                let closer = tokio::spawn(close_with_lease(self.lease.clone(), Arc::clone(&socket)));
                let transport = GatedTransport {
                    socket,
                    gate: self.gate.clone(),
                    lease: self.lease.clone(),
                    _closer: AbortOnDropHandle::new(closer),
                };
                let (passed_on, to_read) = async_channel::bounded(1);
                let stanzas = Arc::clone(&self.stanzas);
                let passing = async move { stanzas.pass_on(events, passed_on).await };
                tokio::spawn(passing.in_current_span());
                Ok((Arc::new(transport), to_read))
            }
            Err(error) => {
                *self.dial_error.lock() = Some(format!("no connection to WhatsApp: {error:#}"));
                Err(error)
            }
        }
    }
}

/// Closes a socket when the lease is over, whatever the session is doing then.
async fn close_with_lease(lease: Lease, socket: Arc<dyn Transport>) {
    lease.over().await;
    socket.disconnect().await;
}

/// Socket whose frames wait at the [`FrameGate`], and leave only while the lease is held.
struct GatedTransport {
    socket: Arc<dyn Transport>,
    gate: FrameGate,
    lease: Lease,
    _closer: AbortOnDropHandle<()>,
}

#[async_trait]
impl Transport for GatedTransport {
    async fn send(&self, data: Bytes) -> Result<()> {
        if !self.gate.wait().await {
            return Err(anyhow!(
                "the session gave this connection up, because a received event was not committed"
            ));
        }
        // Last, because the wait may be long, and a process may be stopped in it.
        if !self.lease.is_live() {
            return Err(anyhow!(LEASE_OVER));
        }
        self.socket.send(data).await
    }

    async fn disconnect(&self) {
        self.socket.disconnect().await;
    }
}
