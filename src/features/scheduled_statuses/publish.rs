//! Job that publishes a scheduled status at its time, and cancels it when it could not be sent in time.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use super::content::Content;
use super::events;
use super::failure::{Failure, FailureReason};
use super::model::{Kind, LIFETIME, MissCause, PlannedStatus, State};
use super::store::{people, progress, statuses};
use crate::account::AccountRef;
use crate::event::{MediaKind, Outgoing, OutgoingFile, Person, StatusContent};
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::hub::EventKind;
use crate::id::{MediaId, UserId};
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::media;
use crate::whatsapp::outbox;
use crate::work::{Core, Work};

const PUBLISH: &str = "scheduled_statuses.publish";
/// Maximum attempts, enough for some hours without a database; the grace is over long before.
const MAX_ATTEMPTS: i32 = 20;

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    status: ScheduledStatusId,
}

/// Enqueues the job that looks at a status at the time `at`. Each time has one job.
pub(super) async fn enqueue_check(
    work: &mut Work,
    status: ScheduledStatusId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let payload = serde_json::to_value(Payload { status })
        .map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let job = NewJob {
        kind: PUBLISH,
        user: Some(work.user),
        payload,
        unique_key: Some(format!("{status}:{}", at.timestamp_micros())),
        run_at: at,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}

/// Withdraws the jobs that would look at a status: it was cancelled, or is planned for another time.
pub(super) async fn withdraw_checks(work: &mut Work, status: ScheduledStatusId) -> QueryResult<()> {
    jobs::withdraw(work, PUBLISH, &format!("{status}:")).await
}

/// Handler of the publication job.
#[derive(Debug)]
pub struct Publish {
    /// The core of the service.
    pub core: Core,
    /// Time after the planned time within which a status may still be sent.
    pub grace: TimeDelta,
}

#[async_trait]
impl Handler for Publish {
    fn kind(&self) -> &'static str {
        PUBLISH
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (user, id) = subject(job)?;
        let mut work = self.core.begin(user).await?;
        let Some(status) = lock(&mut work, id).await? else {
            work.rollback().await?;
            return Ok(Done::Finished);
        };
        let is_late = work.now > status.publish_at + self.grace;
        match status.state {
            State::Scheduled if work.now < status.publish_at => return self.finish_unchanged(work).await,
            State::Scheduled => match people::obstacle(&mut work, status.account).await? {
                Some(obstacle) if is_late => {
                    let cause = MissCause::Blocked(obstacle);
                    events::miss(&mut work, status.publication(), &cause).await?;
                }
                // It is published when the account is online again, or missed.
                Some(_) => {
                    enqueue_check(&mut work, id, just_after(status.publish_at + self.grace)).await?;
                }
                None if is_late => {
                    events::miss(&mut work, status.publication(), &MissCause::ServerDown).await?;
                }
                None => self.start(&mut work, &status).await?,
            },
            State::Publishing if is_late => self.cancel_unsent(&mut work, &status).await?,
            State::Publishing | State::Published | State::Failed | State::Cancelled | State::Missed => {
                return self.finish_unchanged(work).await;
            }
        }
        work.commit().await?;
        Ok(Done::Finished)
    }

    async fn give_up(&self, job: &Job, why: &str) -> Result<(), JobError> {
        tracing::error!("a scheduled status could not be published: {why}");
        let (user, id) = subject(job)?;
        let mut work = self.core.begin(user).await?;
        if let Some(row) = statuses::lock(&mut work, id).await? {
            let message = "something went wrong on this server; tell its operator";
            let failure = Failure::new(FailureReason::ServerError, message);
            if row.is_scheduled() {
                events::fail(&mut work, row.publication(), &failure).await?;
            }
        }
        Ok(work.commit().await?)
    }
}

impl Publish {
    async fn finish_unchanged(&self, work: Work) -> Result<Done, JobError> {
        work.rollback().await?;
        Ok(Done::Finished)
    }

    /// Hands a status to the outbox, for its audience as of now.
    async fn start(&self, work: &mut Work, status: &PlannedStatus) -> QueryResult<()> {
        let audience: Vec<Person> = people::resolve(work, status.account, &status.audience)
            .await?
            .into_iter()
            .map(|one| one.person)
            .collect();
        if audience.is_empty() {
            let message = "nobody would see the status: no contact of the account is in its audience";
            return fail(work, status, FailureReason::EmptyAudience, message).await;
        }
        let Some(content) = outgoing(work, status).await? else {
            let message = "the picture or video is no longer kept";
            return fail(work, status, FailureReason::MediaMissing, message).await;
        };
        let account = AccountRef {
            id: status.account,
            user: work.user,
        };
        let message = Outgoing::Status {
            content,
            audience: audience.clone(),
        };
        // By its own time: of several that are late, after a restart, the earliest leaves first.
        let queued = outbox::enqueue(work, account, &message, status.publish_at).await?;
        progress::start(work, status.id, queued.id, &queued.wa_id, &audience).await?;
        enqueue_check(work, status.id, just_after(status.publish_at + self.grace)).await?;
        work.emit(EventKind::ScheduledStatusChanged, Some(status.account), status.id);
        Ok(())
    }

    /// Cancels a status that has not been sent. One on its way is settled by its send event. When no event came for
    /// as long as WhatsApp would show the status, none will come: the account was unlinked, for example.
    async fn cancel_unsent(&self, work: &mut Work, status: &PlannedStatus) -> QueryResult<()> {
        let is_taken_back = match status.send {
            Some(send) => outbox::cancel(work, send).await?,
            None => false,
        };
        if is_taken_back {
            let now = work.now;
            let obstacle = people::obstacle(work, status.account).await?;
            let pause = outbox::current_pause(work, status.account, now).await?;
            let cause = match (obstacle, pause) {
                (Some(obstacle), _) => MissCause::Blocked(obstacle),
                (None, Some(pause)) => MissCause::Paused(pause),
                (None, None) => MissCause::Offline,
            };
            return events::miss(work, status.publication(), &cause).await;
        }
        let last = status.publish_at + LIFETIME + self.grace;
        if work.now > last {
            let message = "WhatsApp never answered; the status may have been published";
            return fail(work, status, FailureReason::NoAnswer, message).await;
        }
        enqueue_check(work, status.id, just_after(last)).await
    }
}

/// The first moment after `last`, at which everything until `last` has happened.
fn just_after(last: DateTime<Utc>) -> DateTime<Utc> {
    last + TimeDelta::milliseconds(1)
}

fn subject(job: &Job) -> Result<(UserId, ScheduledStatusId), JobError> {
    let Payload { status } = job.read()?;
    Ok((job.owner()?, status))
}

async fn lock(work: &mut Work, id: ScheduledStatusId) -> Result<Option<PlannedStatus>, JobError> {
    let row = statuses::lock(work, id).await?;
    row.map(|row| row.open(&work.key))
        .transpose()
        .map_err(|error| JobError::Permanent(error.into()))
}

async fn fail(
    work: &mut Work,
    status: &PlannedStatus,
    reason: FailureReason,
    message: &str,
) -> QueryResult<()> {
    events::fail(work, status.publication(), &Failure::new(reason, message)).await
}

/// The content to send; none when its file is gone.
async fn outgoing(work: &mut Work, status: &PlannedStatus) -> QueryResult<Option<StatusContent>> {
    let caption = match &status.content {
        Content::Text(words) => {
            return Ok(Some(StatusContent::Text {
                text: words.text().to_owned(),
                background_argb: words.background.argb(),
                font: words.font.number(),
            }));
        }
        Content::Caption(caption) => caption.clone(),
    };
    let Some(id) = status.media else { return Ok(None) };
    let file = outgoing_file(work, id, status.kind).await?;
    Ok(file.map(|file| StatusContent::Media { file, caption }))
}

async fn outgoing_file(work: &mut Work, id: MediaId, kind: Kind) -> QueryResult<Option<OutgoingFile>> {
    let Some(row) = media::load(work, &[id]).await?.pop() else {
        return Ok(None);
    };
    if row.object_key.is_none() {
        return Ok(None);
    }
    let thumbnail = media::load_thumbnails(work, &[id]).await?.remove(&id);
    let pixels = |edge: Option<i32>| edge.and_then(|edge| u32::try_from(edge).ok()).unwrap_or(0);
    Ok(Some(OutgoingFile {
        media: id,
        kind: match kind {
            Kind::Video => MediaKind::Video,
            Kind::Image | Kind::Text => MediaKind::Image,
        },
        mime_type: row.mime_type,
        width: pixels(row.width),
        height: pixels(row.height),
        duration_seconds: row.duration_seconds.map(whole_seconds),
        thumbnail,
    }))
}

/// The duration in whole seconds, rounded up as WhatsApp does, so that a short video is not zero.
fn whole_seconds(seconds: f64) -> u32 {
    let rounded = std::time::Duration::try_from_secs_f64(seconds.ceil()).unwrap_or_default();
    u32::try_from(rounded.as_secs()).unwrap_or(u32::MAX)
}
