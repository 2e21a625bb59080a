//! Queue of one account into the sink: every event in the order in which it was received, one transaction after the
//! other.
//!
//! Live traffic comes event by event and a backlog by the hundred, so all batches that wait go into one transaction. When
//! that fails, each batch is tried on its own: one event that cannot be committed then holds back only its own batch.
//! Each batch carries its completion ([`OnDurable`]), so the queue does not know who filled it.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::OptionFuture;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, warn};

use super::current_store::CurrentStore;
use super::handover::Handover;
use super::ingest_queue::{Batch, IngestQueue, MAX_BATCH};
use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::db::Fence;
use crate::event::Event;
use crate::metrics::Metrics;
use crate::telemetry;
use crate::whatsapp::event_sink::{EventSink, SinkError};

/// Number of tries for one batch before WhatsApp must deliver it again.
const MAX_TRIES: u32 = 3;
/// Wait between the first try and the second; the third comes after three times that.
const RETRY_WAIT: Duration = Duration::from_millis(100);
/// Time without events after which the rest of what the library wrote with the last ones is stored. Until then, a crash may
/// lose a sender key that came with them, so it is short.
const SETTLE_WAIT: Duration = Duration::from_millis(250);

/// Receiving end of the queue, which commits its batches.
pub(super) struct IngestWorker {
    account: AccountRef,
    fence: Fence,
    sink: Arc<dyn EventSink>,
    clock: SharedClock,
    metrics: Metrics,
    batches: mpsc::Receiver<Batch>,
    store: CurrentStore,
    /// Notified after a commit of something to send.
    sends_committed: Arc<Notify>,
}

/// Makes a queue into `sink`, which commits while `fence` holds.
pub(super) fn queue(
    account: AccountRef,
    fence: Fence,
    sink: Arc<dyn EventSink>,
    clock: SharedClock,
    metrics: Metrics,
    sends_committed: Arc<Notify>,
) -> (IngestQueue, IngestWorker) {
    let (queue, batches) = IngestQueue::new();
    let worker = IngestWorker {
        account,
        fence,
        sink,
        clock,
        metrics,
        batches,
        store: queue.store.clone(),
        sends_committed,
    };
    (queue, worker)
}

impl IngestWorker {
    /// Works until the session is `over`, and then until the queue is empty.
    pub(super) async fn run(mut self, over: CancellationToken) {
        let mut waiting = Vec::new();
        let mut is_settled = true;
        loop {
            let received = tokio::select! {
                biased;
                received = self.batches.recv_many(&mut waiting, MAX_BATCH) => received,
                () = tokio::time::sleep(SETTLE_WAIT), if !is_settled => {
                    is_settled = true;
                    Box::pin(self.settle()).await;
                    continue;
                }
                () = over.cancelled(), if !self.batches.is_closed() => {
                    // A client that is slow to end may hold the sending end.
                    self.batches.close();
                    continue;
                }
            };
            if received == 0 {
                return;
            }
            is_settled = false;
            let batches = std::mem::take(&mut waiting);
            let span = self.span(&batches);
            // Boxed, as an idle account needs no room for it.
            Box::pin(self.commit(batches)).instrument(span).await;
        }
    }

    /// Stores what the library wrote behind the last events. What fails goes with the next events or the next frame.
    async fn settle(&self) {
        if let Err(error) = self.try_commit(&[]).await {
            self.metrics.commit_failures.add_one();
            warn!(
                account.id = %self.account.id,
                error = %telemetry::chain(&*error),
                "the newest ratchets of account {} could not be stored yet", self.account.id
            );
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
            if self.try_commit(&together).await.is_ok() {
                self.note_lag(&batches);
                let durable = batches
                    .into_iter()
                    .filter_map(|batch| batch.on_durable.complete(true));
                Handover::remove_copies(durable.collect(), self.store.get()).await;
                return;
            }
        }
        for batch in batches {
            let is_durable = self.commit_one(&batch).await;
            if is_durable {
                self.note_lag(std::slice::from_ref(&batch));
            }
            let durable = batch.on_durable.complete(is_durable);
            Handover::remove_copies(durable.into_iter().collect(), self.store.get()).await;
        }
    }

    /// Notes how long committed batches took since they arrived.
    fn note_lag(&self, batches: &[Batch]) {
        for arrived in batches.iter().filter_map(|batch| batch.arrived) {
            self.metrics.commit_lag_seconds.note(arrived.elapsed());
        }
    }

    /// Commits events, and with them what the client's store has in memory alone: a message's secret, as once acknowledged it
    /// does not come again, and the ratchets that have passed the messages.
    async fn try_commit(&self, events: &[Event]) -> Result<(), SinkError> {
        let store = self.store.get();
        if events.is_empty() {
            if let Some(store) = store {
                store.store_unstored().await?;
            }
            return Ok(());
        }
        let unstored = OptionFuture::from(store.as_ref().map(|store| store.unstored_writes()));
        let unstored = unstored.await.flatten();
        let (account, fence) = (self.account, &self.fence);
        let ingested = self.sink.ingest(account, fence, events, unstored.as_ref());
        let committed = ingested.await?;
        if let Some(unstored) = unstored {
            unstored.note_stored();
        }
        if committed.has_sends {
            self.sends_committed.notify_one();
        }
        Ok(())
    }

    async fn commit_one(&self, batch: &Batch) -> bool {
        for attempt in 1..=MAX_TRIES {
            match self.try_commit(&batch.events).await {
                Ok(()) => return true,
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

    use super::super::ack_barrier::AckBarrier;
    use super::super::ingest_queue::CAPACITY;
    use super::*;
    use crate::clock::SystemClock;
    use crate::whatsapp::event_sink::Committed;
    use crate::whatsapp::store::UnstoredWrites;

    #[derive(Debug)]
    struct NoSink;

    #[async_trait]
    impl EventSink for NoSink {
        async fn ingest(
            &self,
            _: AccountRef,
            _: &Fence,
            _: &[Event],
            _: Option<&UnstoredWrites<'_>>,
        ) -> Result<Committed, SinkError> {
            Ok(Committed { has_sends: false })
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
        assert_eq!(queue.free_places(), 0);

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
