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
use crate::id::{ContactId, MediaId, MessageId};
use crate::media;
use crate::messages::{
    self, Held, Holding, MediaBackup, MessageKind, NamedMessages, Original, Recorded, Revision, search,
};

/// Completes the deletions that arrived before their messages, sees to the files of messages that are held, and then records
/// deletions. Edits belong to another feature.
pub(super) async fn record_messages(cx: &mut EventContext<'_>, received: &[Received<'_>]) -> QueryResult<()> {
    let account = cx.account;
    let settings = messages::holding(cx, account.id).await?;
    let new = || {
        received
            .iter()
            .filter(|one| one.recorded.is_new && settings.includes(one.recorded.chat_kind))
    };
    let (mut arrived, mut chats, mut claims) = (Vec::new(), Vec::new(), Vec::new());
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
            } => claims.push(Claim {
                recorded: *recorded,
                message,
                wa_id: target_wa_id,
                author: target_sender.as_ref(),
                is_by_admin: *by_admin == Some(true),
            }),
            Content::Reaction { .. } | Content::Edit { .. } | Content::Part { .. } => {}
        }
    }
    if !arrived.is_empty() {
        let deleted = store::wanted(cx, account, &chats, &arrived).await?;
        // Messages of the owner are never held.
        for one in new().filter(|one| !one.message.is_from_me) {
            take_in(cx, *one, deleted.contains(&one.message.wa_id), settings).await?;
        }
    }
    delete(cx, &claims, settings).await
}

/// Completes the deletion that waited for a message, or sees to the message's file.
async fn take_in(
    cx: &mut EventContext<'_>,
    one: Received<'_>,
    is_deleted: bool,
    settings: Holding,
) -> QueryResult<()> {
    let account = cx.account;
    let Received { recorded, message } = one;
    let waiting = if is_deleted {
        let sender = contacts::rows_of_sender(cx, recorded.sender).await?;
        store::find_waiting(cx, account, recorded.chat, &sender, &message.wa_id).await?
    } else {
        None
    };
    match waiting {
        Some(waiting) => complete(cx, waiting, recorded, message, settings).await,
        None => back_up_media(cx, recorded, message, settings).await,
    }
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
    messages::stop_holding(cx, &[recorded.id]).await?;
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
    let revision = Revision {
        original,
        edits: &edits,
    };
    let versions = messages::revise(cx, &[revision]).await?;
    Ok(versions
        .into_iter()
        .flatten()
        .map(|version| version.text)
        .collect())
}

/// A deletion as its sender states it.
#[derive(Debug, Clone, Copy)]
struct Claim<'a> {
    recorded: Recorded,
    message: &'a Message,
    /// WhatsApp's id of the message to delete.
    wa_id: &'a str,
    /// The claimed author; `None` for the revoker.
    author: Option<&'a Person>,
    /// True when the revoker is known to be an admin of the group.
    is_by_admin: bool,
}

/// Judges deletions, each of another message, and records them.
async fn delete(cx: &mut EventContext<'_>, claims: &[Claim<'_>], settings: Holding) -> QueryResult<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let account = cx.account;
    let mut claimed = Vec::with_capacity(claims.len());
    for claim in claims {
        claimed.push(match claim.author {
            Some(person) => contacts::resolve(cx, account, person, Names::default()).await?,
            None => claim.recorded.sender,
        });
    }
    let wa_ids: Vec<&str> = claims.iter().map(|claim| claim.wa_id).collect();
    let named = messages::lock_named(cx, account, &wa_ids).await?;
    let mut judged = Vec::with_capacity(claims.len());
    for (claim, claimed) in claims.iter().zip(claimed) {
        judged.extend(judge(cx, claim, claimed, &named).await?);
    }
    record(cx, &judged, settings).await
}

/// Judges a deletion; `None` when there is nothing to keep of it.
async fn judge<'a>(
    cx: &mut EventContext<'_>,
    claim: &Claim<'a>,
    claimed: ContactId,
    named: &'a NamedMessages,
) -> QueryResult<Option<(NewDeleted<'a>, Option<&'a Held>)>> {
    let Claim {
        recorded, message, ..
    } = *claim;
    let authors = contacts::rows_of_sender(cx, claimed).await?;
    // Read after the authors were resolved: that may have merged two contact rows, the revoker's among them.
    let revoker = contacts::rows_of_sender(cx, recorded.sender).await?;
    let in_chat = named.in_chat(recorded.chat, claim.wa_id);
    if model::names_part(&in_chat, &authors) {
        return Ok(None);
    }
    let own = model::target(&in_chat, &authors);
    let foreign = match own {
        None if !message.is_from_me => {
            model::foreign_target(&named.in_other_chats(recorded.chat, claim.wa_id), &revoker)
        }
        Some(_) | None => None,
    };
    let target = own.or(foreign);
    let author = target.map_or(claimed, |held| held.sender);
    let deletion = Deletion {
        chat: recorded.chat_kind,
        is_from_me: message.is_from_me,
        is_by_author: revoker.contains(&author),
        is_by_admin: claim.is_by_admin && foreign.is_none(),
    };
    let (outcome, is_by_admin) = match deletion.judge() {
        Verdict::Own => return Ok(None),
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
    Ok(Some((new, target)))
}

/// Records deletions once: real ones with the held contents, which move, and forged ones, whose messages stay as they were.
async fn record(
    cx: &mut EventContext<'_>,
    judged: &[(NewDeleted<'_>, Option<&Held>)],
    settings: Holding,
) -> QueryResult<()> {
    let account = cx.account;
    let losses: Vec<Option<Loss>> = judged
        .iter()
        .map(|(new, target)| loss(new.outcome, *target))
        .collect();
    let moved = || {
        let moved = judged.iter().zip(&losses).filter(|(_, loss)| loss.is_none());
        moved.filter_map(|((_, target), _)| *target)
    };
    let messages: Vec<MessageId> = moved().map(|held| held.id).collect();
    let versions = match messages.as_slice() {
        [] => Vec::new(),
        messages => messages::load_versions(cx, messages).await?,
    };
    let mut texts = Vec::with_capacity(judged.len());
    for ((_, target), loss) in judged.iter().zip(&losses) {
        let held = target.filter(|_| loss.is_none());
        texts.push(held.map(|held| held.text(&cx.key)).transpose()?.flatten());
    }
    let contents: Vec<DeletedContent<'_>> = judged
        .iter()
        .zip(&losses)
        .zip(&texts)
        .map(|(((new, target), loss), text)| {
            let held = target.filter(|_| loss.is_none());
            let of_held = versions
                .iter()
                .filter(|version| held.is_some_and(|held| held.id == version.message));
            let wordings = of_held.map(|version| version.text.as_str());
            DeletedContent {
                message: target.map(|held| held.id),
                kind: target.map_or(MessageKind::Undecrypted, |held| held.kind),
                loss: *loss,
                text: text.as_deref(),
                media: held.and_then(|held| held.media),
                terms: search::index(&cx.key, wordings.chain(text.as_deref())),
                // A message that never arrived was sent before its deletion; that is all that is known.
                sent_at: target.map_or(new.deleted_at, |held| held.sent_at),
            }
        })
        .collect();
    let new: Vec<_> = judged.iter().map(|(new, _)| new).zip(&contents).collect();
    let inserted = store::insert(cx, account, &new).await?;
    let mut taken_over = Vec::new();
    for (new, content) in new.into_iter().filter(|(new, _)| inserted.contains(&new.id)) {
        match new.outcome {
            DeletionOutcome::Deleted => {
                fetch(cx, content.media, settings).await?;
                taken_over.extend(content.message.filter(|_| content.loss.is_none()));
                cx.count(Metric::Deletions, account.id, new.sender, new.deleted_at);
                cx.emit(EventKind::MessageDeleted, Some(account.id), new.id);
            }
            DeletionOutcome::Forged => {
                cx.emit(EventKind::DeletedMessageChanged, Some(account.id), new.id);
            }
        }
    }
    messages::stop_holding(cx, &taken_over).await
}

/// The cause for which a deletion has no content; none when that of `target` is held.
fn loss(outcome: DeletionOutcome, target: Option<&Held>) -> Option<Loss> {
    match (outcome, target) {
        (DeletionOutcome::Forged, _) => Some(Loss::Forged),
        (DeletionOutcome::Deleted, None) => Some(Loss::NeverArrived),
        (DeletionOutcome::Deleted, Some(held)) => {
            Loss::of(held.kind).or_else(|| held.held_until.is_none().then_some(Loss::NotHeld))
        }
    }
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
