//! The sockets of one client: dialled by the library, watched and held back by us.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc;
use whatsapp_rust::anyhow::{Result, anyhow};
use whatsapp_rust::async_channel;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;
use whatsapp_rust::wacore::net::{Transport, TransportEvent, TransportFactory};

use super::gate::Gate;
use super::notice::Notice;

/// Whether the library may dial again by itself when a connection ends.
///
/// It may for an end that it brought about (the restart after pairing, a socket that it found dead), because the work
/// that waits for a connection would give up otherwise. It may not after any other end: those are the session's, which
/// backs off and says so. So it is let go when a connection is up, and taken back whenever one is dialled or lost.
#[derive(Debug, Clone, Default)]
pub(super) struct Leash {
    may_redial: Arc<OnceLock<Arc<AtomicBool>>>,
}

impl Leash {
    /// Puts the library's own switch on the leash.
    pub(super) fn attach(&self, switch: Arc<AtomicBool>) {
        switch.store(false, Ordering::Relaxed);
        // One client has one leash.
        let _ = self.may_redial.set(switch);
    }

    pub(super) fn set(&self, may_redial: bool) {
        if let Some(switch) = self.may_redial.get() {
            switch.store(may_redial, Ordering::Relaxed);
        }
    }
}

/// Dials for one client.
pub(super) struct Lines {
    sockets: TokioWebSocketTransportFactory,
    gate: Arc<Gate>,
    leash: Leash,
    notices: mpsc::Sender<Notice>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Lines {
    pub(super) fn new(url: &str, gate: Arc<Gate>, leash: Leash, notices: mpsc::Sender<Notice>) -> Self {
        Self {
            sockets: TokioWebSocketTransportFactory::new().with_url(url),
            gate,
            leash,
            notices,
            failure: Arc::default(),
        }
    }

    /// Why the last dialling failed, where it did.
    pub(super) fn failure(&self) -> Arc<Mutex<Option<String>>> {
        Arc::clone(&self.failure)
    }

    fn note(&self, failure: Option<String>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

#[async_trait]
impl TransportFactory for Lines {
    async fn create_transport(
        &self,
    ) -> Result<(Arc<dyn Transport>, async_channel::Receiver<TransportEvent>)> {
        self.leash.set(false);
        self.note(Some("WhatsApp did not answer".to_owned()));
        if self.notices.try_send(Notice::Dialling).is_err() {
            self.gate.smash("the session does not keep up");
        }
        match self.sockets.create_transport().await {
            Ok((socket, events)) => {
                self.note(None);
                let line = Line {
                    socket,
                    gate: Arc::clone(&self.gate),
                };
                Ok((Arc::new(line), events))
            }
            Err(error) => {
                self.note(Some(format!("no connection to WhatsApp: {error:#}")));
                Err(error)
            }
        }
    }
}

/// A socket that says nothing while its gate is held.
struct Line {
    socket: Arc<dyn Transport>,
    gate: Arc<Gate>,
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, data: Bytes) -> Result<()> {
        if self.gate.pass().await {
            self.socket.send(data).await
        } else {
            Err(anyhow!("the session of this connection is over"))
        }
    }

    async fn disconnect(&self) {
        self.socket.disconnect().await;
    }
}
