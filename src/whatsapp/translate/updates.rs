//! Events that are not messages: receipts, the address book, mutes.

use chrono::DateTime;
use whatsapp_rust::types::events as library;
use whatsapp_rust::types::presence::ReceiptType;
use whatsapp_rust::wacore::stanza::receipt::collect_simple_message_ids;
use whatsapp_rust::wacore_binary::{Jid as Address, JidExt, NodeRef, Server};

use super::bounds::{self, ID_LETTERS, clamp_time, clip};
use super::people::{are_same, parse_person, person_of};
use crate::event::{
    Chat, ContactChange, Event, Jid, Mute, Muted, NumberChange, Person, Receipt, ReceiptKind,
};

/// Translates a receipt of a contact for messages of the owner's. None for the owner's own devices.
pub(in crate::whatsapp) fn receipt(receipt: &library::Receipt) -> Option<Event> {
    let kind = kind_of(&receipt.r#type)?;
    let source = &receipt.source;
    if source.is_from_me {
        return None;
    }
    let from = person_of(std::iter::once(&source.sender).chain(&source.sender_alt))?;
    let chat = if source.chat.is_status_broadcast() {
        Chat::Status
    } else if source.chat.server == Server::Group {
        Chat::Group(Jid(clip(&source.chat.to_non_ad_string(), ID_LETTERS)))
    } else {
        Chat::Direct(from.clone())
    };
    Some(Event::Receipt(Receipt {
        chat,
        from,
        wa_ids: receipt
            .message_ids
            .iter()
            .map(|id| clip(id, ID_LETTERS))
            .collect(),
        kind,
        at: clamp_time(receipt.timestamp),
    }))
}

/// Translates a contact's receipt for a status of the owner's. None for the owner's own devices.
///
/// WhatsApp sends such a receipt from the chat of all statuses, and the library drops its participant. A receipt that
/// lists several participants is read well by the library, so it is None here.
pub(in crate::whatsapp) fn receipt_of_status(stanza: &NodeRef<'_>, owner: &Person) -> Option<Event> {
    if stanza.get_optional_child("participants").is_some() {
        return None;
    }
    let mut named = stanza.attrs();
    named.optional_jid("from").filter(JidExt::is_status_broadcast)?;
    let names = ["participant", "participant_pn", "participant_lid"].map(|name| named.optional_jid(name));
    let from = person_of(names.iter().flatten())?;
    if are_same(&from, owner) {
        return None;
    }
    let kind = named.optional_string("type");
    let kind = kind_of(&ReceiptType::parse(kind.as_deref().unwrap_or("delivery")))?;
    let id = named.optional_string("id")?;
    let at = i64::try_from(named.optional_u64("t")?).ok()?;
    Some(Event::Receipt(Receipt {
        chat: Chat::Status,
        from,
        wa_ids: collect_simple_message_ids(stanza, &id, false)
            .iter()
            .map(|id| clip(id, ID_LETTERS))
            .collect(),
        kind,
        at: clamp_time(DateTime::from_timestamp(at, 0)?),
    }))
}

fn kind_of(kind: &ReceiptType) -> Option<ReceiptKind> {
    match kind {
        ReceiptType::Delivered => Some(ReceiptKind::Delivered),
        ReceiptType::Read => Some(ReceiptKind::Read),
        ReceiptType::Played => Some(ReceiptKind::Played),
        _ => None,
    }
}

/// Translates an entry of the address book. None when it names no person.
pub(in crate::whatsapp) fn contact(update: &library::ContactUpdate) -> Option<Event> {
    let mut person = person_of([&update.jid]).unwrap_or_default();
    let others = [&update.action.lid_jid, &update.action.pn_jid];
    for other in others.into_iter().flatten().filter_map(|jid| parse_person(jid)) {
        person.lid = person.lid.or(other.lid);
        person.phone_number = person.phone_number.or(other.phone_number);
    }
    let names = [&update.action.full_name, &update.action.first_name];
    let name = names.into_iter().flatten().find_map(|name| bounds::name(name));
    let names_person = person != Person::default();
    names_person.then_some(Event::Contact(ContactChange {
        person,
        name,
        verified_name: None,
    }))
}

/// Translates the verified name of a business. None when it names no person, or the change is another.
pub(in crate::whatsapp) fn verified_name(update: &library::BusinessStatusUpdate) -> Option<Event> {
    let verified_name = bounds::name(update.verified_name.as_deref()?)?;
    let person = person_of([&update.jid].into_iter().chain(&update.target_jid))?;
    Some(Event::Contact(ContactChange {
        person,
        name: None,
        verified_name: Some(verified_name),
    }))
}

/// Translates a contact's change of number. None when it names no person, or changes nothing.
pub(in crate::whatsapp) fn number_change(change: &library::ContactNumberChanged) -> Option<Event> {
    let from = person_of([&change.old_jid].into_iter().chain(&change.old_lid))?;
    let to = person_of([&change.new_jid].into_iter().chain(&change.new_lid))?;
    (from.phone_number != to.phone_number).then_some(Event::NumberChange(NumberChange { from, to }))
}

/// Translates the mute of a chat. None for a group.
pub(in crate::whatsapp) fn mute(update: &library::MuteUpdate) -> Option<Event> {
    muted(&update.jid, Muted::Chat, update.action.muted == Some(true))
}

/// Translates the mute of a person's statuses.
pub(in crate::whatsapp) fn mute_of_statuses(update: &library::UserStatusMuteUpdate) -> Option<Event> {
    muted(&update.jid, Muted::Statuses, update.muted)
}

fn muted(jid: &Address, what: Muted, is_muted: bool) -> Option<Event> {
    let person = person_of([jid])?;
    Some(Event::Mute(Mute {
        person,
        what,
        is_muted,
    }))
}
