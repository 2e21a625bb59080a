//! From the library's messages and events to ours. Pure: no I/O, no clock, no state.
//!
//! Whatever a sender can put into a message comes through here, so nothing here may panic or fail: what makes no
//! sense becomes [`Content::Other`] or nothing. Texts that reach indexed columns are clipped and freed of NUL, and
//! times and sizes are put into the database's range, or one malicious message would stop the account's whole batch
//! for good.
//!
//! [`Content::Other`]: crate::event::Content::Other

mod content;
mod groups;
mod media;
mod news;
mod people;
mod quoted;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use whatsapp_rust::types::events::{DecryptFailMode, UnavailableType, UndecryptableMessage};
use whatsapp_rust::types::message::{MessageCategory, MessageInfo};
use whatsapp_rust::waproto::whatsapp as wa;

use crate::event::{Content, Event, Message, Origin, Person};

pub(super) use groups::{admins, described, group};
pub(super) use news::{contact, mute, mute_of_statuses, receipt, receipt_of_status};
pub(super) use people::{are_same, person_of};

/// What a message says; nothing for talk between the owner's own devices, and for whom AMDA has no name: bots,
/// channels, lists of recipients.
pub(super) fn message(info: &MessageInfo, body: &wa::Message, owner: &Person) -> Option<Event> {
    if info.category == MessageCategory::Peer {
        return None;
    }
    let opened = content::open(body);
    let mut message = envelope(info, owner)?;
    message.content = content::read(&opened, &message, owner)?;
    let origin = origin(&message);
    if let Content::Media(media) | Content::ViewOnce(Some(media)) = &mut message.content {
        media.origin = Some(origin);
    }
    message.quoted_view_once = quoted::view_once(&opened, &message, owner).map(Box::new);
    Some(Event::Message(Box::new(message)))
}

/// A message whose content never came: WhatsApp kept it from linked devices, or it did not decrypt.
pub(super) fn without_content(notice: &UndecryptableMessage, owner: &Person) -> Option<Event> {
    let mut message = envelope(&notice.info, owner)?;
    message.content = match (notice.is_unavailable, notice.unavailable_type) {
        (true, UnavailableType::ViewOnce) => Content::ViewOnce(None),
        (true, UnavailableType::Bot) => return None,
        // The sender marked it as one that is never shown: a reaction, an edit, a vote. It comes again, or is nothing.
        _ if notice.decrypt_fail_mode == DecryptFailMode::Hide => return None,
        _ => Content::Undecrypted,
    };
    Some(Event::Message(Box::new(message)))
}

/// Who wrote where and when; the content is still to be read.
fn envelope(info: &MessageInfo, owner: &Person) -> Option<Message> {
    let sender = people::sender(&info.source, owner)?;
    Some(Message {
        chat: people::chat(info, &sender)?,
        sender,
        wa_id: clip(&info.id, ID_LETTERS),
        is_from_me: info.source.is_from_me,
        push_name: Some(clip(&info.push_name, NAME_LETTERS)).filter(|name| !name.trim().is_empty()),
        sent_at: in_range(info.timestamp),
        is_offline: info.is_offline,
        content: Content::Other("empty"),
        quoted_view_once: None,
    })
}

fn origin(message: &Message) -> Origin {
    Origin {
        wa_id: message.wa_id.clone(),
        chat: message.chat.clone(),
        sender: message.sender.clone(),
        is_from_me: message.is_from_me,
    }
}

/// WhatsApp's ids have 20 to 40 letters.
const ID_LETTERS: usize = 128;
/// WhatsApp allows 25 in push names; address books allow more.
const NAME_LETTERS: usize = 200;

/// At most `letters` of `text`, without the NUL that PostgreSQL cannot keep.
fn clip(text: &str, letters: usize) -> String {
    text.chars()
        .filter(|letter| *letter != '\0')
        .take(letters)
        .collect()
}

/// A sender's time, within 1970 and 2100: whatever is added to it later stays a time.
fn in_range(at: DateTime<Utc>) -> DateTime<Utc> {
    const LATEST: DateTime<Utc> = DateTime::from_timestamp(4_102_444_800, 0).expect("2100-01-01 is a date");
    at.clamp(DateTime::UNIX_EPOCH, LATEST)
}
