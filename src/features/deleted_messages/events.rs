//! Handlers that hold messages and record deletions, on the pipeline's open transaction.

use diesel::QueryResult;

use super::model::{self, Deletion, DeletionOutcome, Loss, Verdict};
use super::store::{self, DeletedContent, NewDeleted};
use crate::contacts::{self, Names};
use crate::counts::Metric;
use crate::event::{Content, Message, Person};
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::{EventContext, Received};
use crate::hub::EventKind;
use crate::id::MediaId;
use crate::media;
use crate::messages::{self, Held, Holding, MediaBackup, MessageKind, Original, Recorded, search};

/// Records a deletion, or completes the deletions that arrived before their messages, and sees to the files of messages that
/// are held. Edits belong to another feature.
pub(super) async fn record_messages(cx: &mut EventContext<'_>, received: &[Received<'_>]) -> QueryResult<()> {
    let account = cx.account;
    let settings = messages::holding(cx, account.id).await?;
    let new = || {
        received
            .iter()
            .filter(|one| one.recorded.is_new && settings.includes(one.recorded.chat_kind))
    };
    let (mut arrived, mut chats) = (Vec::new(), Vec::new());
    for Received { recorded, message } in new() {
        match &message.content {
            Content::Text(_)
            | Content::Media(_)
            | Content::LostMedia { .. }
            | Content::ViewOnce(_)
            | Content::Undecrypted
            | Content::Other(_) => {
                arrived.push(message.wa_id.as_str());
                chats.push(recorded.chat);
            }
            Content::Revoke {
                target_wa_id,
                target_sender,
                by_admin,
            } => {
                let claim = Claim {
                    wa_id: target_wa_id,
                    author: target_sender.as_ref(),
                    is_by_admin: *by_admin == Some(true),
                };
                delete(cx, *recorded, message, claim, settings).await?;
            }
            Content::Reaction { .. } | Content::Edit { .. } | Content::Part { .. } => {}
        }
    }
    if arrived.is_empty() {
        return Ok(());
    }
    let deleted = store::wanted(cx, account, &chats, &arrived).await?;
    // Messages of the owner are never held.
    for Received { recorded, message } in new().filter(|one| !one.message.is_from_me) {
        let waiting = if deleted.contains(&message.wa_id) {
            let sender = contacts::rows_of_sender(cx, recorded.sender).await?;
            store::find_waiting(cx, account, recorded.chat, &sender, &message.wa_id).await?
        } else {
            None
        };
        match waiting {
            Some(waiting) => complete(cx, waiting, *recorded, message, settings).await?,
            None => back_up_media(cx, *recorded, message, settings).await?,
        }
    }
    Ok(())
}

/// Records the file of a held message, and has it fetched if the owner wants all of them.
async fn back_up_media(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    settings: Holding,
) -> QueryResult<()> {
    let account = cx.account;
    let media = record_media(cx, recorded, message, settings).await?;
    if let Some(media) = media
        && settings.media_backup == MediaBackup::Eager
    {
        media::fetch_later(cx, account, media).await?;
    }
    Ok(())
}

/// Completes a deletion that waited for this message.
async fn complete(
    cx: &mut EventContext<'_>,
    waiting: DeletedMessageId,
    recorded: Recorded,
    message: &Message,
    settings: Holding,
) -> QueryResult<()> {
    let account = cx.account;
    let kind = MessageKind::of(&message.content);
    let loss = Loss::of(kind);
    let media = match loss {
        None => record_media(cx, recorded, message, settings).await?,
        Some(_) => None,
    };
    fetch(cx, media, settings).await?;
    let wordings = match loss {
        None => wordings(cx, recorded, message).await?,
        Some(_) => Vec::new(),
    };
    let content = DeletedContent {
        message: Some(recorded.id),
        kind,
        loss,
        text: wordings.last().map(String::as_str),
        media,
        terms: search::index(&cx.key, wordings.iter().map(String::as_str)),
        sent_at: message.sent_at,
    };
    store::complete(cx, waiting, &content).await?;
    messages::stop_holding(cx, recorded.id).await?;
    cx.emit(EventKind::DeletedMessageChanged, Some(account.id), waiting);
    Ok(())
}

/// Returns the versions of a message that arrives after its deletion, the newest last: its own text, and those of edits
/// that arrived before it.
async fn wordings(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> QueryResult<Vec<String>> {
    let account = cx.account;
    let text = message.content.shown_text();
    let sender = contacts::rows_of_sender(cx, recorded.sender).await?;
    let edits = messages::edits_waiting(cx, account, recorded.chat, &sender, &message.wa_id).await?;
    if edits.is_empty() {
        return Ok(text.map(str::to_owned).into_iter().collect());
    }
    let original = Original {
        id: recorded.id,
        text,
        sent_at: message.sent_at,
    };
    let versions = messages::revise(cx, original, &edits).await?;
    Ok(versions.into_iter().map(|version| version.text).collect())
}

/// Contents of a deletion.
#[derive(Debug, Clone, Copy)]
struct Claim<'a> {
    /// WhatsApp's id of the message to delete.
    wa_id: &'a str,
    /// The claimed author; `None` for the revoker.
    author: Option<&'a Person>,
    /// True when the revoker is known to be an admin of the group.
    is_by_admin: bool,
}

/// Judges a deletion and records it.
async fn delete(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    claim: Claim<'_>,
    settings: Holding,
) -> QueryResult<()> {
    let account = cx.account;
    let claimed = match claim.author {
        Some(person) => contacts::resolve(cx, account, person, Names::default()).await?,
        None => recorded.sender,
    };
    let authors = contacts::rows_of(cx, &[claimed]).await?;
    // Loaded again: resolving the author may have merged two contact rows, the revoker's among them.
    let revoker = contacts::rows_of(cx, &[recorded.sender]).await?;
    messages::lock(cx, account, recorded.chat, claim.wa_id).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, claim.wa_id).await?;
    if model::names_part(&named, &authors) {
        return Ok(());
    }
    let elsewhere = messages::find_in_other_chats(cx, account, recorded.chat, claim.wa_id).await?;
    let in_chat = model::target(&named, &authors);
    let foreign = match in_chat {
        None if !message.is_from_me => model::foreign_target(&elsewhere, &revoker),
        Some(_) | None => None,
    };
    let target = in_chat.or(foreign);
    let author = target.map_or(claimed, |held| held.sender);
    let deletion = Deletion {
        chat: recorded.chat_kind,
        is_from_me: message.is_from_me,
        is_by_author: revoker.contains(&author),
        is_by_admin: claim.is_by_admin && foreign.is_none(),
    };
    let (outcome, is_by_admin) = match deletion.judge() {
        Verdict::Own => return Ok(()),
        Verdict::ByAuthor => (DeletionOutcome::Deleted, false),
        Verdict::ByAdmin => (DeletionOutcome::Deleted, true),
        Verdict::Forged => (DeletionOutcome::Forged, false),
    };
    let new = NewDeleted {
        id: cx.ids.next(),
        chat: target.map_or(recorded.chat, |held| held.chat),
        sender: author,
        deleted_by: recorded.sender,
        wa_id: claim.wa_id,
        outcome,
        is_by_admin,
        deleted_at: message.sent_at,
    };
    match outcome {
        DeletionOutcome::Deleted => record_deletion(cx, &new, target, settings).await,
        DeletionOutcome::Forged => record_forged(cx, &new, target).await,
    }
}

/// Records a real deletion with the held content, once.
async fn record_deletion(
    cx: &mut EventContext<'_>,
    new: &NewDeleted<'_>,
    target: Option<&Held>,
    settings: Holding,
) -> QueryResult<()> {
    let account = cx.account;
    let kind = target.map_or(MessageKind::Undecrypted, |held| held.kind);
    let loss = match target {
        None => Some(Loss::NeverArrived),
        Some(held) => Loss::of(kind).or_else(|| held.held_until.is_none().then_some(Loss::NotHeld)),
    };
    let held = target.filter(|_| loss.is_none());
    let text = held.map(|held| held.text(&cx.key)).transpose()?.flatten();
    let media = held.and_then(|held| held.media);
    fetch(cx, media, settings).await?;
    let versions = match held {
        Some(held) => messages::load_versions(cx, &[held.id]).await?,
        None => Vec::new(),
    };
    let wordings = versions.iter().map(|version| version.text.as_str());
    let content = DeletedContent {
        message: target.map(|held| held.id),
        kind,
        loss,
        text: text.as_deref(),
        media,
        terms: search::index(&cx.key, wordings.chain(text.as_deref())),
        // A message that never arrived was sent before its deletion; that is all that is known.
        sent_at: target.map_or(new.deleted_at, |held| held.sent_at),
    };
    if !store::insert(cx, account, new, &content).await? {
        return Ok(());
    }
    if let Some(held) = held {
        messages::stop_holding(cx, held.id).await?;
    }
    cx.count(Metric::Deletions, account.id, new.sender, new.deleted_at);
    cx.emit(EventKind::MessageDeleted, Some(account.id), new.id);
    Ok(())
}

/// Records a forged deletion; the held message stays.
async fn record_forged(
    cx: &mut EventContext<'_>,
    new: &NewDeleted<'_>,
    target: Option<&Held>,
) -> QueryResult<()> {
    let account = cx.account;
    let content = DeletedContent {
        message: target.map(|held| held.id),
        kind: target.map_or(MessageKind::Undecrypted, |held| held.kind),
        loss: Some(Loss::Forged),
        text: None,
        media: None,
        terms: Vec::new(),
        sent_at: target.map_or(new.deleted_at, |held| held.sent_at),
    };
    if store::insert(cx, account, new, &content).await? {
        cx.emit(EventKind::DeletedMessageChanged, Some(account.id), new.id);
    }
    Ok(())
}

/// Records the media reference of a message, unless media backup is off.
async fn record_media(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    settings: Holding,
) -> QueryResult<Option<MediaId>> {
    let account = cx.account;
    match &message.content {
        Content::Media(reference) if settings.media_backup != MediaBackup::Never => {
            messages::record_media(cx, account, recorded.id, reference)
                .await
                .map(Some)
        }
        Content::Media(_)
        | Content::LostMedia { .. }
        | Content::Text(_)
        | Content::ViewOnce(_)
        | Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Part { .. }
        | Content::Undecrypted
        | Content::Other(_) => Ok(None),
    }
}

/// Queues the fetching of a deleted message's media, while WhatsApp still serves it.
async fn fetch(cx: &mut EventContext<'_>, media: Option<MediaId>, settings: Holding) -> QueryResult<()> {
    let account = cx.account;
    match media {
        Some(media) if settings.media_backup != MediaBackup::Never => {
            media::fetch_later(cx, account, media).await.map(drop)
        }
        Some(_) | None => Ok(()),
    }
}
