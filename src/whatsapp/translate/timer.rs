//! Timers of disappearing chats.

use chrono::{DateTime, Utc};
use whatsapp_rust::waproto::whatsapp::message::protocol_message::Type;

use super::bounds::clamp_time;
use super::content::Opened;
use super::quoted;
use crate::event::ChatTimer;

/// Timers that WhatsApp's apps offer: none, a day, a week and 90 days. The owner's answers carry the timer, so no other is
/// believed.
pub(super) const OFFERED_SECONDS: [u32; 4] = [0, 86_400, 604_800, 7_776_000];

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
    if !OFFERED_SECONDS.contains(&seconds) {
        return None;
    }
    let set_at = set_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Some(ChatTimer {
        seconds: i32::try_from(seconds).ok()?,
        // Nobody sets a timer after the message that tells it.
        set_at: set_at.map_or(sent_at, |at| clamp_time(at).min(sent_at)),
    })
}
