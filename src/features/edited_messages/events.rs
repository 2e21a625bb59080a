//! Handlers of edits of held messages, on the pipeline's open transaction.

use chrono::TimeDelta;
use diesel::QueryResult;

use super::model::{self, Target, Wording};
use super::store::{self, NewEdited};
use crate::counts::Metric;
use crate::event::{Content, Message};
use crate::features::EventContext;
use crate::hub::EventKind;
use crate::messages::{self, Edit, Held, Original, Recorded, search};
use crate::plan;

/// Records an edit, or applies the edits that arrived before their message.
pub(super) async fn record_message(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> QueryResult<()> {
    // Messages of the owner are never stored.
    if message.is_from_me {
        return Ok(());
    }
    match &message.content {
        Content::Edit { target_wa_id, text } => {
            let edit = Edit {
                id: recorded.id,
                text: text.clone(),
                written_at: message.sent_at,
            };
            record_edit(cx, recorded, target_wa_id, edit).await
        }
        Content::Text(_) | Content::Media(_) | Content::LostMedia { .. } => {
            apply_waiting_edits(cx, recorded, &message.wa_id).await
        }
        Content::ViewOnce(_)
        | Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Part { .. }
        | Content::Undecrypted
        | Content::Other(_) => Ok(()),
    }
}

/// Records an edit by the author: applies it to the held message, or stores it until the message arrives.
async fn record_edit(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    target_wa_id: &str,
    edit: Edit,
) -> QueryResult<()> {
    let account = cx.account;
    let holding = messages::load_holding(cx, account.id).await?;
    if !holding.includes(recorded.chat_kind) {
        return Ok(());
    }
    let author = cx.sender_rows().await?;
    messages::lock(cx, account, recorded.chat, target_wa_id).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    match model::target(&named, &author) {
        Target::Held(held) => revise(cx, held, &[edit]).await,
        Target::NotArrived => {
            let days = plan::entitlements(cx, account.user).await?.deleted_message_days;
            let until = cx.now + TimeDelta::days(days.into());
            messages::hold_edit(cx, &edit, target_wa_id, until).await
        }
        Target::None => Ok(()),
    }
}

/// Applies the edits that waited for a message which has now arrived.
async fn apply_waiting_edits(cx: &mut EventContext<'_>, recorded: Recorded, wa_id: &str) -> QueryResult<()> {
    let account = cx.account;
    let author = cx.sender_rows().await?;
    let edits = messages::edits_waiting(cx, account, recorded.chat, &author, wa_id).await?;
    if edits.is_empty() {
        return Ok(());
    }
    let named = messages::find_by_wa_id(cx, account, recorded.chat, wa_id).await?;
    let Some(own) = named.iter().find(|message| message.id == recorded.id) else {
        return Ok(());
    };
    // A message that its author deleted meanwhile is not held, but its versions are stored.
    let is_known = own.held_until.is_some() || !messages::load_versions(cx, &[own.id]).await?.is_empty();
    if is_known {
        revise(cx, own, &edits).await?;
    }
    messages::release_waiting_edits(cx, account, recorded.chat, &author, wa_id).await
}

/// Stores the versions of `message` before and after `edits`, and holds the newest text.
async fn revise(cx: &mut EventContext<'_>, message: &Held, edits: &[Edit]) -> QueryResult<()> {
    let account = cx.account;
    let before = message.text(&cx.key)?;
    let original = Original {
        id: message.id,
        text: before.as_deref(),
        sent_at: message.sent_at,
    };
    let versions = messages::revise(cx, original, edits).await?;
    let has_version = |edit: &&Edit| versions.iter().any(|version| version.bearer == edit.id);
    let edits: Vec<&Edit> = edits.iter().filter(has_version).collect();
    if edits.is_empty() {
        // The words are as they were.
        return Ok(());
    }
    if let (Some(newest), Some(until)) = (versions.last(), message.held_until) {
        messages::hold(cx, message.id, Some(&newest.text), until).await?;
    }
    let terms = search::index(&cx.key, versions.iter().map(|version| version.text.as_str()));
    let wordings = versions.into_iter().map(|version| Wording {
        text: version.text,
        written_at: version.written_at,
    });
    let edited = NewEdited {
        id: cx.ids.next(),
        chat: message.chat,
        sender: message.sender,
        message: message.id,
        kind: message.kind,
        wordings: wordings.collect(),
        terms,
    };
    let id = store::save(cx, account, &edited).await?;
    for edit in edits {
        cx.count(Metric::Edits, account.id, message.sender, edit.written_at);
        cx.emit_each(EventKind::EditedMessageChanged, Some(account.id), id);
    }
    Ok(())
}
