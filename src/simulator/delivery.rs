//! From people to linked devices: a message is encrypted for each device and put into its queue.

use std::collections::BTreeMap;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, NodeContent};
use waproto::whatsapp as wa;

use super::content::{device_sent, stanza_kind};
use super::device::LinkedDevice;
use super::error::{Result, SimulatorError};
use super::message_log::LoggedMessage;
use super::names::verified_name;
use super::person::{CiphertextKind, Person};
use super::random;
use super::stanza::{attr, child_bytes, number, server};
use super::time;
use super::world::{Addressing, Chat, World};

/// WhatsApp gives up on a message after this many attempts.
const MAX_RETRIES: u32 = 5;

/// The content that devices receive of a message.
enum Body {
    /// Ciphertext.
    Sealed,
    /// The notice that there is a view-once message.
    Placeholder,
}

/// A message under a sender key, and the key itself for the devices that lacked it.
struct GroupCiphertext {
    keys: BTreeMap<u16, Node>,
    sealed: Node,
}

impl GroupCiphertext {
    fn content(&self, device: u16) -> Vec<Node> {
        let key = self.keys.get(&device).cloned();
        key.into_iter().chain([self.sealed.clone()]).collect()
    }
}

impl World {
    /// Sends a message: delivers it to every linked device, and posts it to its other readers.
    pub(super) async fn send(&mut self, logged: LoggedMessage) -> Result<()> {
        let readers = match &logged.chat {
            Chat::With(contact) => vec![contact.clone()],
            Chat::Status => self.contacts.keys().cloned().collect(),
            Chat::Group(id) => self.group(id)?.members.clone(),
        };
        self.post(&logged, &readers)?;
        self.deliver_message(logged).await
    }

    /// Delivers a message to every linked device and records it.
    pub(super) async fn deliver_message(&mut self, logged: LoggedMessage) -> Result<()> {
        self.send_body(&logged, &Body::Sealed).await?;
        self.log.record(logged);
        Ok(())
    }

    /// Delivers only the placeholder of a view-once message to the linked devices, and records the message.
    pub(super) async fn send_placeholder(&mut self, logged: LoggedMessage) -> Result<()> {
        self.send_body(&logged, &Body::Placeholder).await?;
        self.log.record(logged);
        Ok(())
    }

    async fn send_body(&mut self, logged: &LoggedMessage, body: &Body) -> Result<()> {
        let devices: Vec<u16> = self.devices.keys().copied().collect();
        if devices.is_empty() {
            return Ok(());
        }
        let armed = std::mem::take(&mut self.pending_faults.next_delivery);
        let for_group = match (&logged.chat, body) {
            (Chat::With(_), _) | (_, Body::Placeholder) => None,
            (chat @ (Chat::Group(_) | Chat::Status), Body::Sealed) => {
                Some(self.seal_for_group(chat, logged, &devices).await?)
            }
        };
        for device in devices {
            let content = match (body, &for_group) {
                (Body::Placeholder, _) => vec![placeholder()],
                (Body::Sealed, None) => vec![self.seal(logged, device).await?],
                (Body::Sealed, Some(for_group)) => for_group.content(device),
            };
            let mut node = self.stanza(logged, content)?;
            if armed.is_corrupted {
                corrupt(&mut node);
            }
            if armed.is_duplicated {
                self.deliver(device, node.clone())?;
            }
            self.deliver(device, node)?;
        }
        Ok(())
    }

    /// Encrypts a message under the author's sender key, after giving the key to every device that lacks it: a key that
    /// is handed over later cannot open what was sealed before.
    async fn seal_for_group(
        &mut self,
        chat: &Chat,
        logged: &LoggedMessage,
        devices: &[u16],
    ) -> Result<GroupCiphertext> {
        let (_, media) = stanza_kind(&logged.message);
        let chat = self.chat_jid(chat)?.to_string();
        let author = author(&mut self.owner, &mut self.contacts, &logged.author)?;
        let mut keys = BTreeMap::new();
        for id in devices {
            if let Some(key) = author.share_sender_key(&chat, *id).await?
                && let Some(device) = self.devices.get_mut(id)
            {
                keys.insert(*id, encrypt_for_device(author, device, &key, None, None).await?);
            }
        }
        let sealed = author.encrypt_for_chat(&chat, &logged.message).await?;
        let sealed = enc(CiphertextKind::SenderKey, sealed, media, None);
        Ok(GroupCiphertext { keys, sealed })
    }

    /// Encrypts a message for one device.
    async fn seal(&mut self, logged: &LoggedMessage, device: u16) -> Result<Node> {
        let (_, media) = stanza_kind(&logged.message);
        let chat = self.chat_jid(&logged.chat)?.to_string();
        let is_own = logged.author == self.owner.number;
        let author = author(&mut self.owner, &mut self.contacts, &logged.author)?;
        let device = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        if is_own {
            let message = device_sent(chat, logged.message.clone());
            encrypt_for_device(author, device, &message, media, None).await
        } else {
            encrypt_for_device(author, device, &logged.message, media, None).await
        }
    }

    /// `<message>` with its content, and the certificate of an author who is a business.
    fn stanza(&self, logged: &LoggedMessage, content: Vec<Node>) -> Result<Node> {
        let certificate = verified_name(self.person(&logged.author)?, |node| node);
        let children = certificate.into_iter().chain(content);
        Ok(self.envelope(logged)?.children(children).build())
    }

    /// `<message>` with everything but its content.
    fn envelope(&self, logged: &LoggedMessage) -> Result<NodeBuilder> {
        let author = self.person(&logged.author)?;
        let is_own = logged.author == self.owner.number;
        let (kind, _) = stanza_kind(&logged.message);
        let name = self.jid_of(author);
        let other = match self.addressing {
            Addressing::Lid => author.pn_jid(),
            Addressing::Pn => author.lid_jid(),
        };
        let mut node = NodeBuilder::new("message")
            .attr("id", logged.id.as_str())
            .attr("t", logged.at)
            .attr("type", kind)
            .attr("notify", author.name.as_str());
        if let Some(edit) = &logged.edit {
            node = node.attr("edit", edit.as_str());
        }
        let is_lid = self.addressing == Addressing::Lid;
        node = node.attr("addressing_mode", if is_lid { "lid" } else { "pn" });
        let chat = self.chat_jid(&logged.chat)?;
        Ok(match &logged.chat {
            Chat::With(number) if is_own => {
                let node = node.attr("from", name).attr("recipient", chat);
                if is_lid {
                    node.attr("peer_recipient_pn", self.person(number)?.pn_jid())
                } else {
                    node
                }
            }
            Chat::With(_) => node
                .attr("from", name)
                .attr(if is_lid { "sender_pn" } else { "sender_lid" }, other),
            Chat::Group(_) | Chat::Status => node.attr("from", chat).attr("participant", name).attr(
                if is_lid {
                    "participant_pn"
                } else {
                    "participant_lid"
                },
                other,
            ),
        })
    }

    /// Sends a message again to a device that could not read it, in a new session.
    pub(super) async fn resend(&mut self, device: u16, receipt: &Node) -> Result<()> {
        let count = receipt
            .get_optional_child("retry")
            .map_or(1, |retry| attr(retry, "count").parse().unwrap_or(1));
        if count > MAX_RETRIES {
            return Ok(());
        }
        if let Ok(registration) = child_bytes(receipt, "registration") {
            self.device_mut(device)?.registration = number(&registration);
        }
        let Some(logged) = self.log.find(&attr(receipt, "id")).cloned() else {
            if attr(receipt, "category") == "peer" {
                self.forget_session_of_owner(device, receipt).await?;
                return self.share_app_state_key(device).await;
            }
            tracing::debug!(message.id = %attr(receipt, "id"), "a device asks again for a message that is not known");
            return Ok(());
        };
        let (_, media) = stanza_kind(&logged.message);
        let chat = self.chat_jid(&logged.chat)?.to_string();
        let is_own = logged.author == self.owner.number;
        let mut message = logged.message.clone();
        let author = author(&mut self.owner, &mut self.contacts, &logged.author)?;
        let linked = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        restart_session(author, linked, receipt).await?;
        match logged.chat {
            Chat::With(_) if is_own => message = device_sent(chat, message),
            Chat::With(_) => {}
            Chat::Group(_) | Chat::Status => {
                let key = author.sender_key_message(&chat).await?;
                message.sender_key_distribution_message = key.sender_key_distribution_message;
            }
        }
        let content = encrypt_for_device(author, linked, &message, media, Some(count)).await?;
        let node = self.stanza(&logged, vec![content])?;
        self.deliver(device, node)
    }

    async fn forget_session_of_owner(&mut self, device: u16, receipt: &Node) -> Result<()> {
        let linked = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        restart_session(&mut self.owner, linked, receipt).await
    }

    /// Sends a device the app-state key.
    pub(super) async fn share_app_state_key(&mut self, device: u16) -> Result<()> {
        let message = self.app_state.key_share();
        self.send_as_peer(device, &message).await
    }

    /// Sends a device a message from the phone that belongs to no chat.
    pub(super) async fn send_as_peer(&mut self, device: u16, message: &wa::Message) -> Result<()> {
        let from = self.owner.pn_jid();
        let linked = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        let content = encrypt_for_device(&mut self.owner, linked, message, None, None).await?;
        let node = NodeBuilder::new("message")
            .attr("from", from)
            .attr("id", random::message_id())
            .attr("t", time::now())
            .attr("type", "text")
            .attr("category", "peer")
            .children([content])
            .build();
        self.deliver(device, node)
    }

    /// Starts delivery to a device: the queued stanzas in order, then the end marker.
    pub(super) fn activate(&mut self, device: u16) -> Result<()> {
        if let Some(connection) = self.connections.get_mut(&device) {
            connection.is_active = true;
        }
        let missed: Vec<Node> = self
            .device_mut(device)?
            .queue
            .iter()
            .map(|queued| queued.node.clone())
            .collect();
        if !missed.is_empty() {
            self.send_to_device(device, ib(preview(&missed)));
        }
        let count = missed.len();
        for (at, mut node) in missed.into_iter().enumerate() {
            node.attrs.insert("offline", at);
            self.send_to_device(device, node);
        }
        self.send_to_device(
            device,
            ib(NodeBuilder::new("offline").attr("count", count).build()),
        );
        Ok(())
    }
}

fn preview(missed: &[Node]) -> Node {
    let count = |tag| missed.iter().filter(|node| node.tag == tag).count();
    NodeBuilder::new("offline_preview")
        .attr("count", missed.len())
        .attr("message", count("message"))
        .attr("notification", count("notification"))
        .attr("receipt", count("receipt"))
        .attr("call", 0)
        .attr("appdata", 0)
        .build()
}

fn ib(content: Node) -> Node {
    NodeBuilder::new("ib")
        .attr("from", server())
        .children([content])
        .build()
}

/// The person with this number, of fields that are borrowed apart from the rest of the world.
fn author<'a>(
    owner: &'a mut Person,
    contacts: &'a mut BTreeMap<String, Person>,
    number: &str,
) -> Result<&'a mut Person> {
    if owner.number == number {
        return Ok(owner);
    }
    contacts.get_mut(number).ok_or_else(|| {
        SimulatorError::unknown("contact", number, "the author of a message must be a contact")
    })
}

/// Encrypts for one device, starting a session if none stands.
async fn encrypt_for_device(
    author: &mut Person,
    device: &mut LinkedDevice,
    message: &wa::Message,
    media: Option<&'static str>,
    count: Option<u32>,
) -> Result<Node> {
    let address = device.address();
    if !author.sessions.has(&address) {
        author.start_session(&address, &device.take_bundle()?).await?;
    }
    let (sealing, bytes) = author.encrypt(&address, message).await?;
    Ok(enc(sealing, bytes, media, count))
}

/// Replaces a session, with the keys that a retry receipt brings or else with those that the server has.
async fn restart_session(author: &mut Person, device: &mut LinkedDevice, receipt: &Node) -> Result<()> {
    let bundle = match receipt.get_optional_child("keys") {
        Some(keys) => device.bundle_of_retry(keys)?,
        None => device.take_bundle()?,
    };
    let address = device.address();
    author.sessions.forget(&address);
    author.start_session(&address, &bundle).await
}

fn enc(sealing: CiphertextKind, bytes: Vec<u8>, media: Option<&'static str>, count: Option<u32>) -> Node {
    let mut enc = NodeBuilder::new("enc")
        .attr("v", "2")
        .attr("type", sealing.wire_name());
    if let Some(media) = media {
        enc = enc.attr("mediatype", media);
    }
    if let Some(count) = count {
        enc = enc.attr("count", count);
    }
    enc.bytes(bytes).build()
}

fn placeholder() -> Node {
    NodeBuilder::new("unavailable").attr("type", "view_once").build()
}

/// Flips a bit in the last ciphertext, where its content or its signature is.
fn corrupt(message: &mut Node) {
    if let Some(NodeContent::Nodes(nodes)) = &mut message.content
        && let Some(NodeContent::Bytes(bytes)) = nodes.last_mut().and_then(|node| node.content.as_mut())
    {
        let at = bytes.len() * 3 / 4;
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
    }
}
