//! Timers of disappearing chats.

use chrono::{DateTime, Utc};
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::bounds::clamp_time;
use super::content::Opened;
use super::quoted;
use crate::event::ChatTimer;

/// Longest timer that is believed: a year. WhatsApp's own longest is 90 days.
const MOST_SECONDS: u32 = 366 * 24 * 60 * 60;

/// Reads the timer that a message tells: one that sets it, or one that disappears by it. A message without one tells
/// nothing, because some kinds never carry it.
pub(super) fn timer(opened: &Opened<'_>, sent_at: DateTime<Utc>) -> Option<ChatTimer> {
    let (seconds, set_at) = match opened.body.protocol_message.as_option() {
        Some(setting) if setting.r#type == Some(Type::EPHEMERAL_SETTING) => (
            setting.ephemeral_expiration.unwrap_or(0),
            setting.ephemeral_setting_timestamp,
        ),
        Some(_) => return None,
        None => {
            let context = quoted::context(opened.body)?;
            (context.expiration?, context.ephemeral_setting_timestamp)
        }
    };
    let set_at = set_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Some(ChatTimer {
        seconds: i32::try_from(seconds.min(MOST_SECONDS)).ok()?,
        // Nobody sets a timer after the message that tells it.
        set_at: set_at.map_or(sent_at, |at| clamp_time(at).min(sent_at)),
    })
}
