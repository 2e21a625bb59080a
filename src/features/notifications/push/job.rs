//! The job that pushes a notification to one browser.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use tracing::debug;

use super::super::channel::Channel;
use super::super::model::{Notice, StoredNotice};
use super::super::service::with_texts;
use super::super::store::{notices, pushes, settings};
use super::message;
use super::target::Target;
use super::vapid::Vapid;
use crate::egress::{Egress, Failure, Reply};
use crate::features;
use crate::features::notifications::PushSubscriptionId;
use crate::hub::EventKind;
use crate::id::{NotificationId, UserId};
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::per_key_limit::PerKeyLimit;
use crate::work::{Core, Work, WorkError};

/// The kind of the jobs that push.
const JOB: &str = "notifications.push";
/// Time to live of a push: the push service keeps it so long for a browser that is offline.
const PUSH_LIFETIME: TimeDelta = TimeDelta::days(1);
/// Pause after a push service answers 429 without `Retry-After`.
const TOO_MUCH: TimeDelta = TimeDelta::minutes(1);
/// Tries over about an hour and a half.
const TRIES: i32 = 10;
/// Maximum number of pushes of one user at once.
const MOST_OF_ONE_USER: usize = 4;

/// A push service refuses the push itself.
#[derive(Debug, Error)]
#[error("the push service answers {0}")]
struct Unwilling(u16);

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    notification: NotificationId,
    subscription: PushSubscriptionId,
}

/// Enqueues a push of `notice` to each browser of the user of `work`.
pub(in crate::features::notifications) async fn push(
    work: &mut Work,
    notice: &StoredNotice,
) -> diesel::QueryResult<()> {
    let (user, now) = (work.user, work.now);
    if is_stale(notice.created_at, now) {
        return Ok(());
    }
    for subscription in pushes::live(work, user, now).await? {
        let payload = Payload {
            notification: notice.id,
            subscription,
        };
        let job = NewJob {
            kind: JOB,
            user: Some(user),
            payload: json!(payload),
            unique_key: Some(format!("{}:{subscription}", notice.id)),
            run_at: now,
            max_attempts: TRIES,
        };
        jobs::enqueue(work, &job).await?;
    }
    Ok(())
}

fn is_stale(created_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    created_at + PUSH_LIFETIME <= now
}

/// Pushes what is due.
#[derive(Debug, Clone)]
pub struct Pushing {
    core: Core,
    egress: Egress,
    vapid: Arc<Vapid>,
    limit: PerKeyLimit<UserId>,
}

/// Outcome of a request to a push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Told,
    Gone,
}

/// A push, ready to be sealed.
struct Push {
    notice: Notice,
    target: Target,
    shows_details: bool,
}

#[async_trait]
impl Handler for Pushing {
    fn kind(&self) -> &'static str {
        JOB
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (payload, user): (Payload, _) = (job.read()?, job.owner()?);
        let Some(_slot) = self.limit.acquire(user) else {
            return Ok(Done::Again(self.core.clock.now() + jobs::BUSY_USER_DELAY));
        };
        let Some(push) = self.prepare(user, &payload).await? else {
            return Ok(Done::Finished);
        };
        match self.attempt(user, payload.subscription, &push).await {
            // Users give any address, and what it refuses is not the operator's to look at.
            Err(error) if is_final(job, &error) => {
                debug!("a push is given up: {}", error.chain());
                Ok(Done::Finished)
            }
            outcome => outcome,
        }
    }
}

/// True when no other try follows.
fn is_final(job: &Job, error: &JobError) -> bool {
    job.attempt >= job.max_attempts || matches!(error, JobError::Permanent(_))
}

impl Pushing {
    /// Handler that pushes through `egress`, known to push services as `vapid`.
    pub fn new(core: Core, egress: Egress, vapid: Arc<Vapid>) -> Self {
        Self {
            core,
            egress,
            vapid,
            limit: PerKeyLimit::new(MOST_OF_ONE_USER),
        }
    }

    async fn attempt(
        &self,
        user: UserId,
        subscription: PushSubscriptionId,
        push: &Push,
    ) -> Result<Done, JobError> {
        let reply = self.send(push).await?;
        self.judge(user, subscription, &reply).await
    }

    /// Message to push; none when it was read, is expired or not wanted, or the browser is gone.
    async fn prepare(&self, user: UserId, payload: &Payload) -> Result<Option<Push>, JobError> {
        let mut work = self.core.begin(user).await?;
        let now = work.now;
        let mut found = notices::load(&mut work, &[payload.notification]).await?;
        found.retain(|one| one.read_at.is_none() && !is_stale(one.created_at, now));
        let switches = settings::load(&mut work, user).await?;
        found.retain(|one| switches.is_enabled(one.kind, Channel::Push));
        let shows_details = settings::push_shows_details(&mut work, user).await?;
        let row = pushes::find_live(&mut work, payload.subscription, now).await?;
        let target = row.map(|row| row.open(&work.key)).transpose();
        let target = target.map_err(|error| JobError::Permanent(error.into()))?;
        let mut loaded = with_texts(&mut work, found).await.map_err(JobError::failed)?;
        work.commit().await?;
        Ok(loaded.pop().zip(target).map(|(notice, target)| Push {
            notice,
            target,
            shows_details,
        }))
    }

    /// Sends the push, and once more without details when it is too long.
    async fn send(&self, push: &Push) -> Result<Reply, JobError> {
        let reply = self.post(push, push.shows_details).await?;
        if reply.status == 413 && push.shows_details {
            return self.post(push, false).await;
        }
        Ok(reply)
    }

    async fn post(&self, push: &Push, shows_details: bool) -> Result<Reply, JobError> {
        let now = self.core.clock.now();
        let plain = message::plain(&push.notice, shows_details);
        let sealed = push.target.seal(plain).map_err(JobError::failed)?;
        let left = (push.notice.created_at + PUSH_LIFETIME - now)
            .num_seconds()
            .max(0);
        let headers = [
            (
                "authorization",
                self.vapid.authorization(push.target.endpoint(), now),
            ),
            ("content-encoding", "aes128gcm".to_owned()),
            ("ttl", left.to_string()),
            (
                "urgency",
                features::notice_type(push.notice.kind)
                    .urgency()
                    .as_str()
                    .to_owned(),
            ),
        ];
        self.egress
            .post(
                push.target.endpoint(),
                "application/octet-stream",
                &headers,
                sealed,
            )
            .await
            .map_err(|failure| match failure {
                Failure::Refused(refusal) => JobError::Permanent(refusal.into()),
                other => JobError::failed(other),
            })
    }

    /// Outcome that the push service's answer means.
    async fn judge(
        &self,
        user: UserId,
        subscription: PushSubscriptionId,
        reply: &Reply,
    ) -> Result<Done, JobError> {
        let now = self.core.clock.now();
        match reply.status {
            200..=299 => {
                self.note(user, subscription, Fate::Told).await?;
                Ok(Done::Finished)
            }
            404 | 410 => {
                self.note(user, subscription, Fate::Gone).await?;
                Ok(Done::Finished)
            }
            status @ (429 | 500..=599) => Err(match reply.retry_at(now) {
                Some(at) => JobError::FailedUntil {
                    at: at.clamp(now, now + PUSH_LIFETIME),
                    cause: Unwilling(status).into(),
                },
                None if status == 429 => JobError::FailedUntil {
                    at: now + TOO_MUCH,
                    cause: Unwilling(status).into(),
                },
                None => JobError::failed(Unwilling(status)),
            }),
            status => Err(JobError::Permanent(Unwilling(status).into())),
        }
    }

    async fn note(
        &self,
        user: UserId,
        subscription: PushSubscriptionId,
        fate: Fate,
    ) -> Result<(), WorkError> {
        let mut work = self.core.begin(user).await?;
        match fate {
            Fate::Told => pushes::mark_pushed(&mut work, subscription).await?,
            Fate::Gone => {
                pushes::delete(&mut work, subscription).await?;
                work.emit(EventKind::NotificationSettingsChanged, None, user);
            }
        }
        work.commit().await
    }
}
