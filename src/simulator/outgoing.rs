//! Messages from linked devices to people: acknowledged, decrypted by their recipients, and answered with receipts.

use std::collections::BTreeSet;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;

use super::content::innermost;
use super::error::Result;
use super::media::MediaStore;
use super::message_log::LoggedMessage;
use super::sent::{SentMessage, describe};
use super::stanza::{STATUS, attr, bytes, children, jid};
use super::time;
use super::world::{Chat, World};

/// One ciphertext and its recipient.
struct Part<'a> {
    to: Jid,
    enc: &'a Node,
}

/// A chat's ciphertext, as its audience read it.
#[derive(Default)]
struct ChatReading {
    message: Option<wa::Message>,
    readers: Vec<String>,
    /// Those who lack the sender key, or hold another.
    unable: Vec<String>,
}

impl World {
    /// Handles a `<message>` of a device.
    pub(super) async fn handle_message(
        &mut self,
        device: u16,
        node: &Node,
        shelf: &MediaStore,
    ) -> Result<()> {
        let code = self
            .pending_faults
            .take_message_refusal(node)
            .or_else(|| refusal(node));
        if std::mem::take(&mut self.pending_faults.drops_next_ack) {
            self.disconnect(device);
        } else {
            self.acknowledge_message(device, node, code);
        }
        if code.is_some() {
            return Ok(());
        }
        let to = jid(node, "to")?;
        let parts = parts(node, &to)?;
        self.forward_to_devices(device, node, &parts)?;
        let read = self.read_parts(device, &to, node, &parts).await?;
        let Some((message, recipients)) = read else {
            return Ok(());
        };
        for number in &recipients {
            self.retry_requests.forget(&attr(node, "id"), number);
        }
        if let Some(chat) = self.chat_of(&to) {
            self.receipts(device, node, &chat, &recipients)?;
            self.log.record(LoggedMessage {
                id: attr(node, "id"),
                author: self.owner.number.clone(),
                chat,
                at: time::now(),
                edit: None,
                message: message.clone(),
            });
        }
        let mut description = describe(innermost(&message));
        if let Some(media) = &mut description.media {
            media.opens = shelf.open(&message).is_ok();
        }
        self.record_sent(SentMessage {
            message_id: attr(node, "id"),
            to: to.to_string(),
            kind: description.kind.to_owned(),
            text: description.text,
            target_message_id: description.target,
            timer_seconds: description.timer_seconds,
            at: time::now_ms(),
            recipients,
            style: description.style,
            media: description.media,
            times: 1,
        });
        Ok(())
    }

    fn acknowledge_message(&mut self, device: u16, node: &Node, code: Option<u16>) {
        let mut ack = NodeBuilder::new("ack")
            .attr("class", "message")
            .attr("id", attr(node, "id"))
            .attr("from", attr(node, "to"))
            .attr("t", time::now());
        if let Some(code) = code {
            ack = ack.attr("error", code);
        }
        self.send_to_device(device, ack.build());
    }

    /// Forwards the ciphertexts for the account's other devices.
    fn forward_to_devices(&mut self, from: u16, node: &Node, parts: &[Part<'_>]) -> Result<()> {
        for part in parts {
            let id = part.to.device;
            if !self.owner.is(&part.to) || id == 0 || id == from || !self.devices.contains_key(&id) {
                continue;
            }
            let mut copy = NodeBuilder::new("message")
                .attr("id", attr(node, "id"))
                .attr("t", time::now())
                .attr("type", attr(node, "type"))
                .attr("from", self.jid_of(&self.owner).with_device(from))
                .attr("recipient", jid(node, "to")?);
            if let Some(edit) = node.attrs.get("edit") {
                copy = copy.attr("edit", edit.clone());
            }
            let mut content = vec![part.enc.clone()];
            content.extend(node.get_optional_child("device-identity").cloned());
            self.deliver(id, copy.children(content).build())?;
        }
        Ok(())
    }

    /// Decrypts each part with its recipient. Returns the message and the contacts who could read it, if any.
    async fn read_parts(
        &mut self,
        device: u16,
        to: &Jid,
        node: &Node,
        parts: &[Part<'_>],
    ) -> Result<Option<(wa::Message, Vec<String>)>> {
        let address = self.device_mut(device)?.address();
        let chat = to.to_string();
        let owner = self.owner.number.clone();
        let mut content = None;
        let mut recipients = Vec::new();
        let mut asked = BTreeSet::new();
        for part in parts.iter().filter(|part| part.to.device == 0) {
            let Some(person) = self.person_mut(&part.to) else {
                continue;
            };
            let number = person.number.clone();
            let sealing = attr(part.enc, "type");
            let read = person.decrypt(&address, &sealing, &bytes(part.enc)).await;
            let message = match read {
                Ok(message) => message,
                Err(error) => {
                    tracing::debug!(%error, "a person cannot read a message of a linked device");
                    self.request_retry(device, node, &part.to)?;
                    asked.insert(number);
                    continue;
                }
            };
            let keys = message.sender_key_distribution_message.as_option();
            if let Some(key) = keys.and_then(|key| key.axolotl_sender_key_distribution_message.as_deref())
                && let Some(person) = self.person_mut(&part.to)
            {
                person.accept_sender_key(&chat, device, key).await?;
            }
            if number == owner {
                self.handle_peer_message(device, &message).await?;
            } else if has_content(&message) {
                recipients.push(number);
                content = Some(message);
            }
        }
        for enc in node.get_children_by_tag("enc") {
            if attr(enc, "type") == "skmsg" {
                let audience = self.audience(to, node)?;
                let read = self.read_from_chat(device, &chat, &audience, &bytes(enc)).await?;
                for number in read.unable.iter().filter(|number| !asked.contains(*number)) {
                    let asker = self.jid_of(self.person(number)?);
                    self.request_retry(device, node, &asker)?;
                }
                recipients.extend(read.readers);
                content = read.message.or(content);
            }
        }
        Ok(content.map(|message| (message, recipients)))
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

    /// Decrypts a chat's ciphertext with each contact of its audience.
    async fn read_from_chat(
        &mut self,
        device: u16,
        chat: &str,
        audience: &BTreeSet<String>,
        sealed: &[u8],
    ) -> Result<ChatReading> {
        let mut reading = ChatReading::default();
        for contact in self.contacts.values_mut() {
            if !audience.contains(&contact.number) {
                continue;
            }
            match contact.decrypt_from_chat(chat, device, sealed).await {
                Ok(message) => {
                    reading.readers.push(contact.number.clone());
                    reading.message = Some(message);
                }
                Err(error) => {
                    tracing::debug!(%error, "a contact cannot read a chat message");
                    reading.unable.push(contact.number.clone());
                }
            }
        }
        Ok(reading)
    }

    /// Handles a message of a device to its own phone.
    async fn handle_peer_message(&mut self, device: u16, message: &wa::Message) -> Result<()> {
        let asks_for_keys = message
            .protocol_message
            .as_option()
            .is_some_and(|protocol| protocol.r#type == Some(Type::APP_STATE_SYNC_KEY_REQUEST));
        if asks_for_keys {
            self.share_app_state_key(device).await?;
        }
        Ok(())
    }

    /// Sends the delivery receipts of contacts' phones.
    fn receipts(&mut self, device: u16, node: &Node, chat: &Chat, recipients: &[String]) -> Result<()> {
        for number in recipients {
            let name = self.jid_of(self.person(number)?);
            let receipt = NodeBuilder::new("receipt")
                .attr("id", attr(node, "id"))
                .attr("t", time::now());
            let receipt = match chat {
                Chat::With(_) => receipt.attr("from", name),
                shared => receipt
                    .attr("from", self.chat_jid(shared)?)
                    .attr("participant", name),
            };
            self.deliver(device, receipt.build())?;
        }
        Ok(())
    }

    /// Handles a `<receipt>` of a device.
    pub(super) async fn handle_receipt(
        &mut self,
        device: u16,
        node: &Node,
        media: &MediaStore,
    ) -> Result<()> {
        let kind = attr(node, "type");
        let mut ack = NodeBuilder::new("ack")
            .attr("class", "receipt")
            .attr("id", attr(node, "id"))
            .attr("from", attr(node, "to"));
        for key in ["type", "participant"] {
            if let Some(value) = node.attrs.get(key) {
                ack = ack.attr(key, value.clone());
            }
        }
        self.send_to_device(device, ack.build());
        if kind == "retry" {
            return self.resend(device, node).await;
        }
        if kind == "server-error" {
            return self.reupload(device, node, media);
        }
        self.device_mut(device)?.confirm(node);
        if matches!(kind.as_str(), "read" | "played" | "read-self") {
            self.record_read(node);
        }
        Ok(())
    }

    /// Records the messages that a device reports as read and the statuses that it reports as viewed.
    fn record_read(&mut self, receipt: &Node) {
        let mut ids = vec![attr(receipt, "id")];
        if let Some(list) = receipt.get_optional_child("list") {
            ids.extend(children(list).iter().map(|item| attr(item, "id")));
        }
        let author = jid(receipt, "participant").or_else(|_| jid(receipt, "to"));
        let author = author.ok().and_then(|author| self.find_person(&author));
        let recipients: Vec<String> = author.map(|author| author.number.clone()).into_iter().collect();
        for id in ids {
            self.record_sent(SentMessage {
                message_id: id.clone(),
                to: attr(receipt, "to"),
                kind: "read".to_owned(),
                text: None,
                target_message_id: Some(id),
                timer_seconds: None,
                at: time::now_ms(),
                recipients: recipients.clone(),
                style: None,
                media: None,
                times: 1,
            });
        }
    }
}

/// WhatsApp refuses a reaction to a status that carries `<meta status_setting>`.
fn refusal(node: &Node) -> Option<u16> {
    let carries_setting = node
        .get_optional_child("meta")
        .is_some_and(|meta| meta.attrs.contains_key("status_setting"));
    (carries_setting && attr(node, "type") == "reaction" && attr(node, "to") == STATUS).then_some(479)
}

fn parts<'a>(node: &'a Node, to: &Jid) -> Result<Vec<Part<'a>>> {
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
