//! Handlers of edits of held messages, on the pipeline's open transaction.

use chrono::TimeDelta;
use diesel::QueryResult;

use super::model::{self, Target, Wording};
use super::store::{self, NewEdited};
use crate::contacts;
use crate::counts::Metric;
use crate::event::Content;
use crate::features::{EventContext, Received};
use crate::hub::EventKind;
use crate::messages::{self, Edit, Held, Original, Recorded, search};
use crate::plan;

/// Records an edit, or applies the edits that arrived before their messages.
pub(super) async fn record_messages(cx: &mut EventContext<'_>, received: &[Received<'_>]) -> QueryResult<()> {
    let account = cx.account;
    // Messages of the owner are never stored.
    let new = || {
        received
            .iter()
            .filter(|one| one.recorded.is_new && !one.message.is_from_me)
    };
    let mut editable = Vec::new();
    for Received { recorded, message } in new() {
        match &message.content {
            Content::Edit { target_wa_id, text } => {
                let edit = Edit {
                    id: recorded.id,
                    text: text.clone(),
                    written_at: message.sent_at,
                };
                record_edit(cx, *recorded, target_wa_id, edit).await?;
            }
            Content::Text(_) | Content::Media(_) | Content::LostMedia { .. } => {
                editable.push(message.wa_id.as_str());
            }
            Content::ViewOnce(_)
            | Content::Reaction { .. }
            | Content::Revoke { .. }
            | Content::Part { .. }
            | Content::Undecrypted
            | Content::Other(_) => {}
        }
    }
    if editable.is_empty() {
        return Ok(());
    }
    let edited = messages::with_edits_waiting(cx, account, &editable).await?;
    for Received { recorded, message } in new().filter(|one| edited.contains(&one.message.wa_id)) {
        apply_waiting_edits(cx, *recorded, &message.wa_id).await?;
    }
    Ok(())
}

/// Records an edit by the author: applies it to the held message, or stores it until the message arrives.
async fn record_edit(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    target_wa_id: &str,
    edit: Edit,
) -> QueryResult<()> {
    let account = cx.account;
    let holding = messages::holding(cx, account.id).await?;
    if !holding.includes(recorded.chat_kind) {
        return Ok(());
    }
    let author = contacts::rows_of_sender(cx, recorded.sender).await?;
    messages::lock(cx, account, recorded.chat, target_wa_id).await?;
    let named = messages::find_by_wa_id(cx, account, recorded.chat, target_wa_id).await?;
    match model::target(&named, &author) {
        Target::Held(held) => revise(cx, held, &[edit]).await,
        Target::NotArrived => {
            let days = plan::present_entitlements(cx).await?.deleted_message_days;
            let until = cx.now + TimeDelta::days(days.into());
            messages::hold_edit(cx, &edit, target_wa_id, until).await
        }
        Target::None => Ok(()),
    }
}

/// Applies the edits that waited for a message which has now arrived.
async fn apply_waiting_edits(cx: &mut EventContext<'_>, recorded: Recorded, wa_id: &str) -> QueryResult<()> {
    let account = cx.account;
    let author = contacts::rows_of_sender(cx, recorded.sender).await?;
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
