//! Handlers of new view-once messages and of the fetching of their content.

use chrono::{DateTime, Utc};

use super::error::ViewOnceError;
use super::model::{CaptureOutcome, CaptureReason, ViewOnce};
use super::store::{self, CaptureEnd, NewViewOnce, Offer};
use crate::account::AccountRef;
use crate::contacts::{self, Names};
use crate::counts::Metric;
use crate::event::{Content, MediaReference, Message, Person, QuotedViewOnce};
use crate::features::EventContext;
use crate::features::view_once::ViewOnceId;
use crate::hub::EventKind;
use crate::id::{ChatId, ContactId, MediaId, MessageId};
use crate::media::{self, Fetching};
use crate::messages::{self, Recorded};
use crate::plan::{self, Quota, QuotaError};
use crate::work::Work;

/// Words for the reason of a capture that failed because capturing was turned off.
const TURNED_OFF: &str = "capturing was turned off before the content came";

/// A view-once message as it was seen: on its own, or quoted in a reply.
#[derive(Debug, Clone, Copy)]
struct Sighting<'a> {
    chat: ChatId,
    sender: ContactId,
    wa_id: &'a str,
    media: Option<&'a MediaReference>,
    /// The recorded message, and the time of its sending; `None` when only a quotation showed it.
    recorded: Option<(MessageId, DateTime<Utc>)>,
    /// True when the message was quoted. A quotation may identify the sender by another JID.
    is_quoted: bool,
    /// True when the message that shows it is new. A message that only a redelivery shows and that has no row was
    /// deleted since, or was not to be captured.
    is_new: bool,
}

/// Records a view-once message, or one that the owner's reply quotes.
pub(super) async fn record_message(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> Result<(), ViewOnceError> {
    let own = match &message.content {
        Content::ViewOnce(media) if !message.is_from_me => Some(Sighting {
            chat: recorded.chat,
            sender: recorded.sender,
            wa_id: &message.wa_id,
            media: media.as_deref(),
            recorded: Some((recorded.id, message.sent_at)),
            is_quoted: false,
            is_new: recorded.is_new,
        }),
        Content::ViewOnce(_)
        | Content::Text(_)
        | Content::Media(_)
        | Content::LostMedia { .. }
        | Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Part { .. }
        | Content::Undecrypted
        | Content::Other(_) => None,
    };
    // Only the owner's own reply counts: the quotation of another contact is not addressed to the owner.
    let quoted = message.quoted_view_once.as_deref().filter(|_| message.is_from_me);
    if own.is_none() && quoted.is_none() {
        return Ok(());
    }
    let account = cx.account;
    if !store::load_settings(cx, account.id).await?.is_enabled {
        return Ok(());
    }
    if let Some(sighting) = own {
        record(cx, account, sighting).await?;
    }
    if let Some(quoted) = quoted {
        record_quoted(cx, account, recorded, quoted).await?;
    }
    Ok(())
}

async fn record_quoted(
    work: &mut Work,
    account: AccountRef,
    reply: Recorded,
    quoted: &QuotedViewOnce,
) -> Result<(), ViewOnceError> {
    if quoted.sender == Person::default() {
        return Ok(());
    }
    let sender = contacts::resolve(work, account, &quoted.sender, Names::default()).await?;
    if sender == reply.sender || store::is_owner(work, sender).await? {
        return Ok(());
    }
    let authors = contacts::rows_of(work, &[sender]).await?;
    let named = messages::find_by_wa_id(work, account, reply.chat, &quoted.wa_id).await?;
    let original = named.iter().find(|message| authors.contains(&message.sender));
    let sighting = Sighting {
        chat: reply.chat,
        sender,
        wa_id: &quoted.wa_id,
        media: Some(&quoted.media),
        recorded: original.map(|message| (message.id, message.sent_at)),
        is_quoted: true,
        is_new: reply.is_new,
    };
    record(work, account, sighting).await
}

/// Records a sighting: a new message, or content for one that had none.
async fn record(work: &mut Work, account: AccountRef, sighting: Sighting<'_>) -> Result<(), ViewOnceError> {
    match (find(work, account, sighting).await?, sighting.media) {
        (None, _) if !sighting.is_new => Ok(()),
        (None, media) => insert(work, account, sighting, media).await,
        (Some(_), None) => Ok(()),
        (Some(known), Some(offered)) => complete(work, account, &known, offered).await,
    }
}

/// Starts a capture of the content that is offered for `known`, if the content is still missing.
async fn complete(
    work: &mut Work,
    account: AccountRef,
    known: &ViewOnce,
    offered: &MediaReference,
) -> Result<(), ViewOnceError> {
    media::lock_all(work, known.media.as_slice()).await?;
    if !lock_unchanged(work, known).await? {
        return Ok(());
    }
    let before = match known.media {
        Some(media) => Some(media::load_reference(work, media).await?),
        None => None,
    };
    if !known.wants(offered, before.as_ref()) {
        return Ok(());
    }
    capture(work, account, known.id, offered).await?;
    if let Some(replaced) = known.media {
        media::forget(work, &[replaced]).await?;
    }
    work.emit(EventKind::ViewOnceMessageChanged, Some(account.id), known.id);
    Ok(())
}

/// Locks the row of `message`, whose media is locked already. Returns false when the row changed since it was read.
async fn lock_unchanged(work: &mut Work, message: &ViewOnce) -> Result<bool, ViewOnceError> {
    Ok(match store::lock(work, message.id).await? {
        Some(row) => row.open(&work.key)? == *message,
        None => false,
    })
}

/// Finds the row of a sighted message, by any contact row of its sender.
async fn find(
    work: &mut Work,
    account: AccountRef,
    sighting: Sighting<'_>,
) -> Result<Option<ViewOnce>, ViewOnceError> {
    let mut rows = Vec::new();
    for row in store::find_by_wa_id(work, account.id, sighting.chat, sighting.wa_id).await? {
        rows.push(row.open(&work.key)?);
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let names = contacts::rows_of(work, &[sighting.sender]).await?;
    let is_only = rows.len() == 1 && sighting.is_quoted;
    Ok(rows
        .into_iter()
        .find(|row| is_only || names.contains(&row.sender)))
}

async fn insert(
    work: &mut Work,
    account: AccountRef,
    sighting: Sighting<'_>,
    media: Option<&MediaReference>,
) -> Result<(), ViewOnceError> {
    let id: ViewOnceId = work.ids.next();
    let new = NewViewOnce {
        id,
        account,
        chat: sighting.chat,
        sender: sighting.sender,
        wa_id: sighting.wa_id,
        recorded: sighting.recorded,
        outcome: media.is_none().then_some(CaptureOutcome::NotDelivered),
        now: work.now,
    };
    store::insert(work, new).await?;
    if let Some(media) = media {
        return capture(work, account, id, media).await;
    }
    work.emit(EventKind::ViewOnceMessageChanged, Some(account.id), id);
    Ok(())
}

/// Starts a capture for the message `id`.
async fn capture(
    work: &mut Work,
    account: AccountRef,
    id: ViewOnceId,
    offered: &MediaReference,
) -> Result<(), ViewOnceError> {
    let media = media::record(work, account.id, offered).await?;
    media::fetch_later(work, account, media).await?;
    let offer = Offer {
        media,
        kind: offered.kind,
        caption: offered.caption.as_deref(),
    };
    Ok(store::begin_capture(work, id, offer).await?)
}

/// Retries the capture of `message` with the media that was offered before.
pub(super) async fn recapture(
    work: &mut Work,
    message: &ViewOnce,
    media: MediaId,
) -> Result<(), ViewOnceError> {
    let account = AccountRef {
        id: message.account,
        user: work.user,
    };
    let fetching = media::fetch_later(work, account, media).await?;
    if !lock_unchanged(work, message).await? {
        return Ok(());
    }
    store::resume_capture(work, message.id).await?;
    match fetching {
        Fetching::Queued => {
            work.emit(
                EventKind::ViewOnceMessageChanged,
                Some(message.account),
                message.id,
            );
            Ok(())
        }
        Fetching::AlreadyStored => {
            let outcome = if admit(work, media).await? {
                media::Outcome::Stored
            } else {
                media::Outcome::Refused
            };
            settle(work, media, &outcome).await
        }
    }
}

/// Returns true when fetched content may be stored. Spends one capture of the quota, if a view-once message waits for
/// the media.
pub(super) async fn admit(work: &mut Work, media: MediaId) -> Result<bool, ViewOnceError> {
    let Some(row) = store::lock_waiting(work, media).await? else {
        return Ok(true);
    };
    let message = row.open(&work.key)?;
    if !store::load_settings(work, message.account).await?.is_enabled {
        return Ok(false);
    }
    match plan::spend(work, Quota::ViewOnceCaptures, message.id).await {
        Ok(()) => Ok(true),
        Err(QuotaError::Exceeded(_)) => Ok(false),
        Err(QuotaError::Query(error)) => Err(error.into()),
    }
}

/// Writes the outcome of fetching `media`, if a view-once message waits for it.
pub(super) async fn settle(
    work: &mut Work,
    media: MediaId,
    outcome: &media::Outcome,
) -> Result<(), ViewOnceError> {
    let Some(row) = store::lock_waiting(work, media).await? else {
        return Ok(());
    };
    let message = row.open(&work.key)?;
    let is_enabled = store::load_settings(work, message.account).await?.is_enabled;
    let (became, reason) = match outcome {
        media::Outcome::Stored => (CaptureOutcome::Captured, None),
        media::Outcome::Refused if is_enabled => (
            CaptureOutcome::QuotaExhausted,
            Some((CaptureReason::QuotaExhausted, quota_message(work).await?)),
        ),
        media::Outcome::Refused => (
            CaptureOutcome::Failed,
            Some((CaptureReason::TurnedOff, TURNED_OFF.to_owned())),
        ),
        media::Outcome::Expired => (CaptureOutcome::Failed, words(CaptureReason::Expired, outcome)),
        media::Outcome::Failed { .. } => (CaptureOutcome::Failed, words(CaptureReason::FetchFailed, outcome)),
    };
    let kind = if became == CaptureOutcome::Captured {
        work.count(
            Metric::Captures,
            message.account,
            message.sender,
            message.received_at,
        );
        EventKind::ViewOnceCaptured
    } else {
        // Another listener may refuse the media after the capture was spent.
        plan::refund(work, Quota::ViewOnceCaptures, message.id).await?;
        EventKind::ViewOnceMessageChanged
    };
    let end = CaptureEnd {
        outcome: became,
        reason,
    };
    store::end_capture(work, message.id, end).await?;
    work.emit(kind, Some(message.account), message.id);
    Ok(())
}

/// Adds the words of the media's outcome to `reason`.
fn words(reason: CaptureReason, outcome: &media::Outcome) -> Option<(CaptureReason, String)> {
    outcome.message().map(|words| (reason, words.to_owned()))
}

/// Returns the words, for the user, of a capture that the quota refused.
async fn quota_message(work: &mut Work) -> Result<String, ViewOnceError> {
    let (user, now) = (work.user, work.now);
    let usages = plan::usage(work, user, now).await?;
    let refused = usages
        .iter()
        .filter(|usage| usage.quota == Quota::ViewOnceCaptures)
        .find_map(|usage| usage.require_one().err());
    Ok(refused.map_or_else(
        || "the plan's captures of the month were used up".to_owned(),
        |exceeded| exceeded.to_string(),
    ))
}
