//! Queue of one account into the sink: every event in the order in which it was received, one transaction after the
//! other.
//!
//! Live traffic comes event by event and a backlog by the hundred, so all batches that wait go into one transaction. When
//! that fails, each batch is tried on its own: one event that cannot be committed then holds back only its own batch.
//! Each batch carries its completion ([`OnDurable`]), so the queue does not know who filled it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, warn};

use super::ack_barrier::AckBarrier;
use super::handover::Handover;
use super::lost_updates::LostUpdates;
use super::on_durable::OnDurable;
use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::db::Fence;
use crate::event::Event;
use crate::metrics::Metrics;
use crate::telemetry;
use crate::whatsapp::event_sink::{EventSink, SinkError};

/// Number of batches that can wait. The library reports a whole address book at once, one entry a batch. When the queue
/// is full, the client's barrier is poisoned and WhatsApp delivers again, or sends the updates again.
const CAPACITY: usize = 32 * 1024;
/// Most batches that go into one transaction.
const MAX_BATCH: usize = 128;
/// Most batches of messages by which the client can be ahead of the database: as many as go into two transactions.
const MAX_BATCHES_AHEAD: usize = 2 * MAX_BATCH;
/// Number of tries for one batch before WhatsApp must deliver it again.
const MAX_TRIES: u32 = 3;
/// Wait between the first try and the second; the third comes after three times that.
const RETRY_WAIT: Duration = Duration::from_millis(100);

/// Events that are committed together, and what follows.
struct Batch {
    events: Vec<Event>,
    /// The time at which WhatsApp delivered them; none for what the session tells of itself.
    arrived: Option<Instant>,
    /// Time that the library took to decrypt them, where it is known.
    decryption: Option<Duration>,
    on_durable: OnDurable,
}

/// Sending end of the queue. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::whatsapp) struct IngestQueue {
    batches: mpsc::Sender<Batch>,
    lost: Arc<LostUpdates>,
    ahead: Arc<Semaphore>,
}

impl IngestQueue {
    /// Queues events of a handler that cannot wait: the client's barrier is held until they are durable.
    pub(super) fn push_held(&self, barrier: &Arc<AckBarrier>, events: Vec<Event>) {
        let batch = Batch {
            events,
            arrived: Some(Instant::now()),
            decryption: None,
            on_durable: OnDurable::Release(barrier.hold()),
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

    /// Queues messages that the library hands over after `decryption`: it can go on, but its acknowledgements wait until they are durable.
    /// Waits while the database is too far behind. Returns false when the session is over; then the barrier is poisoned.
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

/// Receiving end of the queue, which commits its batches.
pub(super) struct IngestWorker {
    account: AccountRef,
    fence: Fence,
    sink: Arc<dyn EventSink>,
    clock: SharedClock,
    metrics: Metrics,
    batches: mpsc::Receiver<Batch>,
    /// Notified after each commit, because there may be something to send.
    committed: Arc<Notify>,
}

/// Makes a queue into `sink`, which commits while `fence` holds.
pub(super) fn queue(
    account: AccountRef,
    fence: Fence,
    sink: Arc<dyn EventSink>,
    clock: SharedClock,
    metrics: Metrics,
    committed: Arc<Notify>,
) -> (IngestQueue, IngestWorker) {
    let (sender, batches) = mpsc::channel(CAPACITY);
    let worker = IngestWorker {
        account,
        fence,
        sink,
        clock,
        metrics,
        batches,
        committed,
    };
    let queue = IngestQueue {
        batches: sender,
        lost: Arc::default(),
        ahead: Arc::new(Semaphore::new(MAX_BATCHES_AHEAD)),
    };
    (queue, worker)
}

impl IngestWorker {
    /// Works until the session is `over`, and then until the queue is empty.
    pub(super) async fn run(mut self, over: CancellationToken) {
        let mut waiting = Vec::new();
        loop {
            let received = tokio::select! {
                biased;
                received = self.batches.recv_many(&mut waiting, MAX_BATCH) => received,
                () = over.cancelled(), if !self.batches.is_closed() => {
                    // A client that is slow to end may hold the sending end.
                    self.batches.close();
                    continue;
                }
            };
            if received == 0 {
                return;
            }
            let batches = std::mem::take(&mut waiting);
            let span = self.span(&batches);
            self.commit(batches).instrument(span).await;
        }
    }

    /// The span of what is done with these batches. What came before them is told by the longest time of one.
    fn span(&self, batches: &[Batch]) -> Span {
        let waits = batches.iter().filter_map(|batch| Some(batch.arrived?.elapsed()));
        let wait = waits
            .inspect(|wait| self.metrics.stage_seconds.note("WAIT", *wait))
            .max();
        let decryption = batches.iter().filter_map(|batch| batch.decryption).max();
        let milliseconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1_000.0);
        tracing::debug_span!(
            "ingest",
            user.id = %self.account.user,
            account.id = %self.account.id,
            batches = batches.len(),
            decrypt_ms = milliseconds(decryption),
            wait_ms = milliseconds(wait),
        )
    }

    async fn commit(&self, batches: Vec<Batch>) {
        if batches.len() > 1 {
            let together: Vec<Event> = batches.iter().flat_map(|batch| batch.events.clone()).collect();
            if self.try_commit(&batches, &together).await.is_ok() {
                self.committed.notify_one();
                self.note_lag(&batches);
                let durable = batches
                    .into_iter()
                    .filter_map(|batch| batch.on_durable.complete(true));
                Handover::remove_copies(durable.collect()).await;
                return;
            }
        }
        for batch in batches {
            let is_durable = self.commit_one(&batch).await;
            if is_durable {
                self.note_lag(std::slice::from_ref(&batch));
            }
            let durable = batch.on_durable.complete(is_durable);
            Handover::remove_copies(durable.into_iter().collect()).await;
        }
    }

    /// Notes how long committed batches took since they arrived.
    fn note_lag(&self, batches: &[Batch]) {
        for arrived in batches.iter().filter_map(|batch| batch.arrived) {
            self.metrics.commit_lag_seconds.note(arrived.elapsed());
        }
    }

    /// Commits the events of batches, after the secrets of their messages: once acknowledged, a message does not come again.
    async fn try_commit(&self, batches: &[Batch], events: &[Event]) -> Result<(), SinkError> {
        for store in batches.iter().filter_map(|batch| batch.on_durable.store()) {
            store.store_secrets().await?;
        }
        self.sink.ingest(self.account, &self.fence, events).await
    }

    async fn commit_one(&self, batch: &Batch) -> bool {
        for attempt in 1..=MAX_TRIES {
            match self.try_commit(std::slice::from_ref(batch), &batch.events).await {
                Ok(()) => {
                    self.committed.notify_one();
                    return true;
                }
                Err(error) => {
                    self.metrics.commit_failures.add_one();
                    warn!(
                        account.id = %self.account.id,
                        attempt,
                        error = %telemetry::chain(&*error),
                        "received events of account {} could not be committed", self.account.id
                    );
                }
            }
            if self.fence.is_lost() {
                break;
            }
            if attempt < MAX_TRIES {
                let wait = RETRY_WAIT * (2 * attempt - 1);
                let until = self.clock.now() + TimeDelta::from_std(wait).unwrap_or_default();
                self.clock.sleep_until(until).await;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use uuid::Uuid;

    use super::*;
    use crate::clock::SystemClock;

    #[derive(Debug)]
    struct NoSink;

    #[async_trait]
    impl EventSink for NoSink {
        async fn ingest(&self, _: AccountRef, _: &Fence, _: &[Event]) -> Result<(), SinkError> {
            Ok(())
        }
    }

    fn a_queue() -> (IngestQueue, IngestWorker) {
        let account = AccountRef {
            id: Uuid::from_u128(1).into(),
            user: Uuid::from_u128(2).into(),
        };
        let fence = Fence::new(account.id, 1);
        queue(
            account,
            fence,
            Arc::new(NoSink),
            Arc::new(SystemClock),
            Metrics::default(),
            Arc::default(),
        )
    }

    impl IngestQueue {
        /// A queue whose worker is gone: nothing is committed.
        pub(in crate::whatsapp::session) fn of_nobody() -> Self {
            a_queue().0
        }
    }

    #[tokio::test]
    async fn more_events_than_can_wait_poison_the_barrier_and_what_waits_is_committed() {
        let ((queue, worker), barrier) = (a_queue(), Arc::new(AckBarrier::new()));
        for _ in 0..CAPACITY {
            queue.push_held(&barrier, Vec::new());
        }
        assert_eq!(queue.batches.capacity(), 0);

        queue.push_held(&barrier, Vec::new());

        assert!(barrier.wait_poisoned().await.contains("the queue is full"));
        drop(queue);
        worker.run(CancellationToken::new()).await;
    }

    #[tokio::test]
    async fn updates_for_which_there_is_no_room_are_asked_for_again() {
        let ((queue, _worker), barrier) = (a_queue(), Arc::new(AckBarrier::new()));
        for _ in 0..CAPACITY {
            queue.push_updates(&barrier, Vec::new());
        }
        assert!(!queue.has_lost_updates());

        queue.push_updates(&barrier, Vec::new());

        assert!(queue.has_lost_updates());
        assert!(
            !barrier.wait_clear().await,
            "the next connection asks for all of them"
        );
    }
}
