//! Sends what an account has in its outbox, one after the other, while the account is online.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, watch};
use tracing::warn;

use super::deliver::Undelivered;
use super::store::{self, Waiting};
use super::{Budget, settle};
use crate::account::AccountRef;
use crate::event::{Event, Outgoing, SendEvent, SendOutcome};
use crate::whatsapp::media::FileSource;
use crate::whatsapp::session::{Intake, Online};
use crate::work::{Core, WorkError};

/// How often anything is tried, at most.
pub(super) const TRIES: i32 = 3;
/// How long after trouble with the database it is tried again.
const RECOVERY: TimeDelta = TimeDelta::seconds(5);
/// Commits come in bursts; the outbox is looked at no more often than this.
const LOOK_EVERY: TimeDelta = TimeDelta::milliseconds(250);
/// A status is gone after a day, and its deletion is of no use then.
const STATUS_KEEPS: TimeDelta = TimeDelta::hours(24);
/// A like, or the view before it, that leaves much later than it was to makes its author wonder; nor is a whole pause's
/// worth of them to leave at once.
pub const LIKE_KEEPS: TimeDelta = TimeDelta::hours(1);
/// Words that were to be an answer are of no use much later than they were to leave.
pub const TEXT_KEEPS: TimeDelta = TimeDelta::minutes(15);

/// The sender of one account.
pub(in crate::whatsapp) struct Sender {
    pub(in crate::whatsapp) core: Core,
    pub(in crate::whatsapp) account: AccountRef,
    pub(in crate::whatsapp) budget: Budget,
    /// Where files of ours are read.
    pub(in crate::whatsapp) files: Arc<dyn FileSource>,
    /// A change that was not seen here means that the client at work is gone, whether or not there is another.
    pub(in crate::whatsapp) online: watch::Receiver<Option<Online>>,
    /// Told when there may be something new.
    pub(in crate::whatsapp) wake: Arc<Notify>,
}

/// What is to be done next.
enum Turn {
    /// Nothing waits.
    Rest,
    /// Something, at this time.
    Wait(DateTime<Utc>),
    /// This, now.
    Send(Waiting, Outgoing),
    /// This will never be sent.
    GiveUp(Waiting, String),
}

/// A message and what it says.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    pub(super) waiting: &'a Waiting,
    pub(super) outgoing: &'a Outgoing,
}

impl Sender {
    /// Works until it is dropped.
    pub(in crate::whatsapp) async fn run(mut self, intake: Intake) {
        loop {
            let Ok(online) = self.online.wait_for(Option::is_some).await.map(|now| now.clone()) else {
                return;
            };
            let Some(online) = online else { continue };
            if let Err(error) = self.settle_unanswered(&intake).await {
                warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "the outbox could not be read");
            }
            self.work(&online, &intake).await;
        }
    }

    /// Works while the connection lasts.
    async fn work(&mut self, online: &Online, intake: &Intake) {
        let mut free_at = self.now();
        while !self.online.has_changed().unwrap_or(true) {
            let turn = match self.turn(free_at).await {
                Ok(turn) => turn,
                Err(error) => {
                    warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "the outbox could not be read");
                    Turn::Wait(self.now() + RECOVERY)
                }
            };
            match turn {
                Turn::Rest => self.sleep(None).await,
                Turn::Wait(until) => self.sleep(Some(until)).await,
                Turn::GiveUp(waiting, reason) => {
                    self.tell(intake, &waiting, SendOutcome::Failed { reason }).await;
                }
                Turn::Send(waiting, outgoing) => {
                    let message = Opened {
                        waiting: &waiting,
                        outgoing: &outgoing,
                    };
                    self.send(online, intake, message).await;
                    free_at = self.now() + self.gap();
                }
            }
        }
    }

    /// Looks into the outbox.
    async fn turn(&self, free_at: DateTime<Utc>) -> Result<Turn, WorkError> {
        let mut work = self.core.begin(self.account.user).await?;
        let now = work.now;
        let Some(waiting) = store::first(&mut work, self.account.id).await? else {
            work.rollback().await?;
            return Ok(Turn::Rest);
        };
        let Some(outgoing) = waiting.open(&work.key) else {
            work.rollback().await?;
            return Ok(Turn::GiveUp(waiting, "it cannot be read".to_owned()));
        };
        if let Some(reason) = hopeless(&waiting, &outgoing, now) {
            work.rollback().await?;
            return Ok(Turn::GiveUp(waiting, reason.to_owned()));
        }
        let sent = store::sent_within_the_hour(&mut work, self.account.id, now).await?;
        let pause = store::paused_until(&mut work, self.account.id, now).await?;
        let times = [
            Some(waiting.send_at),
            Some(free_at),
            self.budget.wait_until(&sent, now),
            pause,
        ];
        work.rollback().await?;
        let wait = times.into_iter().flatten().filter(|at| *at > now).max();
        Ok(wait.map_or_else(|| Turn::Send(waiting, outgoing), Turn::Wait))
    }

    async fn send(&self, online: &Online, intake: &Intake, message: Opened<'_>) {
        let Opened { waiting, outgoing } = message;
        let ready = match self.prepare(online, outgoing).await {
            Ok(ready) => ready,
            Err(error) => return self.undelivered(online, intake, message, error).await,
        };
        let claimed = match self.claim(waiting).await {
            Ok(Some(claimed)) => claimed,
            // Cancelled meanwhile.
            Ok(None) => return,
            Err(error) => {
                warn!(account.id = %self.account.id, error = %crate::telemetry::chain(&error), "a message could not be claimed");
                return self.sleep(Some(self.now() + RECOVERY)).await;
            }
        };
        let named = ready.answered_as(&waiting.wa_id).to_owned();
        let answer = online.acks.expect(&named);
        match ready.send(&online.client, &waiting.wa_id).await {
            Ok(()) => {
                self.tell(intake, &claimed, SendOutcome::Sent).await;
                let outcome = self.answer(answer).await;
                online.acks.forget(&named);
                let message = Opened {
                    waiting: &claimed,
                    outgoing,
                };
                self.settle(online, intake, message, outcome).await;
            }
            Err(error) => {
                online.acks.forget(&named);
                // It never left, so the claim is taken back.
                self.undelivered(online, intake, message, error).await;
            }
        }
    }

    async fn claim(&self, waiting: &Waiting) -> Result<Option<Waiting>, WorkError> {
        let mut work = self.core.begin(self.account.user).await?;
        let claimed = store::claim(&mut work, waiting.id).await?;
        work.commit().await?;
        Ok(claimed)
    }

    /// Sees to a message that did not leave.
    async fn undelivered(&self, online: &Online, intake: &Intake, message: Opened<'_>, why: Undelivered) {
        let waiting = message.waiting;
        match why {
            Undelivered::Offline => {
                // Its time stays, for it must be able to grow too old.
                self.put_back(waiting, waiting.send_at).await;
                self.sleep(Some(self.now() + RECOVERY)).await;
            }
            Undelivered::Unready(_) if waiting.attempts + 1 < TRIES => {
                let tried = Waiting {
                    attempts: waiting.attempts + 1,
                    ..waiting.clone()
                };
                self.put_back(&tried, self.now() + self.budget.again_after).await;
            }
            Undelivered::Refused(code) => {
                let refusal = SendOutcome::Rejected { code };
                self.settle(online, intake, message, Some(refusal)).await;
            }
            Undelivered::Unready(reason) | Undelivered::Impossible(reason) => {
                self.tell(intake, waiting, SendOutcome::Failed { reason }).await;
            }
        }
    }

    pub(super) async fn tell(&self, intake: &Intake, waiting: &Waiting, outcome: SendOutcome) {
        let pause = settle::pause_after(&outcome, self.now());
        let news = Event::Send(SendEvent {
            send: waiting.id,
            outcome,
            at: self.now(),
        });
        let events = std::iter::once(news).chain(pause.map(Event::Pause)).collect();
        if !intake.take(events).await {
            // The row keeps its state: claimed, it is settled as unanswered with the next connection.
            warn!(account.id = %self.account.id, send.id = %waiting.id, "what became of a message could not be kept");
            self.sleep(Some(self.now() + RECOVERY)).await;
        }
    }

    /// Sleeps until the time, until there may be something new, or until the connection is gone.
    async fn sleep(&self, until: Option<DateTime<Utc>>) {
        let clock = &self.core.clock;
        let mut connection = self.online.clone();
        let time = async {
            match until {
                Some(until) => clock.sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let news = async {
            self.wake.notified().await;
            clock.sleep_until(clock.now() + LOOK_EVERY).await;
        };
        tokio::select! {
            () = time => {}
            () = news => {}
            _ = connection.changed() => {}
        }
    }

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

/// Whether a second arrival is none: it takes the place of the first.
pub(super) const fn replaces_itself(outgoing: &Outgoing) -> bool {
    match outgoing {
        // Whoever has a message of this id already, drops the second.
        Outgoing::StatusReaction { .. }
        | Outgoing::Status { .. }
        | Outgoing::StatusRevoke { .. }
        | Outgoing::StatusView { .. } => true,
        Outgoing::Text { .. } => false,
    }
}

/// Why a message is not to be sent any more, if it is not.
fn hopeless(waiting: &Waiting, outgoing: &Outgoing, now: DateTime<Utc>) -> Option<&'static str> {
    let keeps = match outgoing {
        Outgoing::StatusReaction { .. } | Outgoing::StatusView { .. } => LIKE_KEEPS,
        Outgoing::Status { .. } | Outgoing::StatusRevoke { .. } => STATUS_KEEPS,
        Outgoing::Text { .. } => TEXT_KEEPS,
    };
    if waiting.sent_at.is_some() && !replaces_itself(outgoing) {
        Some("the server stopped while sending it; it may have arrived")
    } else if waiting.attempts >= TRIES {
        Some("WhatsApp did not answer")
    } else if now - waiting.send_at.max(waiting.created_at) > keeps {
        Some("it waited too long to be of use")
    } else {
        None
    }
}
