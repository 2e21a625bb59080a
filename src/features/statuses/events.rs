//! Handlers of events about statuses and likes, on the pipeline's open transaction.

use std::collections::HashSet;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use diesel::QueryResult;

use super::auto_like::{AutoLike, LikeContext, SkipReason};
use super::model::{LikeEnd, StatusKind, StatusLikeState};
use super::store::likes::{LikeSends, NewLike, QueuedLike, SentLike};
use super::store::statuses::NewStatus;
use super::store::{before_arrival, likes, settings, statuses};
use crate::account::AccountRef;
use crate::contacts::{self, ChatKind};
use crate::counts::Metric;
use crate::event::{Content, Message, Outgoing, Pause, SendEvent, SendOutcome};
use crate::features::schema::Failure;
use crate::features::statuses::StatusId;
use crate::features::{EventContext, Received};
use crate::hub::EventKind;
use crate::id::{MediaId, MessageId};
use crate::messages::{self, Recorded};
use crate::plan;
use crate::whatsapp::outbox::{self, Draft};
use crate::work::Work;

/// Time between the view receipt of a status and its like.
const VIEW_BEFORE_LIKE: TimeDelta = TimeDelta::seconds(1);

/// Records new messages in the chat of statuses: statuses, or the deletion of one.
pub(super) async fn record_messages(cx: &mut EventContext<'_>, received: &[Received<'_>]) -> QueryResult<()> {
    let mut posts = Vec::new();
    for one in received {
        let Received { recorded, message } = *one;
        if recorded.chat_kind != ChatKind::Status || !recorded.is_new {
            continue;
        }
        match &message.content {
            Content::Revoke { target_wa_id, .. } => delete(cx, recorded, message, target_wa_id).await?,
            Content::Reaction { target_wa_id, .. } if message.is_from_me => {
                yield_to_owner(cx, recorded, message, target_wa_id).await?;
            }
            content => posts.extend(StatusKind::of(content).map(|kind| (*one, kind))),
        }
    }
    if posts.is_empty() {
        return Ok(());
    }
    record(cx, &posts).await
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
    before_arrival::remember_reaction(cx, account, target_wa_id, message.sent_at).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    let named: Vec<MessageId> = named.iter().map(|held| held.id).collect();
    let open = likes::open_of_messages(cx, &named).await?;
    cancel_likes(cx, account, open, SkipReason::AlreadyReacted).await
}

async fn record(cx: &mut EventContext<'_>, posts: &[(Received<'_>, StatusKind)]) -> QueryResult<()> {
    let account = cx.account;
    let wa_ids: Vec<&str> = posts.iter().map(|(one, _)| one.message.wa_id.as_str()).collect();
    let deleted = before_arrival::with_deletion(cx, account.id, &wa_ids).await?;
    let mut new = Vec::with_capacity(posts.len());
    for (Received { recorded, message }, kind) in posts {
        let deleted_at = if deleted.contains(&message.wa_id) {
            let author = contacts::rows_of_sender(cx, recorded.sender).await?;
            before_arrival::take_deletion(cx, account, &author, &message.wa_id).await?
        } else {
            None
        };
        let media = match &message.content {
            Content::Media(media) => Some(messages::record_media(cx, account, recorded.id, media).await?),
            _ => None,
        };
        new.push(NewStatus {
            id: cx.ids.next(),
            message: recorded.id,
            author: recorded.sender,
            kind: *kind,
            text: message.content.shown_text(),
            media,
            is_own: message.is_from_me,
            posted_at: message.sent_at,
            deleted_at,
        });
    }
    let inserted = statuses::insert(cx, account, &new).await?;
    let mut others = Vec::with_capacity(new.len());
    for (status, (one, _)) in new.iter().zip(posts) {
        if inserted.contains(&status.id) {
            cx.emit(EventKind::StatusPosted, Some(account.id), status.id);
            if !status.is_own {
                others.push((status, one.message));
            }
        }
    }
    like(cx, &others).await
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
        text: message.content.shown_text(),
        media,
        is_own: true,
        posted_at: message.sent_at,
        deleted_at,
    };
    let inserted = statuses::insert(work, account, &[status]).await?;
    Ok(inserted.into_iter().next())
}

/// Judges new statuses of others, and queues their likes or records the reasons for skipping them.
async fn like(cx: &mut EventContext<'_>, posts: &[(&NewStatus<'_>, &Message)]) -> QueryResult<()> {
    if posts.is_empty() {
        return Ok(());
    }
    let (now, account) = (cx.now, cx.account);
    let settings = settings::load_shared(cx, account.id).await?;
    if !settings.is_enabled {
        return Ok(());
    }
    let entitlements = plan::present_entitlements(cx).await?;
    let mut surroundings = load_surroundings(cx, posts, &settings).await?;
    let (mut drafts, mut likes) = (Vec::new(), Vec::with_capacity(posts.len()));
    for (status, message) in posts {
        let author = contacts::rows_of_sender(cx, status.author).await?;
        let context = LikeContext {
            now,
            posted_at: status.posted_at,
            local_time: surroundings.local_time,
            is_deleted: status.deleted_at.is_some(),
            has_reacted: surroundings.reacted.contains(&message.wa_id),
            is_muted: contacts::is_muted(cx, status.author).await?,
            is_listed: settings.contacts.iter().any(|listed| author.contains(listed)),
            has_lists: entitlements.has_auto_like_lists,
            has_quiet_hours: entitlements.has_quiet_hours,
            likes_this_hour: surroundings.likes_this_hour,
            paused_until: surroundings.paused_until,
        };
        let emoji = settings
            .emoji_for(&author, entitlements.has_emoji_per_contact)
            .as_str();
        let decision = match settings.judge(&context) {
            Ok(()) => {
                surroundings.likes_this_hour += 1;
                let like_at = now + cx.delay.draw(&cx.ids);
                let like = outbox::draft(cx, &reaction(message, emoji), like_at)?;
                let view = if settings.sends_view_receipts {
                    Some(outbox::draft(cx, &view(message), like_at - VIEW_BEFORE_LIKE)?)
                } else {
                    None
                };
                let sends = LikeSends {
                    like: like.id(),
                    view: view.as_ref().map(Draft::id),
                };
                drafts.extend([like].into_iter().chain(view));
                Ok(sends)
            }
            Err(reason) => Err(reason),
        };
        likes.push(NewLike {
            id: cx.ids.next(),
            status: status.id,
            emoji,
            decision,
        });
    }
    outbox::enqueue_all(cx, account, &drafts).await?;
    likes::insert(cx, account, &likes).await?;
    for like in &likes {
        cx.emit(EventKind::StatusLikeChanged, Some(account.id), like.id);
    }
    Ok(())
}

fn reaction(message: &Message, emoji: &str) -> Outgoing {
    Outgoing::StatusReaction {
        author: message.sender.clone(),
        target_wa_id: message.wa_id.clone(),
        emoji: emoji.to_owned(),
    }
}

fn view(message: &Message) -> Outgoing {
    Outgoing::StatusView {
        author: message.sender.clone(),
        target_wa_id: message.wa_id.clone(),
    }
}

/// What the judgement of several statuses has in common.
struct Surroundings {
    local_time: NaiveTime,
    /// WhatsApp's ids of the statuses to which the owner reacted.
    reacted: HashSet<String>,
    likes_this_hour: i64,
    paused_until: Option<DateTime<Utc>>,
}

async fn load_surroundings(
    cx: &mut EventContext<'_>,
    posts: &[(&NewStatus<'_>, &Message)],
    settings: &AutoLike,
) -> QueryResult<Surroundings> {
    let (now, account) = (cx.now, cx.account);
    let local_time = match settings.quiet_hours {
        Some(_) => now.with_timezone(&plan::present_zone(cx).await?).time(),
        None => NaiveTime::MIN,
    };
    let wa_ids: Vec<&str> = posts.iter().map(|(_, message)| message.wa_id.as_str()).collect();
    Ok(Surroundings {
        local_time,
        reacted: before_arrival::with_reaction(cx, account.id, &wa_ids).await?,
        likes_this_hour: likes::count_this_hour(cx, account.id).await?,
        paused_until: outbox::present_pause(cx, account.id)
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
    let revoker = contacts::rows_of_sender(cx, recorded.sender).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    let Some(own) = named.iter().find(|held| revoker.contains(&held.sender)) else {
        // The revoker has no status with this id: it has not arrived yet, or another contact posted it and it stays.
        let at = message.sent_at;
        return before_arrival::remember_deletion(cx, account, recorded.sender, target_wa_id, at).await;
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
