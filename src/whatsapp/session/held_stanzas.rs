//! Stanzas that the library holds, and the bound on them.
//!
//! The library queues messages by chat and acknowledgements for the socket, and bounds neither queue. So it is bounded what
//! it is given: while it holds too many stanzas, nothing more is read from the socket, and WhatsApp keeps the rest.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tracing::warn;
use whatsapp_rust::OwnedNodeRef;
use whatsapp_rust::async_channel::{Receiver, Sender};
use whatsapp_rust::wacore::net::TransportEvent;

/// Number of stanzas that the library may hold: many times what WhatsApp sends at once of a backlog.
const CAPACITY: usize = 2_048;
/// Number of stanzas for which there is room before it is looked which of them the library let go.
const LEAST_ROOM: usize = 64;
/// Interval of the looks while there is no room: the library does not tell when it lets a stanza go.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Stanzas that the library was given and did not let go yet, of one client.
#[derive(Debug, Default)]
pub(super) struct HeldStanzas(Mutex<Vec<Weak<OwnedNodeRef>>>);

impl HeldStanzas {
    /// Adds a stanza that the library was given.
    pub(super) fn add(&self, stanza: &Arc<OwnedNodeRef>) {
        let mut held = self.0.lock();
        if held.len() == held.capacity() {
            forget_released(&mut held);
            let more = held.len().max(LEAST_ROOM);
            held.reserve(more);
        }
        held.push(Arc::downgrade(stanza));
    }

    /// Passes on what the socket receives. When the library holds too much, nothing more is read until it let half of that
    /// go. Ends when one of the two ends is gone.
    pub(super) async fn pass_on(&self, received: Receiver<TransportEvent>, library: Sender<TransportEvent>) {
        while let Ok(event) = received.recv().await {
            if self.count() >= CAPACITY {
                warn!("WhatsApp waits: {CAPACITY} of its stanzas are not processed yet");
                while self.count() > CAPACITY / 2 && !library.is_closed() {
                    tokio::time::sleep(LOOK_INTERVAL).await;
                }
            }
            if library.send(event).await.is_err() {
                return;
            }
        }
    }

    /// Number of stanzas that the library holds; more than that while they are few.
    fn count(&self) -> usize {
        let mut held = self.0.lock();
        if held.len() > CAPACITY / 2 {
            forget_released(&mut held);
        }
        held.len()
    }
}

fn forget_released(held: &mut Vec<Weak<OwnedNodeRef>>) {
    held.retain(|stanza| stanza.strong_count() > 0);
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::time::timeout;
    use whatsapp_rust::NodeBuilder;
    use whatsapp_rust::async_channel::bounded;
    use whatsapp_rust::wacore_binary::marshal::marshal;

    use super::*;

    fn stanza() -> Arc<OwnedNodeRef> {
        let bytes = marshal(&NodeBuilder::new("message").build()).unwrap();
        // The first byte says whether the rest is compressed.
        Arc::new(OwnedNodeRef::new(bytes[1..].to_vec()).unwrap())
    }

    #[tokio::test]
    async fn nothing_more_is_read_while_the_library_holds_too_many_stanzas() {
        let held = HeldStanzas::default();
        let mut stanzas: Vec<_> = (0..CAPACITY).map(|_| stanza()).collect();
        for stanza in &stanzas {
            held.add(stanza);
        }
        let ((socket, received), (library, read)) = (bounded(1), bounded(1));
        let mut passing = Box::pin(held.pass_on(received, library));
        socket.send(TransportEvent::Connected).await.unwrap();
        assert!((&mut passing).now_or_never().is_none());
        assert!(read.is_empty(), "the library has enough");

        stanzas.truncate(CAPACITY / 2);
        let passed = async {
            tokio::select! {
                () = &mut passing => panic!("both ends are there"),
                passed = read.recv() => passed,
            }
        };

        let passed = timeout(Duration::from_secs(30), passed).await;
        assert!(matches!(passed, Ok(Ok(TransportEvent::Connected))));
        drop(read);
        socket.send(TransportEvent::Connected).await.unwrap();
        let ended = timeout(Duration::from_secs(30), passing).await;
        ended.expect("it ends with the library");
    }

    #[test]
    fn stanzas_that_the_library_let_go_take_no_room() {
        let held = HeldStanzas::default();

        for _ in 0..3 * CAPACITY {
            held.add(&stanza());
        }

        assert!(held.count() < CAPACITY / 2);
        assert!(held.0.lock().capacity() <= 2 * LEAST_ROOM);
    }
}
