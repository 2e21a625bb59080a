//! Incoming messages that may get an automatic reply, handled on the pipeline's open transaction.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::error::AutoReplyError;
use super::rule::{MEMORY, Occasion, ROW, SkipReason};
use super::settings::{AutoReplyMode, Settings};
use super::store::replies::{NewReply, Said};
use super::store::{context, replies, settings};
use super::text::{asks, is_telling, plain};
use crate::event::{Message, Outgoing};
use crate::features::EventContext;
use crate::hub::EventKind;
use crate::id::ContactId;
use crate::messages::Recorded;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::plan::{self, Entitlements};
use crate::whatsapp::outbox;

/// Minimum time between two records of the same skip reason for the same sender.
const NOTED_EVERY: TimeDelta = TimeDelta::hours(1);
/// Domain of the keyed fingerprints of texts.
const WORDS: &str = "auto_replies:words";

/// The sender of an incoming message, and the reply that they would get.
struct Asker {
    /// Every contact row of the sender.
    people: Vec<ContactId>,
    /// The mode in which the reply is sent.
    mode: AutoReplyMode,
    zone: Tz,
    entitlements: Entitlements,
    /// The text of the reply.
    words: String,
    /// Fingerprint of the incoming text; none when it is empty. `answered` is the fingerprint of the reply.
    asked: Option<i64>,
    answered: i64,
}

/// Handles a new message that the other person wrote in a direct chat: queues a reply or records the reason for none.
pub(super) async fn take_in(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> Result<(), AutoReplyError> {
    let Some(asked) = asks(&message.content) else {
        return Ok(());
    };
    let (now, account) = (cx.now, cx.account);
    let settings = settings::load_shared(cx, account.id).await?;
    let mode = settings.mode_at(now);
    if mode == AutoReplyMode::Off {
        return Ok(());
    }
    let Some(asker) = look_at(cx, recorded, asked, &settings, mode).await? else {
        return Ok(());
    };
    let occasion = look_around(cx, message, &plain(asked), &settings, &asker).await?;
    match settings.judge(&occasion) {
        Ok(()) => answer(cx, recorded, message, &asker).await,
        Err(reason) => pass_over(cx, recorded, message, &asker, reason).await,
    }
}

/// Loads the sender and builds the reply; none when the sender is the owner, who also has a chat with himself.
async fn look_at(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    asked: &str,
    settings: &Settings,
    mode: AutoReplyMode,
) -> Result<Option<Asker>, AutoReplyError> {
    let (now, user) = (cx.now, cx.account.user);
    let known = context::somebodies(cx, &[recorded.sender]).await?;
    let Some(sender) = known.get(&recorded.sender).filter(|sender| !sender.is_self) else {
        return Ok(None);
    };
    let zone = plan::zone(cx, user).await?;
    let words = settings.words_for(mode, &sender.called(), now, zone);
    let asked = plain(asked);
    Ok(Some(Asker {
        people: cx.sender_rows().await?,
        mode,
        zone,
        entitlements: plan::entitlements(cx, user).await?,
        asked: (!asked.is_empty()).then(|| cx.key.fingerprint(WORDS, &asked)),
        answered: cx.key.fingerprint(WORDS, &plain(&words)),
        words,
    }))
}

async fn look_around(
    cx: &mut EventContext<'_>,
    message: &Message,
    asked: &str,
    settings: &Settings,
    asker: &Asker,
) -> Result<Occasion, AutoReplyError> {
    let (now, account, people) = (cx.now, cx.account, &asker.people);
    let is_echo = match asker.asked {
        Some(words) => {
            words == asker.answered
                || replies::is_known(cx, people, now - MEMORY, words, is_telling(asked)).await?
        }
        None => false,
    };
    Ok(Occasion {
        now,
        sent_at: message.sent_at,
        is_offline: message.is_offline,
        local: now.with_timezone(&asker.zone).naive_local(),
        is_listed: settings.contacts.iter().any(|listed| people.contains(listed)),
        has_lists: asker.entitlements.has_auto_reply_lists,
        has_schedule: asker.entitlements.has_auto_reply_schedule,
        is_answered: context::has_owner_written(cx, account.id, people, message.sent_at).await?,
        is_echo,
        replied: replies::replied_since(cx, people, now - settings.cooldown().max(ROW)).await?,
        paused_until: outbox::paused_until(cx, account.id, now).await?,
        useful_for: outbox::TEXT_USEFUL_FOR,
    })
}

async fn answer(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    asker: &Asker,
) -> Result<(), AutoReplyError> {
    let (now, account) = (cx.now, cx.account);
    let said = Said {
        text: &asker.words,
        asked: asker.asked,
        answered: asker.answered,
    };
    let reply = NewReply {
        id: cx.ids.next(),
        contact: recorded.sender,
        message: recorded.id,
        mode: asker.mode,
        decision: Ok(said),
        asked_at: message.sent_at,
        now,
    };
    if !replies::insert(cx, account, &reply).await? {
        return Ok(());
    }
    let text = Outgoing::Text {
        to: message.sender.clone(),
        contact: recorded.sender,
        text: asker.words.clone(),
    };
    let send_at = now + cx.delay.draw(&cx.ids);
    let queued = outbox::enqueue(cx, account, &text, send_at).await?;
    replies::set_send(cx, reply.id, queued.id).await?;
    cx.emit(EventKind::AutoReplySent, Some(account.id), reply.id);
    Ok(())
}

/// Records the reason for which a message gets no reply, unless the same reason was recorded within the last hour. A
/// sender in the cooldown is covered by the earlier reply and gets no record.
async fn pass_over(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    asker: &Asker,
    reason: SkipReason,
) -> Result<(), AutoReplyError> {
    if reason == SkipReason::Cooldown {
        return Ok(());
    }
    let (now, account) = (cx.now, cx.account);
    let last = replies::last_skipped(cx, &asker.people, reason).await?;
    if last.is_some_and(|last| now - last < NOTED_EVERY) {
        return Ok(());
    }
    let reply = NewReply {
        id: cx.ids.next(),
        contact: recorded.sender,
        message: recorded.id,
        mode: asker.mode,
        decision: Err(reason),
        asked_at: message.sent_at,
        now,
    };
    if !replies::insert(cx, account, &reply).await? {
        return Ok(());
    }
    cx.emit(EventKind::AutoReplySent, Some(account.id), reply.id);
    let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&asker.zone).date_naive();
    let is_first_today = last.is_none_or(|last| day(last) != day(now));
    let is_silenced = reason == SkipReason::Filtered && asker.entitlements.has_silenced_contact_notices;
    if is_silenced && is_first_today {
        let notice = NewNotice {
            kind: NoticeKind::SilencedContactWrote,
            account: Some(account.id),
            subject: Some(reply.id.into()),
            details: serde_json::json!({ "contact": recorded.sender.to_string() }),
            at: now,
        };
        notices::post(cx, &notice).await?;
    }
    Ok(())
}
