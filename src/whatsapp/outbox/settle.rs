//! Settles a message that was sent: acknowledged, refused, or neither.

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{debug, warn};
use whatsapp_rust::Jid;

use super::refusal;
use super::retry_policy::{MAX_TRIES, is_repeatable};
use super::sender::{Opened, Sender};
use super::store::{self, OutboxRow};
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
        let code = refusal::name_answer(outcome.as_ref());
        self.core.metrics.outbox_answers.add_one(code);
        let Some(outcome) = outcome else {
            return self.settle_without_answer(queue, message).await;
        };
        let pause = self.pause_after(online, &outcome).await;
        self.report_with_pause(queue, message.waiting, outcome, pause)
            .await;
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

    /// Makes the next status share the key under which statuses are sealed with everybody again. The library takes the key
    /// as shared as soon as it wrote the message that carries it, though nobody got it when WhatsApp refused the message.
    pub(super) async fn share_key_of_statuses_again(&self, online: &OnlineClient) {
        let statuses = Jid::status_broadcast().to_string();
        let shared = online.client.persistence_manager();
        if let Err(error) = shared.clear_sender_key_devices(&statuses).await {
            warn!(
                account.id = %self.account.id,
                error = %crate::telemetry::chain(&error),
                "the receivers of the next status may have to ask for its key"
            );
        }
    }

    /// Settles messages that an earlier connection, or an earlier run of this server, left without an answer.
    pub(super) async fn settle_unanswered(&self, queue: &IngestQueue) -> Result<(), WorkError> {
        let mut work = self.core.begin(self.account.user).await?;
        let unanswered = store::unanswered(&mut work, self.account.id).await?;
        let open = |waiting: OutboxRow| (waiting.open(&work.key), waiting);
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
    pub(super) async fn put_back(&self, waiting: &OutboxRow, at: DateTime<Utc>) {
        let put = async {
            let mut work = self.begin_write().await?;
            store::put_back(&mut work, waiting, at).await?;
            work.commit().await
        };
        if let Err::<(), WorkError>(error) = put.await {
            // The claim stays, so that it is settled as unanswered with the next connection.
            warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "a message could not be put back into the outbox");
        }
    }

    /// The pause that an outcome asks for, with its true end where WhatsApp names it. None when it asks for none.
    async fn pause_after(&self, online: &OnlineClient, outcome: &SendOutcome) -> Option<Pause> {
        let estimate = refusal::estimate_pause(outcome, self.now())?;
        match self.end_of_pause(online, &estimate).await {
            Some(until) => Some(Pause { until, ..estimate }),
            None => Some(estimate),
        }
    }

    /// Commits the true end of a pause, if WhatsApp names another than is known: it may have been estimated, and the
    /// timelock may have become longer or shorter since.
    pub(super) async fn correct_end_of_pause(&self, online: &OnlineClient, queue: &IngestQueue) {
        let known = match self.current_pause().await {
            Ok(Some(known)) => known,
            Ok(None) => return,
            Err(error) => {
                warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "the pause of an account could not be read");
                return;
            }
        };
        let Some(until) = self
            .end_of_pause(online, &known)
            .await
            .filter(|until| *until != known.until)
        else {
            return;
        };
        let corrected = Pause { until, ..known };
        if !queue.ingest(vec![Event::Pause(corrected)]).await {
            warn!(account.id = %self.account.id, "the end of the reach-out timelock could not be committed");
        }
    }

    async fn current_pause(&self) -> Result<Option<Pause>, WorkError> {
        let mut work = self.core.begin(self.account.user).await?;
        let now = work.now;
        let pause = store::current_pause(&mut work, self.account.id, now).await?;
        work.rollback().await?;
        Ok(pause)
    }

    /// Asks WhatsApp for the end of a pause, which its refusal does not name. None when it does not say.
    async fn end_of_pause(&self, online: &OnlineClient, pause: &Pause) -> Option<DateTime<Utc>> {
        if !refusal::has_known_end(pause) {
            return None;
        }
        let mex = online.client.mex();
        let asked = timeout(self.budget.answer_within, mex.fetch_reachout_timelock()).await;
        let Ok(Ok(timelock)) = asked else {
            debug!(account.id = %self.account.id, "WhatsApp did not say when the reach-out timelock ends");
            return None;
        };
        let seconds = timelock.time_enforcement_ends.and_then(|ends| ends.parse().ok());
        DateTime::from_timestamp(seconds?, 0)
    }
}
