//! Posts the notices that events call for, and sends notices on by mail and push.

use async_trait::async_trait;
use diesel::QueryResult;

use super::channel::Channel;
use super::store::{notices, settings};
use super::{mailing, push};
use crate::event_consumers::{ConsumeError, EventConsumer};
use crate::features;
use crate::hub::{EventKind, EventRow};
use crate::id::NotificationId;
use crate::jobs::{Done, Handler, Job, JobError};
use crate::notices::{SEND_ON, post};
use crate::work::{Core, Work};

/// Posts notices after events, and sends each on by the channels that its user chose. An event is consumed moments
/// after it happened: what was mended by then is nobody's news.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Notifier;

#[async_trait]
impl EventConsumer for Notifier {
    fn name(&self) -> &'static str {
        "notifications"
    }

    async fn consume(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        for event in events {
            post_after(work, event).await?;
            if event.event.kind == EventKind::NotificationReceived {
                send_on(work, event.event.subject.into()).await?;
            }
        }
        Ok(())
    }
}

/// Posts the notices that `event` calls for.
async fn post_after(work: &mut Work, event: &EventRow) -> QueryResult<()> {
    for notice_type in features::notice_types() {
        if notice_type.posted_after() != Some(event.event.kind) {
            continue;
        }
        if let Some(notice) = notice_type.after_event(work, event).await? {
            post(work, &notice).await?;
        }
    }
    Ok(())
}

/// Mails and pushes a notice, as the user's switches say.
async fn send_on(work: &mut Work, id: NotificationId) -> QueryResult<()> {
    let user = work.user;
    let found = notices::load(work, &[id]).await?;
    let Some(notice) = found.first().filter(|notice| notice.read_at.is_none()) else {
        return Ok(());
    };
    let switches = settings::load(work, user).await?;
    if switches.is_enabled(notice.kind, Channel::Email) {
        mailing::gather(work, notice).await?;
    }
    if switches.is_enabled(notice.kind, Channel::Push) {
        push::push(work, notice).await?;
    }
    Ok(())
}

/// Mails and pushes notices that have no event because the app does not show them.
#[derive(Debug, Clone)]
pub(super) struct SendOn(pub(super) Core);

#[async_trait]
impl Handler for SendOn {
    fn kind(&self) -> &'static str {
        SEND_ON
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (id, user): (NotificationId, _) = (job.read()?, job.owner()?);
        let mut work = self.0.begin(user).await?;
        send_on(&mut work, id).await?;
        work.commit().await?;
        Ok(Done::Finished)
    }
}
