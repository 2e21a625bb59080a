//! The job that sends a mail, and the gathering of notices into it.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::channel::Channel;
use super::super::model::StoredNotice;
use super::super::service::{locale, with_texts};
use super::super::store::mails::{self, MailFailureReason, MailRow, MailState};
use super::super::store::{notices, recipient, settings};
use super::letter::{self, Recipient};
use super::unsubscribe::UnsubscribeLinks;
use crate::features::notifications::NotificationMailId;
use crate::hub::EventKind;
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::mail::{Letter, MailError, Mailer};
use crate::work::{Core, Work, WorkError};

/// The kind of the jobs that send mails.
const MAIL_JOB: &str = "notifications.mail";
/// Minimum time between two mails of one kind.
const MIN_MAIL_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// Time for which a mail waits for an earlier one that is still being tried.
const EARLIER_MAIL_WAIT: TimeDelta = TimeDelta::minutes(10);
/// Time for which the outcome of a mail is kept.
const MAIL_RETENTION: TimeDelta = TimeDelta::days(30);
/// Tries over about nine hours: a mail server may be away for a night.
const MAX_TRIES: i32 = 18;

/// Message to the user when the mail server never took their mail.
const SERVER_UNAVAILABLE: &str = "the mail server took no mail for hours";

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    mail: NotificationMailId,
}

/// Adds `notice` to the next mail to the user of `work`, if they proved that their address is theirs.
pub(in crate::features::notifications) async fn gather(
    work: &mut Work,
    notice: &StoredNotice,
) -> diesel::QueryResult<()> {
    let user = work.user;
    if recipient::verified_address(work, user).await?.is_none() {
        return Ok(());
    }
    if let Some(mail) = mails::lock_gathering(work, user, notice.kind).await? {
        return mails::add(work, mail, notice.id).await;
    }
    let (id, now): (NotificationMailId, _) = (work.ids.next(), work.now);
    mails::insert(work, id, notice.kind).await?;
    mails::add(work, id, notice.id).await?;
    let last = mails::last_begun(work, user, notice.kind).await?;
    let job = NewJob {
        kind: MAIL_JOB,
        user: Some(user),
        payload: json!(Payload { mail: id }),
        unique_key: Some(id.to_string()),
        run_at: last.map_or(now, |last| now.max(last + MIN_MAIL_INTERVAL)),
        max_attempts: MAX_TRIES,
    };
    jobs::enqueue(work, &job).await
}

/// Sends the mails that are due.
#[derive(Debug, Clone)]
pub struct Mailing {
    /// The services.
    pub core: Core,
    /// Mailer that sends them.
    pub mailer: Mailer,
    /// Makes the links that end them.
    pub unsubscribe_links: UnsubscribeLinks,
}

/// Next step of a mail.
enum Next {
    Send(Box<Letter>),
    Wait(DateTime<Utc>),
    Nothing,
}

#[async_trait]
impl Handler for Mailing {
    fn kind(&self) -> &'static str {
        MAIL_JOB
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let (user, mail) = named(job)?;
        let mut work = self.core.begin(user).await?;
        let next = self.prepare(&mut work, mail).await?;
        work.commit().await?;
        let letter = match next {
            Next::Send(letter) => letter,
            Next::Wait(until) => return Ok(Done::Again(until)),
            Next::Nothing => return Ok(Done::Finished),
        };
        match self.mailer.send(&letter).await {
            Ok(()) => {
                self.settle(user, mail, None).await?;
                Ok(Done::Finished)
            }
            // The user reads why; the operator has nothing to mend.
            Err(error) if error.is_permanent() => {
                let reason = if matches!(error, MailError::Unwritable(_)) {
                    MailFailureReason::Unwritable
                } else {
                    MailFailureReason::Refused
                };
                self.settle(user, mail, Some((reason, &error.to_string())))
                    .await?;
                Ok(Done::Finished)
            }
            Err(error) => Err(JobError::failed(error)),
        }
    }

    async fn give_up(&self, job: &Job, _why: &str) -> Result<(), JobError> {
        let (user, mail) = named(job)?;
        let failure = (MailFailureReason::ServerUnavailable, SERVER_UNAVAILABLE);
        self.settle(user, mail, Some(failure)).await?;
        Ok(())
    }
}

impl Mailing {
    /// Closes a mail that gathered until now, and writes it. One that was given up is only due when the operator has it
    /// tried again.
    async fn prepare(&self, work: &mut Work, id: NotificationMailId) -> Result<Next, JobError> {
        let Some(mail) = mails::lock(work, id).await? else {
            return Ok(Next::Nothing);
        };
        match mail.state {
            MailState::Sent => return Ok(Next::Nothing),
            MailState::Failed => mails::reopen(work, id).await?,
            MailState::Sending => {}
            MailState::Gathering => {
                if let Some(until) = held_back(work, &mail).await? {
                    return Ok(Next::Wait(until));
                }
                mails::close(work, id).await?;
            }
        }
        let user = work.user;
        let address = recipient::verified_address(work, user).await?;
        let unread = match mail.kind() {
            Some(kind) if is_wanted(work, kind).await? => unread_notices(work, id).await?,
            Some(_) | None => Vec::new(),
        };
        // The address may have changed to one that nobody confirmed.
        let Some(address) = address.filter(|_| !unread.is_empty()) else {
            mails::delete(work, id).await?;
            return Ok(Next::Nothing);
        };
        let written_at = mail.closed_at.unwrap_or(work.now);
        let to = Recipient {
            user,
            address,
            locale: locale(work).await.map_err(JobError::failed)?,
        };
        let letter = letter::compose(id, to, &unread, &self.unsubscribe_links, written_at);
        Ok(Next::Send(Box::new(letter)))
    }

    /// Settles a mail, unless it is settled.
    async fn settle(
        &self,
        user: UserId,
        mail: NotificationMailId,
        failure: Option<(MailFailureReason, &str)>,
    ) -> Result<(), WorkError> {
        let mut work = self.core.begin(user).await?;
        let now = work.now;
        let problem = mails::last_failure(&mut work, user).await?;
        mails::settle(&mut work, mail, failure).await?;
        mails::delete_settled_before(&mut work, now - MAIL_RETENTION).await?;
        if mails::last_failure(&mut work, user).await? != problem {
            // The settings show it.
            work.emit(EventKind::NotificationSettingsChanged, None, user);
        }
        work.commit().await
    }
}

fn named(job: &Job) -> Result<(UserId, NotificationMailId), JobError> {
    let payload: Payload = job.read()?;
    Ok((job.owner()?, payload.mail))
}

/// Time until which a mail must go on gathering, so that no two of its kind leave within an hour.
async fn held_back(work: &mut Work, mail: &MailRow) -> diesel::QueryResult<Option<DateTime<Utc>>> {
    let (user, now) = (work.user, work.now);
    if mails::is_another_sending(work, user, mail).await? {
        return Ok(Some(now + EARLIER_MAIL_WAIT));
    }
    let last = mails::last_sent(work, user, mail).await?;
    Ok(last
        .map(|sent| sent + MIN_MAIL_INTERVAL)
        .filter(|free| *free > now))
}

async fn is_wanted(work: &mut Work, kind: crate::notices::NoticeKind) -> diesel::QueryResult<bool> {
    let user = work.user;
    let switches = settings::load(work, user).await?;
    Ok(switches.is_enabled(kind, Channel::Email))
}

/// Items of a mail that were not read before it was closed.
async fn unread_notices(
    work: &mut Work,
    id: NotificationMailId,
) -> Result<Vec<super::super::model::Notice>, JobError> {
    let items = mails::items(work, id).await?;
    let mut bare = notices::load(work, &items).await?;
    bare.sort_by_key(|one| (one.created_at, one.id));
    with_texts(work, bare).await.map_err(JobError::failed)
}
