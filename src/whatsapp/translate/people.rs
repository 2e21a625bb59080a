//! Persons and chats of WhatsApp's addresses.

use whatsapp_rust::types::message::{MessageInfo, MessageSource};
use whatsapp_rust::wacore_binary::{Jid as Address, JidExt as _, Server};

use super::bounds::{ID_LETTERS, clip};
use crate::event::{Chat, Jid, Person};

/// Person of these addresses: by LID, by phone number, or both. The first address of each kind counts. None when there is
/// neither, as for a bot, a channel or a user of another messenger.
pub(in crate::whatsapp) fn person_of<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Option<Person> {
    let mut person = Person::default();
    for address in addresses {
        let name = match address.server {
            Server::Lid | Server::HostedLid => &mut person.lid,
            Server::Pn | Server::Hosted | Server::Legacy => &mut person.phone_number,
            _ => continue,
        };
        let user = clip(address.user_base(), ID_LETTERS);
        if name.is_none() && !user.is_empty() {
            *name = Some(user);
        }
    }
    (person != Person::default()).then_some(person)
}

/// Parses the person of a text address.
pub(super) fn parse_person(address: &str) -> Option<Person> {
    person_of(&[address.parse().ok()?])
}

/// Returns true when both have the same LID or the same phone number.
pub(in crate::whatsapp) fn are_same(one: &Person, other: &Person) -> bool {
    let is_same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    is_same(&one.lid, &other.lid) || is_same(&one.phone_number, &other.phone_number)
}

/// Author of a message. The owner is named as this account knows them, by LID and phone number.
pub(super) fn sender(source: &MessageSource, owner: &Person) -> Option<Person> {
    if source.is_from_me && *owner != Person::default() {
        return Some(owner.clone());
    }
    person_of(std::iter::once(&source.sender).chain(&source.sender_alt))
}

/// Chat of a message.
pub(super) fn chat(info: &MessageInfo, sender: &Person) -> Option<Chat> {
    let source = &info.source;
    let chat = &source.chat;
    if chat.is_status_broadcast() {
        return Some(Chat::Status);
    }
    match chat.server {
        Server::Group => Some(Chat::Group(Jid(clip(&chat.to_non_ad_string(), ID_LETTERS)))),
        // A broadcast list is a chat only for its owner; its recipients see a direct chat with the owner.
        Server::Broadcast if !source.is_from_me => Some(Chat::Direct(sender.clone())),
        Server::Broadcast | Server::Newsletter => None,
        _ if source.is_from_me => {
            let names = [&source.recipient_alt, &source.recipient, &info.peer_recipient_pn];
            person_of(std::iter::once(chat).chain(names.into_iter().flatten())).map(Chat::Direct)
        }
        _ => Some(Chat::Direct(sender.clone())),
    }
}
