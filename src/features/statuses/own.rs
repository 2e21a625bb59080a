//! Statuses of the owner: those that AMDA published, their deletion, and their viewers.

use chrono::{DateTime, Utc};
use diesel::QueryResult;

use super::events;
use super::store::{VIEWERS, statuses};
use crate::account::AccountRef;
use crate::contacts::{self, Names};
use crate::counts::Metric;
use crate::event::{
    Chat, Content, Message, Outgoing, Receipt, ReceiptKind, SendEvent, SendOutcome, StatusContent,
};
use crate::features::statuses::StatusId;
use crate::features::{EventContext, PublishedStatus, StatusView};
use crate::hub::EventKind;
use crate::messages;
use crate::whatsapp::outbox;
use crate::work::Work;

/// Records a status that AMDA published, or marks one that it deleted, once WhatsApp took it: this device hears of the
/// statuses of the owner's other devices, but not of its own.
pub(super) async fn record_sent(cx: &mut EventContext<'_>, news: &SendEvent) -> QueryResult<()> {
    if news.outcome != SendOutcome::Acked {
        return Ok(());
    }
    match outbox::load_status(cx, news.send).await? {
        Some((wa_id, Outgoing::Status { content, .. })) => record(cx, wa_id, content, news.at).await,
        Some((_, Outgoing::StatusRevoke { target_wa_id, .. })) => delete(cx, &target_wa_id, news.at).await,
        Some(_) | None => Ok(()),
    }
}

async fn record(
    cx: &mut EventContext<'_>,
    wa_id: String,
    content: StatusContent,
    posted_at: DateTime<Utc>,
) -> QueryResult<()> {
    let account = cx.account;
    let (text, file) = match content {
        StatusContent::Text { text, .. } => (Some(text), None),
        StatusContent::Media { file, caption } => (caption, Some((file.kind, Some(file.media)))),
    };
    let published = PublishedStatus {
        wa_id,
        text,
        file,
        posted_at,
        deleted_at: None,
        viewers: None,
    };
    if let Some(id) = record_published(cx, account, published).await? {
        cx.emit(EventKind::StatusPosted, Some(account.id), id);
    }
    Ok(())
}

/// Records a status that AMDA published, with its viewers and without an event. None when it is recorded already, or the
/// account was never linked.
///
/// # Errors
/// The database's.
pub async fn record_published(
    work: &mut Work,
    account: AccountRef,
    published: PublishedStatus,
) -> QueryResult<Option<StatusId>> {
    let Some(owner) = contacts::find_owner(work, account.id).await? else {
        return Ok(None);
    };
    let media = published.file.and_then(|(_, media)| media);
    let content = match published.file {
        // Stored here already, so it is never downloaded.
        Some((kind, _)) => Content::LostMedia {
            kind,
            caption: published.text,
        },
        None => Content::Text(published.text.unwrap_or_default()),
    };
    let message = Message {
        chat: Chat::Status,
        sender: owner,
        wa_id: published.wa_id,
        is_from_me: true,
        push_name: None,
        verified_name: None,
        sent_at: published.posted_at,
        content,
        mentions: Vec::new(),
        timer: None,
        quoted_view_once: None,
    };
    let recorded = messages::record_one(work, account, &message).await?;
    if !recorded.is_new {
        return Ok(None);
    }
    let recorded = events::record_own(work, account, recorded, &message, media, published.deleted_at).await?;
    if let (Some(status), Some((table, earlier))) = (recorded, published.viewers) {
        VIEWERS.copy(work, status.into(), table, earlier).await?;
    }
    Ok(recorded)
}

async fn delete(cx: &mut EventContext<'_>, wa_id: &str, at: DateTime<Utc>) -> QueryResult<()> {
    let account = cx.account;
    for status in statuses::find_own(cx, account.id, &[wa_id.to_owned()]).await? {
        if statuses::mark_deleted(cx, status.message, at).await?.is_some() {
            cx.emit(EventKind::StatusDeleted, Some(account.id), status.id);
        }
    }
    Ok(())
}

/// Records and counts a view when a receipt says that somebody opened a status of the owner's.
pub(super) async fn record_views(cx: &mut EventContext<'_>, receipt: &Receipt) -> QueryResult<()> {
    let is_look = match receipt.kind {
        ReceiptKind::Read | ReceiptKind::Played => receipt.chat == Chat::Status,
        ReceiptKind::Delivered => false,
    };
    if !is_look {
        return Ok(());
    }
    let account = cx.account;
    let seen = statuses::find_own(cx, account.id, &receipt.wa_ids).await?;
    if seen.is_empty() {
        return Ok(());
    }
    let contact = contacts::resolve(cx, account, &receipt.from, Names::default()).await?;
    let viewer = StatusView {
        contact,
        viewed_at: receipt.at,
    };
    for status in seen {
        if VIEWERS.record(cx, status.id.into(), viewer).await? {
            cx.count(Metric::StatusViews, account.id, contact, receipt.at);
            cx.emit(EventKind::StatusViewed, Some(account.id), status.id);
        }
    }
    Ok(())
}
