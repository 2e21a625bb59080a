//! Statuses of the owner: those that AMDA published, their deletion, and their viewers.

use chrono::{DateTime, Utc};
use diesel::QueryResult;

use super::events;
use super::store::{VIEWERS, statuses};
use crate::contacts::{self, Names};
use crate::counts::Metric;
use crate::event::{
    Chat, Content, MediaReference, Message, Outgoing, OutgoingFile, Receipt, ReceiptKind, SendEvent,
    SendOutcome, StatusContent,
};
use crate::features::{EventContext, StatusView};
use crate::hub::EventKind;
use crate::messages;
use crate::whatsapp::outbox;

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
    let Some(owner) = contacts::find_owner(cx, account.id).await? else {
        return Ok(());
    };
    let (content, media) = match content {
        StatusContent::Text { text, .. } => (Content::Text(text), None),
        StatusContent::Media { file, caption } => {
            let media = file.media;
            (Content::Media(Box::new(reference(file, caption))), Some(media))
        }
    };
    let message = Message {
        chat: Chat::Status,
        sender: owner,
        wa_id,
        is_from_me: true,
        push_name: None,
        verified_name: None,
        sent_at: posted_at,
        content,
        mentions: Vec::new(),
        timer: None,
        quoted_view_once: None,
    };
    let recorded = messages::record(cx, account, &message).await?;
    if recorded.is_new {
        events::record_own(cx, recorded, &message, media).await?;
    }
    Ok(())
}

/// What the status says of its file. It has no keys: the content is stored here already.
fn reference(file: OutgoingFile, caption: Option<String>) -> MediaReference {
    MediaReference {
        kind: file.kind,
        mime_type: file.mime_type,
        caption,
        direct_path: String::new(),
        media_key: Vec::new(),
        sha256: Vec::new(),
        encrypted_sha256: Vec::new(),
        size_bytes: 0,
        width: Some(file.width),
        height: Some(file.height),
        duration_seconds: file.duration_seconds.map(f64::from),
        thumbnail: None,
        origin: None,
    }
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
