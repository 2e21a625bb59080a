//! Settles a message that was sent: acknowledged, refused, or neither.

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::refusal::TIMELOCKED;
use super::retry_policy::{MAX_TRIES, is_repeatable};
use super::sender::{Opened, Sender};
use super::store::{self, Waiting};
use crate::event::{Event, Pause, SendOutcome};
use crate::whatsapp::session::{IngestQueue, OnlineClient};
use crate::work::WorkError;

impl Sender {
    /// Waits for WhatsApp's answer. None when it does not come in time, or the connection is gone.
    pub(super) async fn answer(&self, answer: oneshot::Receiver<SendOutcome>) -> Option<SendOutcome> {
        let mut connection = self.online.clone();
        tokio::select! {
            biased;
            outcome = timeout(self.budget.answer_within, answer) => outcome.ok()?.ok(),
            _ = connection.changed() => None,
        }
    }

    /// Commits the outcome of a message; with None for no answer, puts it back or gives it up.
    pub(super) async fn settle(
        &self,
        online: &OnlineClient,
        queue: &IngestQueue,
        message: Opened<'_>,
        outcome: Option<SendOutcome>,
    ) {
        let Some(outcome) = outcome else {
            return self.settle_without_answer(queue, message).await;
        };
        let is_timelocked = matches!(&outcome, SendOutcome::Rejected { code } if code == TIMELOCKED);
        self.report(queue, message.waiting, outcome).await;
        if is_timelocked {
            self.report_end_of_timelock(online, queue).await;
        }
    }

    async fn settle_without_answer(&self, queue: &IngestQueue, message: Opened<'_>) {
        let Opened { waiting, outgoing } = message;
        if is_repeatable(outgoing) && waiting.attempts < MAX_TRIES {
            self.put_back(waiting, self.now() + self.budget.again_after).await;
        } else {
            let reason = "WhatsApp did not answer; it may have arrived".to_owned();
            self.report(queue, waiting, SendOutcome::Failed { reason }).await;
        }
    }

    /// Settles messages that an earlier connection, or an earlier run of this server, left without an answer.
    pub(super) async fn settle_unanswered(&self, queue: &IngestQueue) -> Result<(), WorkError> {
        let mut work = self.core.begin(self.account.user).await?;
        let unanswered = store::unanswered(&mut work, self.account.id).await?;
        let open = |waiting: Waiting| (waiting.open(&work.key), waiting);
        let unanswered: Vec<_> = unanswered.into_iter().map(open).collect();
        work.rollback().await?;
        for (opened, waiting) in unanswered {
            match opened {
                Some(outgoing) => {
                    let message = Opened {
                        waiting: &waiting,
                        outgoing: &outgoing,
                    };
                    self.settle_without_answer(queue, message).await;
                }
                None => {
                    let reason = "it cannot be read".to_owned();
                    self.report(queue, &waiting, SendOutcome::Failed { reason }).await;
                }
            }
        }
        Ok(())
    }

    /// Puts a message back into the outbox, to be tried again at `at`.
    pub(super) async fn put_back(&self, waiting: &Waiting, at: DateTime<Utc>) {
        let put = async {
            let mut work = self.core.begin(self.account.user).await?;
            store::put_back(&mut work, waiting, at).await?;
            work.commit().await
        };
        if let Err::<(), WorkError>(error) = put.await {
            // The claim stays, so that it is settled as unanswered with the next connection.
            warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "a message could not be put back into the outbox");
        }
    }

    /// Asks WhatsApp for the end of the timelock, which its refusal does not name, and commits the pause.
    async fn report_end_of_timelock(&self, online: &OnlineClient, queue: &IngestQueue) {
        let asked = timeout(
            self.budget.answer_within,
            online.client.mex().fetch_reachout_timelock(),
        )
        .await;
        let Ok(Ok(timelock)) = asked else {
            debug!(account.id = %self.account.id, "WhatsApp did not say when the reach-out timelock ends");
            return;
        };
        let seconds = timelock.time_enforcement_ends.and_then(|ends| ends.parse().ok());
        let Some(until) = seconds.and_then(|ends| DateTime::from_timestamp(ends, 0)) else {
            return;
        };
        let pause = Pause {
            until,
            code: TIMELOCKED.to_owned(),
        };
        if !queue.ingest(vec![Event::Pause(pause)]).await {
            warn!(account.id = %self.account.id, "the end of the reach-out timelock could not be committed");
        }
    }
}
