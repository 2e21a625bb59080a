//! Running a session: its connections, its queue, and the work beside it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::account_session::Session;
use super::account_span::AccountSpan;
use super::device;
use super::ingest;
use super::ingest_queue::IngestQueue;
use super::lifecycle::SessionLoop;
use crate::telemetry;

impl Session {
    /// Runs until it is commanded to end or cannot go on. `beside` gets the queue and makes the work that runs beside the
    /// connections and ends with them: the outbox.
    pub(in crate::whatsapp) async fn run<B: Future<Output = ()>>(
        self,
        beside: impl FnOnce(IngestQueue) -> B,
    ) {
        let (queue, worker) = ingest::queue(
            self.account,
            self.lease.fence().clone(),
            Arc::clone(&self.sink),
            Arc::clone(&self.settings.core.clock),
            self.settings.core.metrics.clone(),
            Arc::clone(&self.sends_committed),
        );
        let (settings, account, kept) = (Arc::clone(&self.settings), self.account, queue.clone());
        let fence = self.lease.fence().clone();
        let over = CancellationToken::new();
        // Boxed, because a future takes its room once for each that it is moved into, and every account has these.
        let beside = over.run_until_cancelled(Box::pin(beside(queue.clone())));
        let worker = Box::pin(worker.run(over.clone()));
        let connections = Box::pin(SessionLoop::new(self, queue).run());
        let connections = async {
            connections.await;
            over.cancel();
        };
        let all = async { tokio::join!(worker, connections, beside) };
        AccountSpan::new(account.id).around(all).await;
        if kept.has_lost_updates()
            && let Err(error) = device::request_resync(&settings, account, &fence).await
        {
            warn!(
                account.id = %account.id,
                error = %telemetry::chain(&error),
                "contacts or mutes of account {} were lost, and the next session will not ask for them again",
                account.id
            );
        }
    }
}
