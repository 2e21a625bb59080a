//! People of WhatsApp and what they send, in our words.

use amda::event::{Chat, Content, Event, Jid, MediaKind, MediaReference, Message, Person};
use chrono::{DateTime, TimeDelta, Utc};

use super::core::noon;

/// Somebody who is known by LID and by phone number.
pub(crate) fn person(number: u32) -> Person {
    Person {
        lid: Some(format!("9000{number}")),
        phone_number: Some(format!("4915100{number}")),
    }
}

/// A contact.
pub(crate) fn alice() -> Person {
    person(1)
}

/// Another.
pub(crate) fn bob() -> Person {
    person(2)
}

/// One who means no good.
pub(crate) fn mallory() -> Person {
    person(666)
}

/// The account's owner.
pub(crate) fn owner() -> Person {
    person(0)
}

/// A group.
pub(crate) fn group() -> Chat {
    Chat::Group(Jid("120363001@g.us".to_owned()))
}

/// A message before it says anything special.
pub(crate) fn message(
    chat: Chat,
    sender: Person,
    wa_id: &str,
    sent_at: DateTime<Utc>,
    content: Content,
) -> Message {
    Message {
        chat,
        is_from_me: sender == owner(),
        sender,
        wa_id: wa_id.to_owned(),
        push_name: None,
        verified_name: None,
        sent_at,
        content,
        mentions: Vec::new(),
        timer: None,
        quoted_view_once: None,
    }
}

/// The event that a message arrives.
pub(crate) fn arrives(message: Message) -> Event {
    Event::Message(Box::new(message))
}

/// Words.
pub(crate) fn words(text: &str) -> Content {
    Content::Text(text.to_owned())
}

/// A picture with a caption.
pub(crate) fn picture(caption: &str) -> Content {
    Content::Media(Box::new(MediaReference {
        kind: MediaKind::Image,
        mime_type: "image/jpeg".to_owned(),
        caption: Some(caption.to_owned()),
        direct_path: "/v/t62.7118-24/1".to_owned(),
        media_key: vec![7; 32],
        sha256: vec![8; 32],
        encrypted_sha256: vec![9; 32],
        size_bytes: 1_024,
        width: Some(640),
        height: Some(480),
        duration_seconds: None,
        thumbnail: None,
        origin: None,
    }))
}

/// The HD copy of a picture.
pub(crate) fn hd_copy_of(target: &str) -> Content {
    let Content::Media(mut better) = picture("") else {
        unreachable!("a picture is media");
    };
    better.direct_path = "/v/t62.7118-24/2".into();
    better.sha256 = vec![18; 32];
    better.size_bytes = 9_216;
    (better.width, better.height, better.caption) = (Some(2_560), Some(1_920), None);
    Content::Part {
        target_wa_id: target.to_owned(),
        better: Some(better),
    }
}

/// The deletion of the revoker's own message.
pub(crate) fn revoke(target: &str) -> Content {
    Content::Revoke {
        target_wa_id: target.to_owned(),
        target_sender: None,
        by_admin: None,
    }
}

/// The deletion of a message that is said to be `author`'s.
pub(crate) fn revoke_of(author: Person, target: &str) -> Content {
    Content::Revoke {
        target_wa_id: target.to_owned(),
        target_sender: Some(author),
        by_admin: None,
    }
}

/// The time so many minutes after noon.
pub(crate) fn minute(minutes: i64) -> DateTime<Utc> {
    noon() + TimeDelta::minutes(minutes)
}

/// The event that `sender` sends something somewhere, so many minutes after noon.
pub(crate) fn says(chat: Chat, sender: Person, wa_id: &str, minutes: i64, content: Content) -> Event {
    arrives(message(chat, sender, wa_id, minute(minutes), content))
}

/// The event that Alice writes to the owner, at noon.
pub(crate) fn alice_writes(wa_id: &str, text: &str) -> Event {
    says(Chat::Direct(alice()), alice(), wa_id, 0, words(text))
}

/// The event that Alice deletes what she wrote to the owner, five minutes later.
pub(crate) fn alice_deletes(wa_id: &str, target: &str) -> Event {
    says(Chat::Direct(alice()), alice(), wa_id, 5, revoke(target))
}
