//! Incoming messages that may get an automatic reply, handled on the pipeline's open transaction.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::error::AutoReplyError;
use super::rule::{ECHO_MEMORY, LOOP_WINDOW, ReplyContext, SkipReason};
use super::settings::{AutoReplyMode, ReplySettings};
use super::store::replies::{NewReply, ReplyText};
use super::store::{context, replies, settings};
use super::text::{is_distinctive, normalize, replyable_text};
use crate::contacts;
use crate::event::{Message, Outgoing};
use crate::features::EventContext;
use crate::hub::EventKind;
use crate::id::ContactId;
use crate::messages::Recorded;
use crate::notices::{self, NewNotice, NoticeKind};
use crate::plan::{self, Entitlements};
use crate::whatsapp::outbox;

/// Minimum time between two records of the same skip reason for the same sender.
const SKIP_RECORD_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// Domain of the keyed fingerprints of texts.
const FINGERPRINT_DOMAIN: &str = "auto_replies:words";

/// The sender of an incoming message, and the reply that they would get.
struct ReplyTarget {
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
pub(super) async fn handle_incoming(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
) -> Result<(), AutoReplyError> {
    let Some(asked) = replyable_text(&message.content) else {
        return Ok(());
    };
    let (now, account) = (cx.now, cx.account);
    let settings = settings::load_shared(cx, account.id).await?;
    let mode = settings.mode_at(now);
    if mode == AutoReplyMode::Off {
        return Ok(());
    }
    let Some(target) = load_target(cx, recorded, asked, &settings, mode).await? else {
        return Ok(());
    };
    let context = load_context(cx, message, &normalize(asked), &settings, &target).await?;
    match settings.judge(&context) {
        Ok(()) => answer(cx, recorded, message, &target).await,
        Err(reason) => record_skip(cx, recorded, message, &target, reason).await,
    }
}

/// Loads the sender and builds the reply; none when the sender is the owner, who also has a chat with himself.
async fn load_target(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    asked: &str,
    settings: &ReplySettings,
    mode: AutoReplyMode,
) -> Result<Option<ReplyTarget>, AutoReplyError> {
    let now = cx.now;
    let known = context::load_senders(cx, &[recorded.sender]).await?;
    let Some(sender) = known.get(&recorded.sender).filter(|sender| !sender.is_self()) else {
        return Ok(None);
    };
    let zone = plan::present_zone(cx).await?;
    let words = settings.text_for(mode, &sender.display_name(), now, zone);
    let asked = normalize(asked);
    Ok(Some(ReplyTarget {
        people: contacts::rows_of_sender(cx, recorded.sender).await?,
        mode,
        zone,
        entitlements: plan::present_entitlements(cx).await?,
        asked: (!asked.is_empty()).then(|| cx.key.fingerprint(FINGERPRINT_DOMAIN, &asked)),
        answered: cx.key.fingerprint(FINGERPRINT_DOMAIN, &normalize(&words)),
        words,
    }))
}

async fn load_context(
    cx: &mut EventContext<'_>,
    message: &Message,
    asked: &str,
    settings: &ReplySettings,
    target: &ReplyTarget,
) -> Result<ReplyContext, AutoReplyError> {
    let (now, account, people) = (cx.now, cx.account, &target.people);
    let is_echo = match target.asked {
        Some(words) => {
            words == target.answered
                || replies::is_known(cx, people, now - ECHO_MEMORY, words, is_distinctive(asked)).await?
        }
        None => false,
    };
    Ok(ReplyContext {
        now,
        sent_at: message.sent_at,
        local: now.with_timezone(&target.zone).naive_local(),
        is_listed: settings.contacts.iter().any(|listed| people.contains(listed)),
        has_lists: target.entitlements.has_auto_reply_lists,
        has_schedule: target.entitlements.has_auto_reply_schedule,
        is_answered: context::has_owner_written(cx, account.id, people, message.sent_at).await?,
        is_echo,
        replied: replies::replied_since(cx, people, now - settings.cooldown().max(LOOP_WINDOW)).await?,
        paused_until: outbox::present_pause(cx, account.id)
            .await?
            .map(|pause| pause.until),
        useful_for: outbox::TEXT_USEFUL_FOR,
    })
}

async fn answer(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    target: &ReplyTarget,
) -> Result<(), AutoReplyError> {
    let (now, account) = (cx.now, cx.account);
    let said = ReplyText {
        text: &target.words,
        asked: target.asked,
        answered: target.answered,
    };
    let reply = NewReply {
        id: cx.ids.next(),
        contact: recorded.sender,
        message: recorded.id,
        mode: target.mode,
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
        text: target.words.clone(),
        timer_seconds: contacts::timer_seconds(cx, recorded.chat).await?,
    };
    let send_at = now + cx.delay.draw(&cx.ids);
    let queued = outbox::enqueue(cx, account, &text, send_at).await?;
    replies::set_send(cx, reply.id, queued.id).await?;
    cx.emit(EventKind::AutoReplyChanged, Some(account.id), reply.id);
    Ok(())
}

/// Records the reason for which a message gets no reply, unless the same reason was recorded within the last hour. A
/// sender in the cooldown is covered by the earlier reply and gets no record.
async fn record_skip(
    cx: &mut EventContext<'_>,
    recorded: Recorded,
    message: &Message,
    target: &ReplyTarget,
    reason: SkipReason,
) -> Result<(), AutoReplyError> {
    if reason == SkipReason::Cooldown {
        return Ok(());
    }
    let (now, account) = (cx.now, cx.account);
    let last = replies::last_skipped(cx, &target.people, reason).await?;
    if last.is_some_and(|last| now - last < SKIP_RECORD_INTERVAL) {
        return Ok(());
    }
    let reply = NewReply {
        id: cx.ids.next(),
        contact: recorded.sender,
        message: recorded.id,
        mode: target.mode,
        decision: Err(reason),
        asked_at: message.sent_at,
        now,
    };
    if !replies::insert(cx, account, &reply).await? {
        return Ok(());
    }
    cx.emit(EventKind::AutoReplyChanged, Some(account.id), reply.id);
    let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&target.zone).date_naive();
    let is_first_today = last.is_none_or(|last| day(last) != day(now));
    let is_silenced = reason == SkipReason::Filtered && target.entitlements.has_silenced_contact_notices;
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
