//! Outcomes of replies: cancelled, sent, accepted by WhatsApp, delivered, refused.

use super::error::AutoReplyError;
use super::model::{ReplyEnd, ReplyState};
use super::rule::SkipReason;
use super::store::queued::QueuedReply;
use super::store::{context, queued, replies, settings};
use super::text::replyable_text;
use crate::account::AccountRef;
use crate::contacts;
use crate::counts::Metric;
use crate::event::{Chat, Message, Pause, Receipt, SendEvent, SendOutcome};
use crate::features::EventContext;
use crate::features::schema::Failure;
use crate::hub::EventKind;
use crate::messages::Recorded;
use crate::whatsapp::outbox;
use crate::work::Work;

/// Cancels the queued replies to a contact to whom the owner wrote himself.
pub(super) async fn cancel_for_owner(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> Result<(), AutoReplyError> {
    if replyable_text(&message.content).is_none() {
        return Ok(());
    }
    let Some(partner) = context::find_direct_contact(cx, recorded.chat).await? else {
        return Ok(());
    };
    let account = cx.account;
    let people = contacts::rows_of(cx, &[partner]).await?;
    let waiting = queued::list_for(cx, &people, message.sent_at).await?;
    cancel(cx, account, waiting, SkipReason::AnsweredByOwner).await
}

/// Cancels every queued reply of the account.
pub(super) async fn cancel_all(cx: &mut EventContext<'_>, reason: SkipReason) -> Result<(), AutoReplyError> {
    let account = cx.account;
    let waiting = queued::list(cx, account.id).await?;
    cancel(cx, account, waiting, reason).await
}

/// Cancels queued replies, except those already on their way.
pub(super) async fn cancel(
    work: &mut Work,
    account: AccountRef,
    waiting: Vec<QueuedReply>,
    reason: SkipReason,
) -> Result<(), AutoReplyError> {
    let now = work.now;
    for (reply, send) in waiting {
        let Some(send) = send else { continue };
        if outbox::cancel(work, send).await? {
            replies::settle(work, reply, &ReplyEnd::Skipped(reason), now).await?;
            work.emit(EventKind::AutoReplyChanged, Some(account.id), reply);
        }
    }
    Ok(())
}

/// Records the outcome of a send, if it is a reply. A reply with a final outcome keeps it.
pub(super) async fn record_send_outcome(
    cx: &mut EventContext<'_>,
    news: &SendEvent,
) -> Result<(), AutoReplyError> {
    let account = cx.account;
    let Some(reply) = replies::find_by_send(cx, news.send).await? else {
        return Ok(());
    };
    let (id, at, known) = (reply.id, news.at, reply.state);
    let is_open = matches!(known, ReplyState::Queued | ReplyState::Sent) && reply.acked_at.is_none();
    match &news.outcome {
        SendOutcome::Sent if known == ReplyState::Queued => replies::mark_sent(cx, id, at).await?,
        SendOutcome::Acked if is_open => {
            replies::mark_acked(cx, id, ReplyState::Sent, at).await?;
            cx.count(Metric::AutoReplies, account.id, reply.contact_id, at);
        }
        SendOutcome::Acked if known == ReplyState::Delivered && reply.acked_at.is_none() => {
            replies::mark_acked(cx, id, known, at).await?;
        }
        SendOutcome::Rejected { code } if is_open => {
            replies::settle(cx, id, &ReplyEnd::Rejected(Failure::refused(code)), at).await?;
        }
        SendOutcome::Failed { reason } | SendOutcome::Withdrawn { reason } if is_open => {
            let has_waited = reply
                .queued_at
                .is_some_and(|queued| at - queued >= outbox::TEXT_USEFUL_FOR);
            // The outbox gives up on what waited this long without leaving.
            let end = if known == ReplyState::Queued && has_waited {
                ReplyEnd::Skipped(SkipReason::WaitedTooLong)
            } else {
                ReplyEnd::Failed(Failure::because(reason.as_str()))
            };
            replies::settle(cx, id, &end, at).await?;
        }
        SendOutcome::Sent
        | SendOutcome::Acked
        | SendOutcome::Rejected { .. }
        | SendOutcome::Failed { .. }
        | SendOutcome::Withdrawn { .. } => return Ok(()),
    }
    cx.emit(EventKind::AutoReplyChanged, Some(account.id), id);
    Ok(())
}

/// Handles a pause by WhatsApp: cancels the replies that would be too late at its end; the others wait for it.
pub(super) async fn pause(cx: &mut EventContext<'_>, pause: &Pause) -> Result<(), AutoReplyError> {
    let account = cx.account;
    // Locked before any row of the outbox, in the same order as everywhere else.
    settings::load_locked(cx, account.id).await?;
    let too_late = queued::list_before(cx, account.id, pause.until - outbox::TEXT_USEFUL_FOR).await?;
    cancel(cx, account, too_late, SkipReason::RiskBudget).await
}

/// Records that a contact's device received a reply.
pub(super) async fn record_delivery(
    cx: &mut EventContext<'_>,
    receipt: &Receipt,
) -> Result<(), AutoReplyError> {
    let Chat::Direct(_) = receipt.chat else {
        return Ok(());
    };
    let account = cx.account;
    for reply in replies::find_under_way(cx, account.id, &receipt.wa_ids).await? {
        replies::mark_delivered(cx, reply.id, receipt.at).await?;
        // A delivered reply was accepted, even when the ack comes later or never.
        if reply.acked_at.is_none() {
            cx.count(Metric::AutoReplies, account.id, reply.contact_id, receipt.at);
        }
        cx.emit(EventKind::AutoReplyChanged, Some(account.id), reply.id);
    }
    Ok(())
}
