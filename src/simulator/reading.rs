//! Reading of a device's message by its recipients: each decrypts its own copy, and a chat the ciphertext for all.

use std::collections::{BTreeMap, BTreeSet};

use wacore::adv::{AdvValidation, validate_adv_with_identity_key};
use wacore_binary::{Jid, Node};
use waproto::whatsapp as wa;

use super::error::Result;
use super::noise::public;
use super::stanza::{attr, bytes, child_bytes, children, jid};
use super::world::{Chat, World};

/// Number of messages that may wait for the copy of the owner's phone.
const ARRIVALS_KEPT: usize = 1_000;

/// One ciphertext and its recipient.
pub(super) struct Part<'a> {
    pub(super) to: Jid,
    pub(super) enc: &'a Node,
}

/// A message, as far as its recipients could read it.
#[derive(Default)]
pub(super) struct Reading {
    message: Option<wa::Message>,
    /// Numbers of the contacts who could read it.
    pub(super) readers: Vec<String>,
    /// What the owner's phone read.
    pub(super) to_phone: Option<wa::Message>,
    /// True when the owner's phone could read it too.
    is_on_phone: bool,
}

/// A chat's ciphertext, as its audience read it.
#[derive(Default)]
struct ChatReading {
    message: Option<wa::Message>,
    readers: Vec<String>,
    /// Those who lack the sender key, or hold another, and whether they lack it.
    unable: Vec<(String, bool)>,
}

/// Messages that somebody has read, but not the owner's phone, by id. A device whose messages its own phone cannot read
/// has not sent them: the owner does not see them.
#[derive(Default)]
pub(super) struct Arrivals(BTreeMap<String, Reading>);

impl Arrivals {
    /// Adds what was read of a message. Returns its content and readers when the phone has it and somebody read it.
    pub(super) fn add(
        &mut self,
        id: &str,
        reading: Reading,
        is_on_phone: bool,
    ) -> Option<(wa::Message, Vec<String>)> {
        let mut all = self.0.remove(id).unwrap_or_default();
        all.is_on_phone |= reading.is_on_phone || is_on_phone;
        all.message = reading.message.or(all.message);
        all.readers.extend(reading.readers);
        if all.is_on_phone && !all.readers.is_empty() {
            return all.message.map(|message| (message, all.readers));
        }
        if self.0.len() == ARRIVALS_KEPT {
            self.0.pop_first();
        }
        self.0.insert(id.to_owned(), all);
        None
    }
}

impl World {
    /// Decrypts each part with its recipient, and asks again for those who cannot.
    pub(super) async fn read_parts(
        &mut self,
        device: u16,
        to: &Jid,
        node: &Node,
        parts: &[Part<'_>],
    ) -> Result<Reading> {
        let chat = to.to_string();
        let mut reading = Reading::default();
        let mut asked = BTreeSet::new();
        let is_vouched = self.is_vouched_for(device, node)?;
        for part in parts.iter().filter(|part| part.to.device == 0) {
            let Some(number) = self.find_person(&part.to).map(|person| person.number.clone()) else {
                continue;
            };
            let Some(message) = self.read_part(device, part, is_vouched).await? else {
                self.request_retry(device, node, &part.to, false)?;
                asked.insert(number);
                continue;
            };
            self.accept_keys(&chat, device, part, &message).await?;
            if number == self.owner.number {
                reading.is_on_phone |= has_content(&message);
                reading.to_phone = Some(message);
            } else if has_content(&message) {
                reading.readers.push(number);
                reading.message = Some(message);
            }
        }
        for enc in node
            .get_children_by_tag("enc")
            .filter(|enc| attr(enc, "type") == "skmsg")
        {
            let audience = self.audience(to, node)?;
            let read = self.read_from_chat(device, &chat, &audience, &bytes(enc)).await;
            for (number, lacks_key) in read.unable.iter().filter(|(number, _)| !asked.contains(number)) {
                let asker = self.jid_of(self.person(number)?);
                self.request_retry(device, node, &asker, *lacks_key)?;
            }
            for number in read.readers {
                if number == self.owner.number {
                    reading.is_on_phone = true;
                } else {
                    reading.readers.push(number);
                }
            }
            reading.message = read.message.or(reading.message);
        }
        Ok(reading)
    }

    /// True when a message carries the device's identity, signed by the account: without it nobody accepts a new session.
    fn is_vouched_for(&mut self, device: u16, node: &Node) -> Result<bool> {
        let account = public(&self.owner.identities.own);
        let device = self.device_mut(device)?;
        let mut identity = [0; 32];
        identity.copy_from_slice(device.identity.public_key_bytes());
        Ok(child_bytes(node, "device-identity").is_ok_and(|signed| {
            validate_adv_with_identity_key(&signed, &identity, Some(&account)) == AdvValidation::Valid
        }))
    }

    /// Decrypts one part with its recipient. `None` when it cannot be read.
    async fn read_part(
        &mut self,
        device: u16,
        part: &Part<'_>,
        is_vouched: bool,
    ) -> Result<Option<wa::Message>> {
        let address = self.device_mut(device)?.address();
        let sealing = attr(part.enc, "type");
        if sealing == "pkmsg" && !is_vouched {
            tracing::debug!("a person refuses a new session of a device that its account does not vouch for");
            return Ok(None);
        }
        let Some(person) = self.person_mut(&part.to) else {
            return Ok(None);
        };
        match person.decrypt(&address, &sealing, &bytes(part.enc)).await {
            Ok(message) => Ok(Some(message)),
            Err(error) => {
                tracing::debug!(%error, "a person cannot read a message of a linked device");
                Ok(None)
            }
        }
    }

    /// Takes the sender key that a message brings to its recipient.
    async fn accept_keys(
        &mut self,
        chat: &str,
        device: u16,
        part: &Part<'_>,
        message: &wa::Message,
    ) -> Result<()> {
        let keys = message.sender_key_distribution_message.as_option();
        if let Some(key) = keys.and_then(|key| key.axolotl_sender_key_distribution_message.as_deref())
            && let Some(person) = self.person_mut(&part.to)
        {
            person.accept_sender_key(chat, device, key).await?;
        }
        Ok(())
    }

    /// The contacts to whom the server forwards a chat's ciphertext: a group's members, or those named in the stanza of
    /// a status. Others may still hold the key.
    fn audience(&self, to: &Jid, node: &Node) -> Result<BTreeSet<String>> {
        if let Some(Chat::Group(id)) = self.chat_of(to) {
            return Ok(self.group(&id)?.members.iter().cloned().collect());
        }
        let named = node.get_optional_child("participants").map(children);
        let mut audience = BTreeSet::new();
        for target in named.unwrap_or_default() {
            if let Some(person) = self.find_person(&jid(target, "jid")?) {
                audience.insert(person.number.clone());
            }
        }
        Ok(audience)
    }

    /// Decrypts a chat's ciphertext with the owner's phone and each contact of its audience.
    async fn read_from_chat(
        &mut self,
        device: u16,
        chat: &str,
        audience: &BTreeSet<String>,
        sealed: &[u8],
    ) -> ChatReading {
        let mut reading = ChatReading::default();
        let named = self
            .contacts
            .values_mut()
            .filter(|contact| audience.contains(&contact.number));
        for person in named.chain([&mut self.owner]) {
            match person.decrypt_from_chat(chat, device, sealed).await {
                Ok(message) => {
                    reading.readers.push(person.number.clone());
                    reading.message = Some(message);
                }
                Err(error) => {
                    tracing::debug!(%error, "a person cannot read a chat message");
                    let lacks_key = !person.holds_sender_key(chat, device).await;
                    reading.unable.push((person.number.clone(), lacks_key));
                }
            }
        }
        reading
    }
}

/// The ciphertexts of a message that are for one recipient each.
pub(super) fn parts<'a>(node: &'a Node, to: &Jid) -> Result<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    if let Some(participants) = node.get_optional_child("participants") {
        for target in children(participants) {
            if let Some(enc) = target.get_optional_child("enc") {
                let to = jid(target, "jid")?;
                parts.push(Part { to, enc });
            }
        }
    }
    let direct = node
        .get_children_by_tag("enc")
        .filter(|enc| attr(enc, "type") != "skmsg");
    parts.extend(direct.map(|enc| Part { to: to.clone(), enc }));
    Ok(parts)
}

fn has_content(message: &wa::Message) -> bool {
    let mut message = message.clone();
    !wacore::messages::is_sender_key_distribution_only(&mut message)
}
