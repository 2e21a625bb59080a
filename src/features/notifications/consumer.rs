//! From what happened to what a user is told.

use async_trait::async_trait;
use serde_json::json;

use super::channel::Channel;
use super::service::reader;
use super::store::{happened, notices, settings};
use super::{mailing, push};
use crate::event_consumers::{ConsumeError, EventConsumer};
use crate::hub::{EventKind, EventRow};
use crate::notices::{self as plumbing, NewNotice, NoticeKind};
use crate::plan::Period;
use crate::work::Work;

/// The states of an account that need its owner, as the database spells them.
const NEEDING: [&str; 5] = [
    "LOGGED_OUT",
    "REPLACED",
    "BANNED_UNTIL",
    "OUTDATED_CLIENT",
    "STOPPED",
];

/// Tells users of what happened, and sends it on by the channels that they chose. An event is followed moments after
/// it happened: what was mended by then is nobody's news.
#[derive(Debug, Clone, Copy, Default)]
pub struct Notifier;

#[async_trait]
impl EventConsumer for Notifier {
    fn name(&self) -> &'static str {
        "notifications"
    }

    async fn follow(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        for row in events {
            match row.event.kind {
                EventKind::AccountChanged => account_changed(work, row).await?,
                EventKind::ViewOnceCaptured => view_once(work, row).await?,
                EventKind::MessageDeleted => deleted(work, row).await?,
                EventKind::MessageEdited => edited(work, row).await?,
                EventKind::NotificationReceived => send_on(work, row).await?,
                EventKind::StatusPosted
                | EventKind::StatusDeleted
                | EventKind::StatusChanged
                | EventKind::StatusLiked
                | EventKind::ItemDeleted
                | EventKind::ScheduledStatusChanged
                | EventKind::UploadChanged
                | EventKind::AutoReplySent
                | EventKind::NotificationRead
                | EventKind::WebhookEndpointChanged => {}
            }
        }
        Ok(())
    }
}

/// Mails and pushes a notice, as the user's switches say.
async fn send_on(work: &mut Work, row: &EventRow) -> Result<(), ConsumeError> {
    let user = work.user;
    let found = notices::load(work, &[row.event.subject.into()]).await?;
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

/// Tells once of each change to a state that needs the owner.
async fn account_changed(work: &mut Work, row: &EventRow) -> Result<(), ConsumeError> {
    let Some(account) = row.event.account else {
        return Ok(());
    };
    let Some(standing) = happened::account(work, account).await? else {
        return Ok(());
    };
    if !NEEDING.contains(&standing.state.as_str()) {
        return Ok(());
    }
    let (user, kind) = (work.user, NoticeKind::AccountNeedsAttention);
    let since = standing.state_changed_at.to_rfc3339();
    if notices::was_told(work, user, kind, Some(account), ("since", &since)).await? {
        return Ok(());
    }
    let until = standing.state_until.map(|at| at.to_rfc3339());
    let notice = NewNotice {
        kind,
        account: Some(account),
        subject: None,
        details: json!({ "state": standing.state, "since": since, "until": until }),
        at: standing.state_changed_at,
    };
    plumbing::post(work, &notice).await?;
    Ok(())
}

/// Tells of each capture, and once a month of the first that the quota refused.
async fn view_once(work: &mut Work, row: &EventRow) -> Result<(), ConsumeError> {
    match happened::view_once(work, row.event.subject).await?.as_deref() {
        Some("CAPTURED") => Ok(tell(work, NoticeKind::ViewOnceCaptured, row).await?),
        Some("QUOTA_EXHAUSTED") => exhausted(work, row).await,
        _ => Ok(()),
    }
}

async fn exhausted(work: &mut Work, row: &EventRow) -> Result<(), ConsumeError> {
    let (user, kind) = (work.user, NoticeKind::QuotaExhausted);
    let zone = reader(work).await?.zone;
    let period = Period::at(row.event.occurred_at, zone);
    let month = period.start.to_string();
    if notices::was_told(work, user, kind, None, ("month", &month)).await? {
        return Ok(());
    }
    let notice = NewNotice {
        kind,
        account: None,
        subject: None,
        details: json!({ "month": month, "resetsAt": period.resets_at(zone).to_rfc3339() }),
        at: row.event.occurred_at,
    };
    plumbing::post(work, &notice).await?;
    Ok(())
}

/// Tells of each deletion that was real, once however often its row changes.
async fn deleted(work: &mut Work, row: &EventRow) -> Result<(), ConsumeError> {
    if happened::is_deleted(work, row.event.subject).await? {
        tell(work, NoticeKind::MessageDeleted, row).await?;
    }
    Ok(())
}

/// Tells of the first edit of each message.
async fn edited(work: &mut Work, row: &EventRow) -> Result<(), ConsumeError> {
    if happened::is_edited(work, row.event.subject).await? {
        tell(work, NoticeKind::MessageEdited, row).await?;
    }
    Ok(())
}

async fn tell(work: &mut Work, kind: NoticeKind, row: &EventRow) -> diesel::QueryResult<()> {
    let notice = NewNotice {
        kind,
        account: row.event.account,
        subject: Some(row.event.subject),
        details: json!({}),
        at: row.event.occurred_at,
    };
    plumbing::post(work, &notice).await.map(drop)
}
