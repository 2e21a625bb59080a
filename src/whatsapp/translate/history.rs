//! Timers of disappearing chats, in the history that the phone sends to a new device.

use chrono::{DateTime, Utc};
use whatsapp_rust::types::events::LazyHistorySync;
use whatsapp_rust::wacore_binary::Jid as Address;
use whatsapp_rust::waproto::whatsapp as wa;

use super::bounds::clamp_time;
use super::groups;
use super::people::person_of;
use super::timer::OFFERED_SECONDS;
use crate::event::{Chat, ChatTimer, Event, TimerOfChat};

/// Reads the timers of disappearing chats, conversation by conversation, and nothing else of the history. Stops at what
/// cannot be read. Takes tens of milliseconds for a large history.
pub(in crate::whatsapp) fn timers(history: &LazyHistorySync) -> Vec<Event> {
    let mut stream = history.stream();
    let mut conversation = wa::Conversation::default();
    let mut timers = Vec::new();
    while let Ok(true) = stream.next_conversation_into(&mut conversation) {
        timers.extend(timer_of_chat(&conversation).map(Event::Timer));
    }
    timers
}

fn timer_of_chat(conversation: &wa::Conversation) -> Option<TimerOfChat> {
    let seconds = conversation.ephemeral_expiration?;
    if seconds == 0 || !OFFERED_SECONDS.contains(&seconds) {
        return None;
    }
    let timer = ChatTimer {
        seconds: i32::try_from(seconds).ok()?,
        set_at: set_at(conversation),
    };
    let chat = chat(conversation)?;
    Some(TimerOfChat { chat, timer })
}

/// The time at which the timer was set, which was not after the chat's last message. Where it is not known, any other
/// timer counts as newer.
fn set_at(conversation: &wa::Conversation) -> DateTime<Utc> {
    let last = conversation
        .conversation_timestamp
        .or(conversation.last_msg_timestamp)
        .and_then(|last| i64::try_from(last).ok());
    let set_at = conversation.ephemeral_setting_timestamp.zip(last);
    let set_at = set_at.and_then(|(set_at, last)| DateTime::from_timestamp(set_at.min(last), 0));
    set_at.map_or(DateTime::UNIX_EPOCH, clamp_time)
}

fn chat(conversation: &wa::Conversation) -> Option<Chat> {
    let address: Address = conversation.id.parse().ok()?;
    if let Some(group) = groups::group(&address) {
        return Some(Chat::Group(group));
    }
    let others = [&conversation.lid_jid, &conversation.pn_jid]
        .into_iter()
        .flatten();
    let others: Vec<Address> = others.filter_map(|jid| jid.parse().ok()).collect();
    person_of(std::iter::once(&address).chain(&others)).map(Chat::Direct)
}
