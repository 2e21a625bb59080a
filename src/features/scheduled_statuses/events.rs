//! Outcomes of published statuses, as reported by WhatsApp, on the pipeline's open transaction.

use diesel::QueryResult;
use serde_json::json;

use super::model::{Publication, State};
use super::store::{progress, viewers};
use crate::contacts::{self, Names};
use crate::counts::Metric;
use crate::event::{Chat, Receipt, ReceiptKind, SendEvent, SendOutcome};
use crate::features::EventContext;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::hub::EventKind;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::work::Work;

/// Records the outcome of a send, if it is a status or the deletion of one. A final state stays.
pub(super) async fn settle(cx: &mut EventContext<'_>, news: &SendEvent) -> QueryResult<()> {
    if let Some((status, publish_at)) = progress::find_by_send(cx, news.send).await? {
        let publication = Publication {
            status,
            account: cx.account.id,
            publish_at,
        };
        return settle_publication(cx, publication, news).await;
    }
    if let Some(status) = progress::find_by_revoke(cx, news.send).await? {
        return settle_deletion(cx, status, news).await;
    }
    Ok(())
}

async fn settle_publication(
    cx: &mut EventContext<'_>,
    publication: Publication,
    news: &SendEvent,
) -> QueryResult<()> {
    let reason = match &news.outcome {
        SendOutcome::Sent => return Ok(()),
        SendOutcome::Acked => {
            if progress::mark_published(cx, publication.status, news.at).await? {
                notify(cx, publication, NoticeKind::StatusPublished).await?;
            }
            return Ok(());
        }
        SendOutcome::Rejected { code } => format!("WhatsApp refused it with code {code}"),
        SendOutcome::Failed { reason } | SendOutcome::Withdrawn { reason } => reason.clone(),
    };
    end(cx, publication, State::Failed, &reason).await
}

async fn settle_deletion(
    cx: &mut EventContext<'_>,
    status: ScheduledStatusId,
    news: &SendEvent,
) -> QueryResult<()> {
    let account = cx.account.id;
    let changed = match &news.outcome {
        SendOutcome::Sent => false,
        SendOutcome::Acked => progress::settle_deletion(cx, status, Ok(news.at)).await?,
        SendOutcome::Rejected { code } => {
            let reason = format!("WhatsApp refused it with code {code}");
            progress::settle_deletion(cx, status, Err(&reason)).await?
        }
        SendOutcome::Failed { reason } | SendOutcome::Withdrawn { reason } => {
            progress::settle_deletion(cx, status, Err(reason)).await?
        }
    };
    if changed {
        cx.emit(EventKind::ScheduledStatusChanged, Some(account), status);
    }
    Ok(())
}

/// Ends a status that was not published, unless its state is final already, and notifies the user.
pub(super) async fn end(
    work: &mut Work,
    publication: Publication,
    state: State,
    reason: &str,
) -> QueryResult<()> {
    if !progress::mark_ended(work, publication.status, state, reason).await? {
        return Ok(());
    }
    let kind = match state {
        State::Missed => NoticeKind::StatusMissed,
        _ => NoticeKind::StatusFailed,
    };
    notify(work, publication, kind).await
}

async fn notify(work: &mut Work, publication: Publication, kind: NoticeKind) -> QueryResult<()> {
    let Publication {
        status,
        account,
        publish_at,
    } = publication;
    work.emit(EventKind::ScheduledStatusChanged, Some(account), status);
    let notice = NewNotice {
        kind,
        account: Some(account),
        subject: Some(status.into()),
        details: json!({ "publishAt": publish_at }),
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}

/// Counts a view when a receipt says that somebody opened a status.
pub(super) async fn count_viewers(cx: &mut EventContext<'_>, receipt: &Receipt) -> QueryResult<()> {
    let is_look = match receipt.kind {
        ReceiptKind::Read | ReceiptKind::Played => receipt.chat == Chat::Status,
        ReceiptKind::Delivered => false,
    };
    if !is_look {
        return Ok(());
    }
    let account = cx.account;
    let seen = progress::find_by_wa_ids(cx, account.id, &receipt.wa_ids).await?;
    if seen.is_empty() {
        return Ok(());
    }
    let viewer = contacts::resolve(cx, account, &receipt.from, Names::default()).await?;
    for status in seen {
        if viewers::record(cx, status, viewer, receipt.at).await? {
            cx.count(Metric::StatusViews, account.id, viewer, receipt.at);
            cx.emit(EventKind::ScheduledStatusChanged, Some(account.id), status);
        }
    }
    Ok(())
}
