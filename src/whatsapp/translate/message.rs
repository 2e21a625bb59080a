//! Messages: chat, sender and time from their envelope, content from their body.

use whatsapp_rust::types::events::{DecryptFailMode, UnavailableType, UndecryptableMessage};
use whatsapp_rust::types::message::{MessageCategory, MessageInfo};
use whatsapp_rust::waproto::whatsapp as wa;

use super::bounds::{ID_LETTERS, clamp_time, clip, name};
use super::{content, mentions, people, quoted, timer};
use crate::event::{Content, Event, Message, Origin, Person};

/// Translates a message. None for messages between the owner's own devices, and for chats that AMDA does not know: bots,
/// channels, lists of recipients.
pub(in crate::whatsapp) fn message(info: &MessageInfo, body: &wa::Message, owner: &Person) -> Option<Event> {
    if info.category == MessageCategory::Peer {
        return None;
    }
    let opened = content::open(body);
    let mut message = envelope(info, owner)?;
    message.content = content::read(&opened, &message, owner)?;
    let origin = origin(&message);
    if let Content::Media(media)
    | Content::ViewOnce(Some(media))
    | Content::Part {
        better: Some(media), ..
    } = &mut message.content
    {
        media.origin = Some(origin);
    }
    message.mentions = mentions::mentions(&opened, &message.content);
    message.timer = timer::timer(&opened, message.sent_at);
    message.quoted_view_once = quoted::view_once(&opened, &message, owner).map(Box::new);
    Some(Event::Message(Box::new(message)))
}

/// Translates a message without content: WhatsApp withheld it from linked devices, or it did not decrypt.
pub(in crate::whatsapp) fn without_content(notice: &UndecryptableMessage, owner: &Person) -> Option<Event> {
    let mut message = envelope(&notice.info, owner)?;
    message.content = match (notice.is_unavailable, notice.unavailable_type) {
        (true, UnavailableType::ViewOnce) => Content::ViewOnce(None),
        (true, UnavailableType::Bot) => return None,
        // The sender marked it as one that is never shown: a reaction, an edit, a vote. It comes again, or is of no use.
        _ if notice.decrypt_fail_mode == DecryptFailMode::Hide => return None,
        _ => Content::Undecrypted,
    };
    Some(Event::Message(Box::new(message)))
}

/// Reads chat, sender and time; the content is filled in by the caller.
fn envelope(info: &MessageInfo, owner: &Person) -> Option<Message> {
    let sender = people::sender(&info.source, owner)?;
    Some(Message {
        chat: people::chat(info, &sender)?,
        sender,
        wa_id: clip(&info.id, ID_LETTERS),
        is_from_me: info.source.is_from_me,
        push_name: name(&info.push_name),
        verified_name: verified_name(info),
        sent_at: clamp_time(info.timestamp),
        content: Content::Other("empty"),
        mentions: Vec::new(),
        timer: None,
        quoted_view_once: None,
    })
}

fn verified_name(info: &MessageInfo) -> Option<String> {
    let verified = info.verified_name.as_ref()?;
    name(verified.name.as_deref()?)
}

fn origin(message: &Message) -> Origin {
    Origin {
        wa_id: message.wa_id.clone(),
        chat: message.chat.clone(),
        sender: message.sender.clone(),
        is_from_me: message.is_from_me,
    }
}
