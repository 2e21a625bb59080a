use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::ack_barrier::{AckBarrier, AckHold};
use super::current_store::CurrentStore;
use super::handover::Handover;
use super::lost_updates::LostUpdates;
use super::on_durable::OnDurable;
use crate::event::Event;

/// Number of batches that can wait. The library reports a whole address book at once, one entry a batch. When the queue
/// is full, the client's barrier is poisoned and WhatsApp delivers again, or sends the updates again.
pub(super) const CAPACITY: usize = 32 * 1024;
/// Most batches that go into one transaction.
pub(super) const MAX_BATCH: usize = 128;
/// Most batches of messages by which the client can be ahead of the database: as many as go into two transactions.
const MAX_BATCHES_AHEAD: usize = 2 * MAX_BATCH;

/// Events that are committed together, and what follows.
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// The time at which WhatsApp delivered them; none for what the session tells of itself.
    pub(super) arrived: Option<Instant>,
    /// Time that the library took to decrypt them, where it is known.
    pub(super) decryption: Option<Duration>,
    pub(super) on_durable: OnDurable,
}

/// Sending end of the queue. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::whatsapp) struct IngestQueue {
    batches: mpsc::Sender<Batch>,
    lost: Arc<LostUpdates>,
    ahead: Arc<Semaphore>,
    /// What it has in memory alone is stored with the events.
    pub(super) store: CurrentStore,
}

impl IngestQueue {
    /// An empty queue, and its receiving end.
    pub(super) fn new() -> (Self, mpsc::Receiver<Batch>) {
        let (batches, received) = mpsc::channel(CAPACITY);
        let queue = Self {
            batches,
            lost: Arc::default(),
            ahead: Arc::new(Semaphore::new(MAX_BATCHES_AHEAD)),
            store: CurrentStore::default(),
        };
        (queue, received)
    }

    /// Queues a hold on the client's barrier, until what the client's store has in memory alone is stored.
    pub(super) fn push_hold(&self, barrier: &AckBarrier, hold: AckHold) {
        self.push(barrier, hold, Vec::new(), None);
    }

    /// Queues events of a handler that cannot wait: the client's barrier is held until they are durable.
    pub(super) fn push_held(&self, barrier: &Arc<AckBarrier>, events: Vec<Event>) {
        self.push(barrier, barrier.hold(), events, Some(Instant::now()));
    }

    fn push(&self, barrier: &AckBarrier, hold: AckHold, events: Vec<Event>, arrived: Option<Instant>) {
        let batch = Batch {
            events,
            arrived,
            decryption: None,
            on_durable: OnDurable::Release(hold),
        };
        if let Err(refused) = self.batches.try_send(batch) {
            barrier.poison("the queue is full: more arrived at once than can be committed in time");
            drop(refused);
        }
    }

    /// Queues contacts or mutes of a handler that cannot wait. They answer a query, so no acknowledgement waits for
    /// them; when they are lost, WhatsApp is asked for all of them again.
    pub(super) fn push_updates(&self, barrier: &Arc<AckBarrier>, events: Vec<Event>) {
        let batch = Batch {
            events,
            arrived: Some(Instant::now()),
            decryption: None,
            on_durable: OnDurable::Resync(Arc::clone(&self.lost), Arc::clone(barrier)),
        };
        if self.batches.try_send(batch).is_err() {
            self.lost.record(barrier);
        }
    }

    /// Returns true when contacts or mutes were lost and WhatsApp was not asked for them again.
    pub(super) fn has_lost_updates(&self) -> bool {
        self.lost.are_any()
    }

    /// Records that WhatsApp will be asked for all contacts and mutes again.
    pub(super) fn record_resync(&self) {
        self.lost.record_resync();
    }

    /// Queues messages that the library hands over after `decryption`: it can go on, but its acknowledgements wait until they
    /// are durable. Waits while the database is too far behind. Returns false when the session is over; then the barrier is
    /// poisoned.
    pub(super) async fn push_handover(
        &self,
        events: Vec<Event>,
        handover: Handover,
        decryption: Option<Duration>,
    ) -> bool {
        let arrived = Instant::now();
        let Ok(place) = Arc::clone(&self.ahead).acquire_owned().await else {
            return false;
        };
        let batch = Batch {
            events,
            arrived: Some(arrived),
            decryption,
            on_durable: OnDurable::Handover {
                handover,
                _place: place,
            },
        };
        self.batches.send(batch).await.is_ok()
    }

    /// Waits until everything that was queued so far is durable, or was given up.
    pub(in crate::whatsapp) async fn wait_until_committed(&self) {
        self.ingest(Vec::new()).await;
    }

    /// Queues events and waits until they are durable. Returns false when they could not be made so.
    pub(in crate::whatsapp) async fn ingest(&self, events: Vec<Event>) -> bool {
        let (result, committed) = oneshot::channel();
        let batch = Batch {
            events,
            arrived: None,
            decryption: None,
            on_durable: OnDurable::Report(result),
        };
        self.batches.send(batch).await.is_ok() && committed.await.unwrap_or(false)
    }
}

#[cfg(test)]
impl IngestQueue {
    pub(super) fn free_places(&self) -> usize {
        self.batches.capacity()
    }
}
