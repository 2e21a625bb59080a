//! What becomes of a message that was sent: answered, refused, or neither.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::sender::{Opened, Sender, TRIES, replaces_itself};
use super::store::{self, Waiting};
use crate::event::{Event, Pause, SendOutcome};
use crate::whatsapp::session::{Intake, Online};
use crate::work::WorkError;

/// WhatsApp's code for too many messages.
const TOO_MANY: &str = "429";
/// WhatsApp's code for messages to people who never wrote.
const TIMELOCKED: &str = "463";

impl Sender {
    /// Waits for WhatsApp's answer, as long as one can come.
    pub(super) async fn answer(&self, answer: oneshot::Receiver<SendOutcome>) -> Option<SendOutcome> {
        let mut connection = self.online.clone();
        tokio::select! {
            biased;
            outcome = timeout(self.budget.answer_within, answer) => outcome.ok()?.ok(),
            _ = connection.changed() => None,
        }
    }

    pub(super) async fn settle(
        &self,
        online: &Online,
        intake: &Intake,
        message: Opened<'_>,
        outcome: Option<SendOutcome>,
    ) {
        let Some(outcome) = outcome else {
            return self.settle_without_answer(intake, message).await;
        };
        let is_timelocked = matches!(&outcome, SendOutcome::Rejected { code } if code == TIMELOCKED);
        self.tell(intake, message.waiting, outcome).await;
        if is_timelocked {
            self.ask_for_the_end_of_the_timelock(online, intake).await;
        }
    }

    async fn settle_without_answer(&self, intake: &Intake, message: Opened<'_>) {
        let Opened { waiting, outgoing } = message;
        if replaces_itself(outgoing) && waiting.attempts < TRIES {
            self.put_back(waiting, self.now() + self.budget.again_after).await;
        } else {
            let reason = "WhatsApp did not answer; it may have arrived".to_owned();
            self.tell(intake, waiting, SendOutcome::Failed { reason }).await;
        }
    }

    /// What an earlier connection, or an earlier run of this server, left without an answer.
    pub(super) async fn settle_unanswered(&self, intake: &Intake) -> Result<(), WorkError> {
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
                    self.settle_without_answer(intake, message).await;
                }
                None => {
                    let reason = "it cannot be read".to_owned();
                    self.tell(intake, &waiting, SendOutcome::Failed { reason }).await;
                }
            }
        }
        Ok(())
    }

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

    /// WhatsApp's refusal does not say how long it lasts; it tells when asked.
    async fn ask_for_the_end_of_the_timelock(&self, online: &Online, intake: &Intake) {
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
        if !intake.take(vec![Event::Pause(pause)]).await {
            warn!(account.id = %self.account.id, "the end of the reach-out timelock could not be kept");
        }
    }
}

/// Whether WhatsApp's code says that nothing more is to be sent for a time.
pub(super) fn asks_for_a_pause(code: &str) -> bool {
    matches!(code, TOO_MANY | TIMELOCKED)
}

/// The pause that an answer asks for: an hour after too many messages; a day of the timelock, until it is known when that
/// ends.
pub(super) fn pause_after(outcome: &SendOutcome, at: DateTime<Utc>) -> Option<Pause> {
    let SendOutcome::Rejected { code } = outcome else {
        return None;
    };
    let lasts = match code.as_str() {
        TOO_MANY => TimeDelta::hours(1),
        TIMELOCKED => TimeDelta::hours(24),
        _ => return None,
    };
    Some(Pause {
        until: at + lasts,
        code: code.clone(),
    })
}
