//! What happens to statuses and likes, on the pipeline's open transaction.

use std::sync::Arc;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Tz;
use diesel::QueryResult;

use super::auto_like::{AutoLike, LikeDelay, Occasion, SkipReason};
use super::model::{LikeOutcome, StatusKind};
use super::store::statuses::NewStatus;
use super::store::{likes, settings, statuses};
use crate::contacts::{self, ChatKind};
use crate::features::EventContext;
use crate::hub::EventKind;
use crate::id::{ContactId, StatusId};
use crate::messages::{self, Recorded};
use crate::plan;
use crate::tallies::Metric;
use crate::whatsapp::event::{Content, Message, Outgoing, SendEvent, SendOutcome};
use crate::whatsapp::outbox;

/// A new message in the chat of statuses: a status, or its deletion.
pub(super) async fn take_in(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    delay: LikeDelay,
) -> QueryResult<()> {
    debug_assert_eq!(recorded.chat_kind, ChatKind::Status);
    if let Content::Revoke { target_wa_id, .. } = &message.content {
        return delete(cx, recorded, message, target_wa_id).await;
    }
    match StatusKind::of(&message.content) {
        Some(kind) => record(cx, recorded, message, kind, delay).await,
        None => Ok(()),
    }
}

async fn record(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    kind: StatusKind,
    delay: LikeDelay,
) -> QueryResult<()> {
    let (ids, key, now, account) = (Arc::clone(&cx.ids), Arc::clone(&cx.key), cx.now, cx.account);
    let author = contacts::rows_of(cx, &[recorded.sender]).await?;
    let deleted_at = statuses::take_deletion(cx, account, &author, &message.wa_id).await?;
    let (text, reference) = match &message.content {
        Content::Text(text) => (Some(text.as_str()), None),
        Content::Media(media) => (media.caption.as_deref(), Some(media)),
        Content::ViewOnce(_)
        | Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Undecrypted
        | Content::Other(_) => (None, None),
    };
    let media = match reference {
        Some(media) => Some(messages::keep_media(cx, &ids, &key, account, now, recorded.id, media).await?),
        None => None,
    };
    let status = NewStatus {
        id: ids.next(),
        message: recorded.id,
        author: recorded.sender,
        kind,
        text,
        media,
        is_own: message.is_from_me,
        posted_at: message.sent_at,
        deleted_at,
    };
    if !statuses::insert(cx, &key, account, &status).await? {
        return Ok(());
    }
    cx.emit(EventKind::StatusPosted, Some(account.id), status.id);
    if message.is_from_me {
        return Ok(());
    }
    like(cx, &status, &author, message, delay).await
}

/// Decides on the like of a status that has just come.
async fn like(
    cx: &mut EventContext<'_>,
    status: &NewStatus<'_>,
    author: &[ContactId],
    message: &Message,
    delay: LikeDelay,
) -> QueryResult<()> {
    let (ids, key, now, account) = (Arc::clone(&cx.ids), Arc::clone(&cx.key), cx.now, cx.account);
    let settings = settings::load(cx, account.id).await?;
    if !settings.is_enabled {
        return Ok(());
    }
    let occasion = look_around(cx, status, author, &settings).await?;
    let emoji = settings.emoji.as_str();
    let decision = match settings.judge(&occasion) {
        Ok(()) => {
            let reaction = Outgoing::StatusReaction {
                author: message.sender.clone(),
                target_wa_id: message.wa_id.clone(),
                emoji: emoji.to_owned(),
            };
            let send_at = now + delay.draw(&ids);
            let queued = outbox::enqueue(cx, &ids, &key, account, now, &reaction, send_at).await?;
            Ok(queued.id)
        }
        Err(reason) => Err(reason),
    };
    let like = likes::insert(cx, &ids, account, now, status.id, emoji, decision).await?;
    cx.emit(EventKind::StatusLiked, Some(account.id), like);
    Ok(())
}

async fn look_around(
    cx: &mut EventContext<'_>,
    status: &NewStatus<'_>,
    author: &[ContactId],
    settings: &AutoLike,
) -> QueryResult<Occasion> {
    let (now, account) = (cx.now, cx.account);
    let entitlements = plan::entitlements(cx, account.user).await?;
    let local_time = match settings.quiet_hours {
        Some(_) => {
            let zone: Tz = settings::time_zone(cx, account.user)
                .await?
                .parse()
                .unwrap_or(Tz::UTC);
            now.with_timezone(&zone).time()
        }
        None => NaiveTime::MIN,
    };
    Ok(Occasion {
        now,
        posted_at: status.posted_at,
        local_time,
        is_deleted: status.deleted_at.is_some(),
        is_muted: settings::is_muted(cx, status.author).await?,
        is_listed: settings.contacts.iter().any(|listed| author.contains(listed)),
        has_lists: entitlements.has_auto_like_lists,
        likes_this_hour: likes::count_since(cx, account.id, now - TimeDelta::hours(1)).await?,
    })
}

/// A deletion; believed when it comes from the status's author.
async fn delete(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    target_wa_id: &str,
) -> QueryResult<()> {
    let account = cx.account;
    let revoker = contacts::rows_of(cx, &[recorded.sender]).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    let Some(own) = named.iter().find(|held| revoker.contains(&held.sender)) else {
        // Nothing of the revoker's has that id: it has not come yet, or is somebody else's and stays as it is.
        let (now, at) = (cx.now, message.sent_at);
        return statuses::remember_deletion(cx, account, recorded.sender, target_wa_id, at, now).await;
    };
    let Some(status) = statuses::mark_deleted(cx, own.id, message.sent_at).await? else {
        return Ok(());
    };
    cx.emit(EventKind::StatusDeleted, Some(account.id), status);
    take_back(cx, status).await
}

/// A like of a deleted status is not sent any more, unless it is on its way.
async fn take_back(cx: &mut EventContext<'_>, status: StatusId) -> QueryResult<()> {
    let (now, account) = (cx.now, cx.account);
    let Some((like, send)) = likes::find_queued(cx, status).await? else {
        return Ok(());
    };
    if outbox::cancel(cx, send).await? {
        let reason = Some(SkipReason::Deleted.as_str());
        likes::settle(cx, like, LikeOutcome::Skipped, reason, now).await?;
        cx.emit(EventKind::StatusLiked, Some(account.id), like);
    }
    Ok(())
}

/// News of a send, which may be a like. What is settled stays settled.
pub(super) async fn settle(cx: &mut EventContext<'_>, news: &SendEvent) -> QueryResult<()> {
    let account = cx.account;
    let Some((like, known)) = likes::find_by_send(cx, news.send).await? else {
        return Ok(());
    };
    let is_open = matches!(known, LikeOutcome::Queued | LikeOutcome::Sent);
    match &news.outcome {
        SendOutcome::Sent if known == LikeOutcome::Queued => likes::mark_sent(cx, like, news.at).await?,
        SendOutcome::Acked if is_open => {
            likes::settle(cx, like, LikeOutcome::Liked, None, news.at).await?;
            let author = likes::author_of(cx, like).await?;
            cx.count(Metric::Likes, account.id, author, news.at);
        }
        SendOutcome::Rejected { code } if is_open => {
            likes::settle(cx, like, LikeOutcome::Rejected, Some(code), news.at).await?;
        }
        SendOutcome::Failed { reason } if is_open => {
            let reason = format!("failed: {reason}");
            likes::settle(cx, like, LikeOutcome::Rejected, Some(&reason), news.at).await?;
        }
        SendOutcome::Sent
        | SendOutcome::Acked
        | SendOutcome::Rejected { .. }
        | SendOutcome::Failed { .. } => return Ok(()),
    }
    cx.emit(EventKind::StatusLiked, Some(account.id), like);
    Ok(())
}
