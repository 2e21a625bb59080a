//! Handlers of events about statuses and likes, on the pipeline's open transaction.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use diesel::QueryResult;

use super::auto_like::{AutoLike, LikeContext, SkipReason};
use super::model::{LikeEnd, StatusKind, StatusLikeState};
use super::store::likes::{LikeSends, QueuedLike, SentLike};
use super::store::statuses::NewStatus;
use super::store::{likes, settings, statuses};
use crate::account::AccountRef;
use crate::contacts::ChatKind;
use crate::counts::Metric;
use crate::event::{Content, Message, Outgoing, Pause, SendEvent, SendOutcome};
use crate::features::EventContext;
use crate::features::schema::Failure;
use crate::features::statuses::StatusId;
use crate::hub::EventKind;
use crate::id::{ContactId, MediaId, MessageId, SendId};
use crate::messages::{self, Recorded};
use crate::plan::{self, Entitlements};
use crate::whatsapp::outbox;
use crate::work::Work;

/// Time between the view receipt of a status and its like.
const VIEW_BEFORE_LIKE: TimeDelta = TimeDelta::seconds(1);

/// Records a new message in the chat of statuses: a status, or the deletion of one.
pub(super) async fn record_message(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> QueryResult<()> {
    debug_assert_eq!(recorded.chat_kind, ChatKind::Status);
    if let Content::Revoke { target_wa_id, .. } = &message.content {
        return delete(cx, recorded, message, target_wa_id).await;
    }
    if let Content::Reaction { target_wa_id, .. } = &message.content
        && message.is_from_me
    {
        return yield_to_owner(cx, recorded, message, target_wa_id).await;
    }
    match StatusKind::of(&message.content) {
        Some(kind) => record(cx, recorded, message, kind).await,
        None => Ok(()),
    }
}

/// Leaves a status to which the owner reacted alone, also when the owner took the reaction back: its like is cancelled,
/// or never made.
async fn yield_to_owner(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    target_wa_id: &str,
) -> QueryResult<()> {
    let account = cx.account;
    statuses::remember_reaction(cx, account, target_wa_id, message.sent_at).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    let named: Vec<MessageId> = named.iter().map(|held| held.id).collect();
    let open = likes::open_of_messages(cx, &named).await?;
    cancel_likes(cx, account, open, SkipReason::AlreadyReacted).await
}

async fn record(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    kind: StatusKind,
) -> QueryResult<()> {
    let account = cx.account;
    let author = cx.sender_rows().await?;
    let deleted_at = statuses::take_deletion(cx, account, &author, &message.wa_id).await?;
    let text = text_of(&message.content);
    let reference = if let Content::Media(media) = &message.content {
        Some(media)
    } else {
        None
    };
    let media = match reference {
        Some(media) => Some(messages::record_media(cx, account, recorded.id, media).await?),
        None => None,
    };
    let status = NewStatus {
        id: cx.ids.next(),
        message: recorded.id,
        author: recorded.sender,
        kind,
        text,
        media,
        is_own: message.is_from_me,
        posted_at: message.sent_at,
        deleted_at,
    };
    if !insert(cx, &status).await? || message.is_from_me {
        return Ok(());
    }
    like(cx, &status, &author, message).await
}

/// Records a status that AMDA published, with its stored file and without an event. None when it is stored already.
pub(super) async fn record_own(
    work: &mut Work,
    account: AccountRef,
    recorded: Recorded,
    message: &Message,
    media: Option<MediaId>,
    deleted_at: Option<DateTime<Utc>>,
) -> QueryResult<Option<StatusId>> {
    let Some(kind) = StatusKind::of(&message.content) else {
        return Ok(None);
    };
    let status = NewStatus {
        id: work.ids.next(),
        message: recorded.id,
        author: recorded.sender,
        kind,
        text: text_of(&message.content),
        media,
        is_own: true,
        posted_at: message.sent_at,
        deleted_at,
    };
    let is_new = statuses::insert(work, account, &status).await?;
    Ok(is_new.then_some(status.id))
}

/// Inserts a status and announces it. False when it is stored already.
async fn insert(cx: &mut EventContext<'_>, status: &NewStatus<'_>) -> QueryResult<bool> {
    let account = cx.account;
    let is_new = statuses::insert(cx, account, status).await?;
    if is_new {
        cx.emit(EventKind::StatusPosted, Some(account.id), status.id);
    }
    Ok(is_new)
}

/// The text of a status, or the caption of its media. None when nothing in it is visible.
fn text_of(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text.as_str()).filter(|text| !text.is_empty()),
        Content::Media(media) => media.caption.as_deref(),
        Content::LostMedia { caption, .. } => caption.as_deref(),
        Content::ViewOnce(_)
        | Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Part { .. }
        | Content::Undecrypted
        | Content::Other(_) => None,
    }
}

/// Judges a new status, and queues its like or records the reason for skipping it.
async fn like(
    cx: &mut EventContext<'_>,
    status: &NewStatus<'_>,
    author: &[ContactId],
    message: &Message,
) -> QueryResult<()> {
    let (now, account) = (cx.now, cx.account);
    let settings = settings::load_shared(cx, account.id).await?;
    if !settings.is_enabled {
        return Ok(());
    }
    let entitlements = plan::entitlements(cx, account.user).await?;
    let context = load_context(cx, status, author, &message.wa_id, &settings, &entitlements).await?;
    let emoji = settings
        .emoji_for(author, entitlements.has_emoji_per_contact)
        .as_str();
    let decision = match settings.judge(&context) {
        Ok(()) => {
            let reaction = Outgoing::StatusReaction {
                author: message.sender.clone(),
                target_wa_id: message.wa_id.clone(),
                emoji: emoji.to_owned(),
            };
            let send_at = now + cx.delay.draw(&cx.ids);
            let like = outbox::enqueue(cx, account, &reaction, send_at).await?.id;
            let view = if settings.sends_view_receipts {
                Some(queue_view(cx, message, send_at).await?)
            } else {
                None
            };
            Ok(LikeSends { like, view })
        }
        Err(reason) => Err(reason),
    };
    let like = likes::insert(cx, account, status.id, emoji, decision).await?;
    cx.emit(EventKind::StatusLikeChanged, Some(account.id), like);
    Ok(())
}

/// Queues the view receipt that is sent shortly before the like at `like_at`.
async fn queue_view(
    cx: &mut EventContext<'_>,
    message: &Message,
    like_at: DateTime<Utc>,
) -> QueryResult<SendId> {
    let account = cx.account;
    let view = Outgoing::StatusView {
        author: message.sender.clone(),
        target_wa_id: message.wa_id.clone(),
    };
    let send_at = like_at - VIEW_BEFORE_LIKE;
    let queued = outbox::enqueue(cx, account, &view, send_at).await?;
    Ok(queued.id)
}

async fn load_context(
    cx: &mut EventContext<'_>,
    status: &NewStatus<'_>,
    author: &[ContactId],
    wa_id: &str,
    settings: &AutoLike,
    entitlements: &Entitlements,
) -> QueryResult<LikeContext> {
    let (now, account) = (cx.now, cx.account);
    let local_time = match settings.quiet_hours {
        Some(_) => {
            let zone = plan::zone(cx, account.user).await?;
            now.with_timezone(&zone).time()
        }
        None => NaiveTime::MIN,
    };
    Ok(LikeContext {
        now,
        posted_at: status.posted_at,
        local_time,
        is_deleted: status.deleted_at.is_some(),
        has_reacted: statuses::has_owner_reacted(cx, account.id, wa_id).await?,
        is_muted: settings::is_muted(cx, status.author).await?,
        is_listed: settings.contacts.iter().any(|listed| author.contains(listed)),
        has_lists: entitlements.has_auto_like_lists,
        has_quiet_hours: entitlements.has_quiet_hours,
        likes_this_hour: likes::count_since(cx, account.id, now - TimeDelta::hours(1)).await?,
        paused_until: outbox::current_pause(cx, account.id, now)
            .await?
            .map(|pause| pause.until),
    })
}

/// Records the deletion of a status, if it comes from the status's author.
async fn delete(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    target_wa_id: &str,
) -> QueryResult<()> {
    let account = cx.account;
    let revoker = cx.sender_rows().await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    let Some(own) = named.iter().find(|held| revoker.contains(&held.sender)) else {
        // The revoker has no status with this id: it has not arrived yet, or another contact posted it and it stays.
        let at = message.sent_at;
        return statuses::remember_deletion(cx, account, recorded.sender, target_wa_id, at).await;
    };
    let Some(status) = statuses::mark_deleted(cx, own.id, message.sent_at).await? else {
        return Ok(());
    };
    cx.emit(EventKind::StatusDeleted, Some(account.id), status);
    let queued = likes::find_queued(cx, status).await?;
    cancel_likes(cx, account, queued, SkipReason::Deleted).await
}

/// Cancels the waiting likes when WhatsApp asks to pause sending: after the pause they would all be sent at once.
pub(super) async fn pause(cx: &mut EventContext<'_>, pause: &Pause) -> QueryResult<()> {
    if pause.until > cx.now {
        cancel_all_likes(cx, SkipReason::RiskBudget).await?;
    }
    Ok(())
}

/// Cancels every waiting like of the account.
pub(super) async fn cancel_all_likes(cx: &mut EventContext<'_>, reason: SkipReason) -> QueryResult<()> {
    let account = cx.account;
    let queued = likes::queued_of(cx, account.id).await?;
    cancel_likes(cx, account, queued, reason).await
}

/// Cancels waiting likes and their view receipts. A like that is being sent already is not tried again.
pub(super) async fn cancel_likes(
    work: &mut Work,
    account: AccountRef,
    queued: impl IntoIterator<Item = QueuedLike>,
    reason: SkipReason,
) -> QueryResult<()> {
    let now = work.now;
    for (like, sends) in queued {
        if let Some(view) = sends.view {
            // A view receipt that is being sent already does no harm without its like.
            outbox::withdraw(work, view, reason.as_str()).await?;
        }
        if outbox::withdraw(work, sends.like, reason.as_str()).await? {
            likes::settle(work, like, &LikeEnd::Skipped(reason), now).await?;
            work.emit(EventKind::StatusLikeChanged, Some(account.id), like);
        }
    }
    Ok(())
}

/// Records the outcome of a send, if the send is a like. A settled like never changes.
pub(super) async fn settle(cx: &mut EventContext<'_>, news: &SendEvent) -> QueryResult<()> {
    let account = cx.account;
    let Some(found) = likes::find_by_send(cx, news.send).await? else {
        return Ok(());
    };
    let like = found.id;
    if !matches!(found.state, StatusLikeState::Queued | StatusLikeState::Sent) {
        return Ok(());
    }
    if news.outcome == SendOutcome::Sent {
        if found.state != StatusLikeState::Queued {
            return Ok(());
        }
        likes::mark_sent(cx, like, news.at).await?;
    } else if let Some(end) = end_of(&found, news) {
        likes::settle(cx, like, &end, news.at).await?;
        if end == LikeEnd::Liked {
            let author = likes::author_of(cx, like).await?;
            cx.count(Metric::Likes, account.id, author, news.at);
        }
    }
    let kind = match news.outcome {
        SendOutcome::Acked => EventKind::StatusLiked,
        SendOutcome::Sent
        | SendOutcome::Rejected { .. }
        | SendOutcome::Failed { .. }
        | SendOutcome::Withdrawn { .. } => EventKind::StatusLikeChanged,
    };
    cx.emit(kind, Some(account.id), like);
    Ok(())
}

/// The end that an outcome of its send puts to a like; none while the like goes on.
fn end_of(like: &SentLike, news: &SendEvent) -> Option<LikeEnd> {
    Some(match &news.outcome {
        SendOutcome::Sent => return None,
        SendOutcome::Acked => LikeEnd::Liked,
        SendOutcome::Rejected { code } => LikeEnd::Rejected(Failure::refused(code)),
        SendOutcome::Failed { reason } => {
            let has_waited = like
                .queued_at
                .is_some_and(|queued| news.at - queued >= outbox::LIKE_USEFUL_FOR);
            // The outbox gives up a like that waited for so long, so it counts as skipped.
            if like.state == StatusLikeState::Queued && has_waited {
                LikeEnd::Skipped(SkipReason::WaitedTooLong)
            } else {
                LikeEnd::Failed(Failure::because(reason.as_str()))
            }
        }
        SendOutcome::Withdrawn { reason } => LikeEnd::withdrawn(reason),
    })
}
