//! Sender of one account: works through its outbox, one message after the other, while the account is online.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use tokio::sync::{Notify, watch};
use tracing::warn;

use super::budget::Budget;
use super::deliver::DeliveryError;
use super::precedence::Precedence;
use super::retry_policy::{MAX_TRIES, reason_to_give_up};
use super::store::{self, OutboxRow};
use crate::account::AccountRef;
use crate::event::{Event, Outgoing, Pause, SendEvent, SendOutcome};
use crate::whatsapp::lease::Lease;
use crate::whatsapp::media::FileSource;
use crate::whatsapp::session::{IngestQueue, OnlineClient};
use crate::work::{Core, Work, WorkError};

/// Wait before the next try after an error of the database or a lost connection.
const RETRY_WAIT: TimeDelta = TimeDelta::seconds(5);
/// Least time between two looks into the outbox, because commits come in bursts.
const POLL_INTERVAL: TimeDelta = TimeDelta::milliseconds(250);

/// Sender of one account.
pub(in crate::whatsapp) struct Sender {
    pub(in crate::whatsapp) core: Core,
    pub(in crate::whatsapp) account: AccountRef,
    /// Without it nothing is claimed.
    pub(in crate::whatsapp) lease: Lease,
    pub(in crate::whatsapp) budget: Budget,
    /// Content of the files that are sent.
    pub(in crate::whatsapp) files: Arc<dyn FileSource>,
    /// The client while it is online. Any change means that the client in use is gone, even when there is a new one.
    pub(in crate::whatsapp) online: watch::Receiver<Option<OnlineClient>>,
    /// Notified when the outbox may have a new message.
    pub(in crate::whatsapp) wake: Arc<Notify>,
}

/// Next step of the sender.
enum Step {
    /// Wait for a message: the outbox is empty.
    Idle,
    /// Wait until this time.
    Wait(DateTime<Utc>),
    /// Send this message now.
    Send(OutboxRow, Outgoing),
    /// Give this message up, with this outcome.
    GiveUp(OutboxRow, SendOutcome),
}

/// A message and what it says.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) waiting: &'a OutboxRow,
    pub(super) outgoing: &'a Outgoing,
}

impl Sender {
    /// Runs until it is dropped.
    pub(in crate::whatsapp) async fn run(mut self, queue: IngestQueue) {
        loop {
            let Ok(online) = self.online.wait_for(Option::is_some).await.map(|now| now.clone()) else {
                return;
            };
            let Some(online) = online else { continue };
            // What an account that sends nothing needs no room for is boxed, here and below.
            if let Err(error) = Box::pin(self.settle_unanswered(&queue)).await {
                warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "the outbox could not be read");
            }
            Box::pin(self.correct_end_of_pause(&online, &queue)).await;
            self.run_connection(&online, &queue).await;
        }
    }

    /// Sends while the connection lasts.
    async fn run_connection(&mut self, online: &OnlineClient, queue: &IngestQueue) {
        let mut free_at = self.now();
        while !self.online.has_changed().unwrap_or(true) {
            let step = match Box::pin(self.next_step(free_at)).await {
                Ok(step) => step,
                Err(error) => {
                    warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "the outbox could not be read");
                    Step::Wait(self.now() + RETRY_WAIT)
                }
            };
            match step {
                Step::Idle => self.sleep(None).await,
                Step::Wait(until) => self.sleep(Some(until)).await,
                Step::GiveUp(waiting, outcome) => Box::pin(self.report(queue, &waiting, outcome)).await,
                Step::Send(waiting, outgoing) => {
                    let message = Opened {
                        waiting: &waiting,
                        outgoing: &outgoing,
                    };
                    Box::pin(self.send(online, queue, message)).await;
                    free_at = self.now() + self.gap();
                }
            }
        }
    }

    /// Reads the outbox and decides the next step. Nothing is sent before `free_at`.
    async fn next_step(&self, free_at: DateTime<Utc>) -> Result<Step, WorkError> {
        let mut work = self.core.begin(self.account.user).await?;
        let step = self.choose(&mut work, free_at).await?;
        work.rollback().await?;
        Ok(step)
    }

    /// Chooses the first message by precedence that may leave now, or the time at which one may.
    async fn choose(&self, work: &mut Work, free_at: DateTime<Utc>) -> QueryResult<Step> {
        let (now, account) = (work.now, self.account.id);
        let sent = store::sent_within_the_hour(work, account, now).await?;
        let pause = store::current_pause(work, account, now).await?;
        let paused_until = pause.map(|pause| pause.until);
        let mut earliest: Option<DateTime<Utc>> = None;
        for precedence in Precedence::ORDER {
            let Some(waiting) = store::first(work, account, precedence).await? else {
                continue;
            };
            let outgoing = match sendable(&waiting, work) {
                Ok(outgoing) => outgoing,
                Err(outcome) => return Ok(Step::GiveUp(waiting, outcome)),
            };
            let times = [
                Some(waiting.send_at),
                Some(free_at),
                self.budget.wait_until(precedence, &sent, now),
                paused_until,
            ];
            let Some(at) = times.into_iter().flatten().filter(|at| *at > now).max() else {
                return Ok(Step::Send(waiting, outgoing));
            };
            earliest = Some(earliest.map_or(at, |earlier| earlier.min(at)));
        }
        Ok(earliest.map_or(Step::Idle, Step::Wait))
    }

    async fn send(&self, online: &OnlineClient, queue: &IngestQueue, message: Opened<'_>) {
        let Opened { waiting, outgoing } = message;
        let ready = match self.prepare(online, outgoing).await {
            Ok(ready) => ready,
            Err(error) => return self.undelivered(online, queue, message, error).await,
        };
        // What arrived meanwhile may take the message back: the owner reacted or answered on the phone.
        queue.wait_until_committed().await;
        let claimed = match self.claim(waiting).await {
            Ok(Some(claimed)) => claimed,
            // It was taken back meanwhile.
            Ok(None) => return,
            Err(error) => {
                warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "a message could not be claimed");
                return self.sleep(Some(self.now() + RETRY_WAIT)).await;
            }
        };
        let ack_id = ready.ack_id(&waiting.wa_id).to_owned();
        let is_status = ready.is_status();
        if is_status && waiting.sent_at.is_some() {
            // Nobody knows what became of the key that an earlier try carried.
            self.share_key_of_statuses_again(online).await;
        }
        let answer = online.acks.expect(&ack_id);
        match ready.send(&online.client, &waiting.wa_id).await {
            Ok(()) => {
                self.report(queue, &claimed, SendOutcome::Sent).await;
                let outcome = self.answer(answer).await;
                online.acks.forget(&ack_id);
                if is_status && outcome != Some(SendOutcome::Acked) {
                    self.share_key_of_statuses_again(online).await;
                }
                let message = Opened {
                    waiting: &claimed,
                    outgoing,
                };
                self.settle(online, queue, message, outcome).await;
            }
            Err(error) => {
                online.acks.forget(&ack_id);
                // It never left, so the claim is undone.
                self.undelivered(online, queue, message, error).await;
            }
        }
    }

    pub(super) async fn begin_write(&self) -> Result<Work, WorkError> {
        self.core
            .begin_fenced(self.account.user, self.lease.fence())
            .await
    }

    async fn claim(&self, waiting: &OutboxRow) -> Result<Option<OutboxRow>, WorkError> {
        let mut work = self.begin_write().await?;
        let claimed = store::claim(&mut work, waiting.id).await?;
        work.commit().await?;
        Ok(claimed)
    }

    /// Puts a message back or gives it up that did not leave.
    async fn undelivered(
        &self,
        online: &OnlineClient,
        queue: &IngestQueue,
        message: Opened<'_>,
        error: DeliveryError,
    ) {
        let waiting = message.waiting;
        match error {
            DeliveryError::Offline => {
                // Its time stays, so that it can become too old.
                self.put_back(waiting, waiting.send_at).await;
                self.sleep(Some(self.now() + RETRY_WAIT)).await;
            }
            DeliveryError::Unready(_) if waiting.attempts + 1 < MAX_TRIES => {
                let tried = OutboxRow {
                    attempts: waiting.attempts + 1,
                    ..waiting.clone()
                };
                self.put_back(&tried, self.now() + self.budget.again_after).await;
            }
            DeliveryError::Refused(code) => {
                let refusal = SendOutcome::Rejected { code };
                self.settle(online, queue, message, Some(refusal)).await;
            }
            DeliveryError::Unready(reason) | DeliveryError::Impossible(reason) => {
                self.report(queue, waiting, SendOutcome::Failed { reason }).await;
            }
        }
    }

    /// Commits the outcome of a message.
    pub(super) async fn report(&self, queue: &IngestQueue, waiting: &OutboxRow, outcome: SendOutcome) {
        self.report_with_pause(queue, waiting, outcome, None).await;
    }

    /// Commits the outcome of a message, and the pause that it asks for.
    pub(super) async fn report_with_pause(
        &self,
        queue: &IngestQueue,
        waiting: &OutboxRow,
        outcome: SendOutcome,
        pause: Option<Pause>,
    ) {
        let event = Event::Send(SendEvent {
            send: waiting.id,
            outcome,
            at: self.now(),
        });
        let events = std::iter::once(event).chain(pause.map(Event::Pause)).collect();
        if !queue.ingest(events).await {
            // The row keeps its state: claimed, it is settled as unanswered with the next connection.
            warn!(account.id = %self.account.id, send.id = %waiting.id, "the outcome of a message could not be committed");
            self.sleep(Some(self.now() + RETRY_WAIT)).await;
        }
    }

    /// Sleeps until the time, until there may be a new message, or until the connection is gone.
    async fn sleep(&self, until: Option<DateTime<Utc>>) {
        let clock = &self.core.clock;
        let mut connection = self.online.clone();
        let time = async {
            match until {
                Some(until) => clock.sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let woken = async {
            self.wake.notified().await;
            clock.sleep_until(clock.now() + POLL_INTERVAL).await;
        };
        tokio::select! {
            () = time => {}
            () = woken => {}
            _ = connection.changed() => {}
        }
    }

    /// Random gap between two messages.
    fn gap(&self) -> TimeDelta {
        let milliseconds = |gap: Duration| u64::try_from(gap.as_millis()).unwrap_or(u64::MAX);
        let (least, most) = (
            milliseconds(self.budget.least_gap),
            milliseconds(self.budget.most_gap),
        );
        let gap = self.core.ids.between(least, most);
        TimeDelta::milliseconds(i64::try_from(gap).unwrap_or(i64::MAX))
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.core.clock.now()
    }
}

/// The message, or the outcome with which it is given up.
fn sendable(waiting: &OutboxRow, work: &Work) -> Result<Outgoing, SendOutcome> {
    if let Some(reason) = waiting.withdrawn_because.clone() {
        return Err(SendOutcome::Withdrawn { reason });
    }
    let failed = |reason: &str| SendOutcome::Failed {
        reason: reason.to_owned(),
    };
    let outgoing = waiting
        .open(&work.key)
        .ok_or_else(|| failed("it cannot be read"))?;
    match reason_to_give_up(waiting, &outgoing, work.now) {
        Some(reason) => Err(failed(reason)),
        None => Ok(outgoing),
    }
}
