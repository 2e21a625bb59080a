//! Messages from linked devices to people: acknowledged, decrypted by their recipients, and answered with receipts.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buffa::Message as _;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::content::innermost;
use super::error::Result;
use super::media::MediaStore;
use super::message_log::LoggedMessage;
use super::reading::{Part, parts};
use super::sent::{SentMessage, describe};
use super::stanza::{STATUS, attr, children, jid};
use super::time;
use super::world::{Addressing, Chat, World};

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
            self.acknowledge_message(device, node, code)?;
        }
        if code.is_some() {
            return Ok(());
        }
        let to = jid(node, "to")?;
        let parts = parts(node, &to)?;
        self.forward_to_devices(device, node, &parts)?;
        let reading = self.read_parts(device, &to, node, &parts).await?;
        let id = attr(node, "id");
        if let Some(message) = &reading.to_phone {
            self.handle_peer_message(device, &id, message, shelf).await?;
        }
        if attr(node, "category") == "peer" {
            return Ok(());
        }
        for number in &reading.readers {
            self.retry_requests.forget(&id, number);
        }
        let chat = self.chat_of(&to);
        if let Some(chat) = &chat {
            self.receipts(device, node, chat, &reading.readers)?;
        }
        let is_known = self
            .log
            .find(&id)
            .is_some_and(|known| known.author == self.owner.number);
        let Some((message, recipients)) = self.arrivals.add(&id, reading, is_known) else {
            return Ok(());
        };
        if let Some(chat) = chat {
            let logged = LoggedMessage {
                id: id.clone(),
                author: self.owner.number.clone(),
                chat,
                at: time::now(),
                edit: node.attrs.get("edit").map(|edit| edit.as_str().into_owned()),
                message: message.clone(),
            };
            self.post(&logged, &recipients)?;
            self.log.record(logged);
        }
        let mut description = describe(innermost(&message));
        if let Some(media) = &mut description.media {
            media.opens = shelf.open(&message).is_ok();
        }
        self.record_sent(SentMessage {
            message_id: id,
            to: to.to_string(),
            kind: description.kind.to_owned(),
            text: description.text,
            target_message_id: description.target,
            timer_seconds: description.timer_seconds,
            at: time::now_ms(),
            recipients,
            style: description.style,
            media: description.media,
            protobuf: Some(BASE64_STANDARD.encode(message.encode_to_vec())),
            times: 1,
        });
        Ok(())
    }

    fn acknowledge_message(&mut self, device: u16, node: &Node, code: Option<u16>) -> Result<()> {
        let mut ack = NodeBuilder::new("ack")
            .attr("class", "message")
            .attr("id", attr(node, "id"))
            .attr("from", jid(node, "to")?)
            .attr("t", time::now());
        if let Some(code) = code {
            ack = ack.attr("error", code);
        } else if let Some(hash) = self.corrected_hash(device, node)? {
            ack = ack.attr("phash", hash);
        }
        self.send_to_device(device, ack.build());
        Ok(())
    }

    /// Forwards what a device sends to the account's other devices: of a message to a person each one's own copy, of one
    /// to a chat the ciphertext for all too.
    fn forward_to_devices(&mut self, from: u16, node: &Node, parts: &[Part<'_>]) -> Result<()> {
        let to = jid(node, "to")?;
        let chat = self.chat_of(&to);
        let is_shared = matches!(chat, Some(Chat::Group(_) | Chat::Status));
        let for_all = node
            .get_children_by_tag("enc")
            .find(|enc| attr(enc, "type") == "skmsg");
        let others: Vec<u16> = self.devices.keys().copied().filter(|id| *id != from).collect();
        for id in others {
            let own = parts
                .iter()
                .find(|part| self.owner.is(&part.to) && part.to.device == id);
            let mut content: Vec<Node> = own.map(|part| part.enc.clone()).into_iter().collect();
            content.extend(for_all.filter(|_| is_shared).cloned());
            if content.is_empty() {
                continue;
            }
            content.extend(node.get_optional_child("device-identity").cloned());
            let copy = self.copy_for_devices(from, node, chat.as_ref().filter(|_| is_shared))?;
            self.deliver(id, copy.children(content).build())?;
        }
        Ok(())
    }

    /// `<message>` of one device for the others, without its content.
    fn copy_for_devices(&self, from: u16, node: &Node, shared: Option<&Chat>) -> Result<NodeBuilder> {
        let to = jid(node, "to")?;
        let sender = self.jid_of(&self.owner).with_device(from);
        let mut copy = NodeBuilder::new("message")
            .attr("id", attr(node, "id"))
            .attr("t", time::now())
            .attr("type", attr(node, "type"))
            .attr("notify", self.owner.name.as_str());
        if let Some(edit) = node.attrs.get("edit") {
            copy = copy.attr("edit", edit.clone());
        }
        if shared.is_none() {
            return Ok(copy.attr("from", sender).attr("recipient", to));
        }
        let copy = copy.attr("from", to).attr("participant", sender);
        Ok(match self.addressing {
            Addressing::Lid => copy
                .attr("addressing_mode", "lid")
                .attr("participant_pn", self.owner.pn_jid()),
            Addressing::Pn => copy
                .attr("addressing_mode", "pn")
                .attr("participant_lid", self.owner.lid_jid()),
        })
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
        for author in &recipients {
            self.post_read(receipt, author, &ids);
        }
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
                protobuf: None,
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
