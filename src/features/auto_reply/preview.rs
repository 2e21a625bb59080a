//! Preview of settings: applies the rule to the messages of the last day.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AutoReplyError;
use super::rule::{LOOP_WINDOW, MAX_MESSAGE_AGE, ReplyContext, SkipReason};
use super::settings::{AutoReplyMode, ReplySettings};
use super::store::context::{self, IncomingMessage};
use crate::account::AccountRef;
use crate::contacts;
use crate::id::ContactId;
use crate::plan;
use crate::work::Work;

/// Maximum number of messages that a preview considers.
const PREVIEW_LIMIT: i64 = 500;

/// A message of the last day, and the reply that the settings would have sent.
#[derive(Debug, Clone)]
pub struct PreviewedReply {
    /// The contact who wrote the message.
    pub contact: ContactId,
    /// The time at which the contact wrote.
    pub asked_at: DateTime<Utc>,
    /// The text of the reply, or the reason for which none would have been sent.
    pub verdict: Result<String, SkipReason>,
}

/// Applies `settings` to the messages of the last day as if they had been on, newest first. Ignores replies of the
/// owner, pauses by WhatsApp and echoes of other machines.
pub(super) async fn preview_last_day(
    work: &mut Work,
    account: AccountRef,
    settings: &ReplySettings,
) -> Result<Vec<PreviewedReply>, AutoReplyError> {
    let mode = match settings.mode_at(work.now) {
        AutoReplyMode::Off => AutoReplyMode::Offline,
        on => on,
    };
    let since = work.now - TimeDelta::hours(24);
    let asked = context::list_incoming(work, account.id, since, PREVIEW_LIMIT).await?;
    let senders: Vec<ContactId> = asked.iter().map(|asked| asked.sender).collect();
    let known = context::load_senders(work, &senders).await?;
    let listed = contacts::rows_of(work, &settings.contacts).await?;
    let entitlements = plan::entitlements(work, account.user).await?;
    let zone = plan::zone(work, account.user).await?;
    let mut replied: HashMap<ContactId, Vec<DateTime<Utc>>> = HashMap::new();
    let mut previewed = Vec::with_capacity(asked.len());
    for message in asked {
        let Some(sender) = known.get(&message.sender).filter(|sender| !sender.is_self()) else {
            continue;
        };
        let at = message.sent_at;
        let earlier = replied.entry(sender.person()).or_default();
        earlier.retain(|reply| at - *reply < settings.cooldown().max(LOOP_WINDOW));
        let context = ReplyContext {
            now: at + lateness(&message),
            sent_at: at,
            local: at.with_timezone(&zone).naive_local(),
            is_listed: listed.contains(&sender.id()) || listed.contains(&sender.person()),
            has_lists: entitlements.has_auto_reply_lists,
            has_schedule: entitlements.has_auto_reply_schedule,
            is_answered: false,
            is_echo: false,
            replied: earlier.clone(),
            paused_until: None,
            useful_for: TimeDelta::zero(),
        };
        let verdict = settings.judge(&context).map(|()| {
            earlier.push(at);
            settings.text_for(mode, &sender.display_name(), at, zone)
        });
        previewed.push(PreviewedReply {
            contact: message.sender,
            asked_at: at,
            verdict,
        });
    }
    previewed.reverse();
    Ok(previewed)
}

/// Returns the delay of a message's arrival if it exceeds the maximum age, else zero.
fn lateness(message: &IncomingMessage) -> TimeDelta {
    let late = message.received_at - message.sent_at;
    if late > MAX_MESSAGE_AGE {
        late
    } else {
        TimeDelta::zero()
    }
}
