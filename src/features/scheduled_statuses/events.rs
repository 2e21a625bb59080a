//! Outcomes of published statuses, as reported by WhatsApp, on the pipeline's open transaction.

use diesel::QueryResult;
use serde_json::{Value, json};

use super::failure::{DeletionFailureReason, Failure, FailureReason};
use super::model::{MissCause, Publication, State};
use super::publish;
use super::store::{VIEWERS, progress, statuses};
use crate::contacts::{self, Names};
use crate::event::{Chat, Receipt, ReceiptKind, SendEvent, SendOutcome};
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::{EventContext, StatusView};
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
    let failure = match &news.outcome {
        SendOutcome::Sent => return Ok(()),
        SendOutcome::Acked => {
            if progress::mark_published(cx, publication.status, news.at).await? {
                notify(cx, publication, NoticeKind::ScheduledStatusPublished).await?;
            }
            return Ok(());
        }
        SendOutcome::Rejected { code } => Failure::rejected(FailureReason::Rejected, "the status", code),
        SendOutcome::Failed { reason } | SendOutcome::Withdrawn { reason } => {
            Failure::new(FailureReason::NotSent, reason)
        }
    };
    fail(cx, publication, &failure).await
}

async fn settle_deletion(
    cx: &mut EventContext<'_>,
    status: ScheduledStatusId,
    news: &SendEvent,
) -> QueryResult<()> {
    let account = cx.account.id;
    let changed = match &news.outcome {
        SendOutcome::Sent => false,
        SendOutcome::Acked => progress::mark_deleted(cx, status, news.at).await?,
        SendOutcome::Rejected { code } => {
            let failure = Failure::rejected(DeletionFailureReason::Rejected, "the deletion", code);
            progress::mark_deletion_failed(cx, status, &failure).await?
        }
        SendOutcome::Failed { reason } | SendOutcome::Withdrawn { reason } => {
            let failure = Failure::new(DeletionFailureReason::NotSent, reason);
            progress::mark_deletion_failed(cx, status, &failure).await?
        }
    };
    if changed {
        cx.emit(EventKind::ScheduledStatusChanged, Some(account), status);
    }
    Ok(())
}

/// Ends a status that could not be published, unless its state is final already, and notifies the user.
pub(super) async fn fail(
    work: &mut Work,
    publication: Publication,
    failure: &Failure<FailureReason>,
) -> QueryResult<()> {
    if progress::mark_ended(work, publication.status, State::Failed, failure).await? {
        notify(work, publication, NoticeKind::ScheduledStatusFailed).await?;
    }
    Ok(())
}

/// Ends a status whose time passed, unless its state is final already, and notifies the user of the cause.
pub(super) async fn miss(work: &mut Work, publication: Publication, cause: &MissCause) -> QueryResult<()> {
    if progress::mark_ended(work, publication.status, State::Missed, &cause.failure()).await? {
        notify_with(
            work,
            publication,
            NoticeKind::ScheduledStatusMissed,
            cause.details(),
        )
        .await?;
    }
    Ok(())
}

/// Takes up the statuses whose time came while the account could not publish: it is online again.
pub(super) async fn take_up_overdue(cx: &mut EventContext<'_>) -> QueryResult<()> {
    let (account, now) = (cx.account.id, cx.now);
    for status in statuses::list_overdue(cx, account, now).await? {
        publish::enqueue_check(cx, status, now).await?;
    }
    Ok(())
}

async fn notify(work: &mut Work, publication: Publication, kind: NoticeKind) -> QueryResult<()> {
    notify_with(work, publication, kind, json!({})).await
}

/// Announces the end of a status, and posts a notice with the planned time beside the `details`.
async fn notify_with(
    work: &mut Work,
    publication: Publication,
    kind: NoticeKind,
    mut details: Value,
) -> QueryResult<()> {
    let Publication {
        status,
        account,
        publish_at,
    } = publication;
    work.emit(EventKind::ScheduledStatusChanged, Some(account), status);
    details["publishAt"] = json!(publish_at);
    let notice = NewNotice {
        kind,
        account: Some(account),
        subject: Some(status.into()),
        details,
        at: work.now,
    };
    notices::post(work, &notice).await.map(drop)
}

/// Records a view when a receipt says that somebody opened a scheduled status. The feature of statuses counts it.
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
        let view = StatusView {
            contact: viewer,
            viewed_at: receipt.at,
        };
        if VIEWERS.record(cx, status.into(), view).await? {
            cx.emit(EventKind::ScheduledStatusChanged, Some(account.id), status);
        }
    }
    Ok(())
}
