//! Handlers of edits of held messages, on the pipeline's open transaction.

use std::slice;

use chrono::TimeDelta;
use diesel::QueryResult;

use super::model::{self, Target, Wording};
use super::store::{self, NewEdited};
use crate::contacts;
use crate::counts::Metric;
use crate::event::Content;
use crate::features::{EventContext, Received};
use crate::hub::EventKind;
use crate::messages::{self, Edit, Held, Hold, Original, Recorded, Revision, search};
use crate::plan;

/// Applies the edits that arrived before their messages, and then records edits.
pub(super) async fn record_messages(cx: &mut EventContext<'_>, received: &[Received<'_>]) -> QueryResult<()> {
    let account = cx.account;
    // Messages of the owner are never stored.
    let new = || {
        received
            .iter()
            .filter(|one| one.recorded.is_new && !one.message.is_from_me)
    };
    let (mut editable, mut edits) = (Vec::new(), Vec::new());
    for Received { recorded, message } in new() {
        match &message.content {
            Content::Edit { target_wa_id, text } => edits.push(NewEdit {
                recorded: *recorded,
                target_wa_id,
                edit: Edit {
                    id: recorded.id,
                    text: text.clone(),
                    written_at: message.sent_at,
                },
            }),
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
    if !editable.is_empty() {
        let edited = messages::with_edits_waiting(cx, account, &editable).await?;
        for Received { recorded, message } in new().filter(|one| edited.contains(&one.message.wa_id)) {
            apply_waiting_edits(cx, *recorded, &message.wa_id).await?;
        }
    }
    record_edits(cx, &edits).await
}

/// An edit, and WhatsApp's id of the message that it is about.
#[derive(Debug)]
struct NewEdit<'a> {
    recorded: Recorded,
    target_wa_id: &'a str,
    edit: Edit,
}

/// Records edits by the authors: applies each to the held message, or stores it until the message arrives.
async fn record_edits(cx: &mut EventContext<'_>, new: &[NewEdit<'_>]) -> QueryResult<()> {
    if new.is_empty() {
        return Ok(());
    }
    let account = cx.account;
    let holding = messages::holding(cx, account.id).await?;
    let included = || new.iter().filter(|new| holding.includes(new.recorded.chat_kind));
    let targets: Vec<&str> = included().map(|new| new.target_wa_id).collect();
    let named = messages::lock_named(cx, account, &targets).await?;
    let mut revised = Vec::new();
    for NewEdit {
        recorded,
        target_wa_id,
        edit,
    } in included()
    {
        let author = contacts::rows_of_sender(cx, recorded.sender).await?;
        match model::target(&named.in_chat(recorded.chat, target_wa_id), &author) {
            Target::Held(held) => revised.push((held, slice::from_ref(edit))),
            Target::NotArrived => {
                let days = plan::present_entitlements(cx).await?.deleted_message_days;
                let until = cx.now + TimeDelta::days(days.into());
                messages::hold_edit(cx, edit, target_wa_id, until).await?;
            }
            Target::None => {}
        }
    }
    revise(cx, &revised).await
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
        revise(cx, &[(own, &edits)]).await?;
    }
    messages::release_waiting_edits(cx, account, recorded.chat, &author, wa_id).await
}

/// Stores the versions of messages before and after their edits, and holds the newest texts. Each message is named once.
async fn revise(cx: &mut EventContext<'_>, revised: &[(&Held, &[Edit])]) -> QueryResult<()> {
    let account = cx.account;
    let mut before = Vec::with_capacity(revised.len());
    for (message, _) in revised {
        before.push(message.text(&cx.key)?);
    }
    let revisions: Vec<Revision<'_>> = revised
        .iter()
        .zip(&before)
        .map(|((message, edits), before)| Revision {
            original: Original {
                id: message.id,
                text: before.as_deref(),
                sent_at: message.sent_at,
            },
            edits,
        })
        .collect();
    let versions = messages::revise(cx, &revisions).await?;
    let (mut holds, mut changed) = (Vec::new(), Vec::new());
    for ((message, edits), versions) in revised.iter().zip(&versions) {
        let has_version = |edit: &&Edit| versions.iter().any(|version| version.bearer == edit.id);
        let edits: Vec<&Edit> = edits.iter().filter(has_version).collect();
        if edits.is_empty() {
            // The words are as they were.
            continue;
        }
        if let (Some(newest), Some(until)) = (versions.last(), message.held_until) {
            holds.push(Hold {
                id: message.id,
                text: Some(&newest.text),
                until,
            });
        }
        let wordings = versions.iter().map(|version| Wording {
            text: version.text.clone(),
            written_at: version.written_at,
        });
        let edited = NewEdited {
            id: cx.ids.next(),
            chat: message.chat,
            sender: message.sender,
            message: message.id,
            kind: message.kind,
            wordings: wordings.collect(),
            terms: search::index(&cx.key, versions.iter().map(|version| version.text.as_str())),
        };
        changed.push((edited, edits));
    }
    messages::hold(cx, &holds).await?;
    let (edited, edits): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
    let ids = store::save(cx, account, &edited).await?;
    for ((edited, edits), id) in edited.iter().zip(edits).zip(ids) {
        for edit in edits {
            cx.count(Metric::Edits, account.id, edited.sender, edit.written_at);
            cx.emit_each(EventKind::EditedMessageChanged, Some(account.id), id);
        }
    }
    Ok(())
}
