//! From people to linked devices: a message is encrypted for each device and put into its queue.

use std::collections::BTreeMap;

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Node, NodeContent};
use waproto::whatsapp as wa;

use super::chance;
use super::device::LinkedDevice;
use super::error::{Result, SimulatorError};
use super::event::{device_sent, stanza_kind};
use super::history::Said;
use super::person::{Person, Sealing};
use super::stanza::{SERVER, attr, child_bytes, number};
use super::world::{Addressing, Chat, World};

/// WhatsApp gives up on a message after this many attempts.
const MAX_RETRIES: u32 = 5;

/// What every device gets of a message.
enum Body {
    /// Ciphertext.
    Sealed,
    /// The notice that there was something to see once.
    Placeholder,
}

/// A message under a sender key, and the key itself for those devices that lacked it.
struct ForAll {
    keys: BTreeMap<u16, Node>,
    sealed: Node,
}

impl ForAll {
    fn content(&self, device: u16) -> Vec<Node> {
        let key = self.keys.get(&device).cloned();
        key.into_iter().chain([self.sealed.clone()]).collect()
    }
}

impl World {
    /// Remembers a message and delivers it to every linked device.
    pub(super) async fn send(&mut self, said: Said) -> Result<()> {
        self.send_body(&said, &Body::Sealed).await?;
        self.log.record(said);
        Ok(())
    }

    /// Remembers a view-once message, but tells the linked devices only that it exists.
    pub(super) async fn send_placeholder(&mut self, said: Said) -> Result<()> {
        self.send_body(&said, &Body::Placeholder).await?;
        self.log.record(said);
        Ok(())
    }

    async fn send_body(&mut self, said: &Said, body: &Body) -> Result<()> {
        let devices: Vec<u16> = self.devices.keys().copied().collect();
        if devices.is_empty() {
            return Ok(());
        }
        let armed = std::mem::take(&mut self.armed.next_delivery);
        let for_all = match (&said.chat, body) {
            (Chat::With(_), _) | (_, Body::Placeholder) => None,
            (chat @ (Chat::Group(_) | Chat::Status), Body::Sealed) => {
                Some(self.seal_for_all(chat, said, &devices).await?)
            }
        };
        for device in devices {
            let content = match (body, &for_all) {
                (Body::Placeholder, _) => vec![placeholder()],
                (Body::Sealed, None) => vec![self.seal(said, device).await?],
                (Body::Sealed, Some(for_all)) => for_all.content(device),
            };
            let mut node = self.envelope(said)?.children(content).build();
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

    /// The message under the author's sender key, after every device that lacks the key was given it: a key that is
    /// handed over later cannot open what was sealed before.
    async fn seal_for_all(&mut self, chat: &Chat, said: &Said, devices: &[u16]) -> Result<ForAll> {
        let (_, media) = stanza_kind(&said.message);
        let chat = self.chat_jid(chat)?.to_string();
        let author = author(&mut self.owner, &mut self.contacts, &said.author)?;
        let mut keys = BTreeMap::new();
        for id in devices {
            if let Some(key) = author.share_sender_key(&chat, *id).await?
                && let Some(device) = self.devices.get_mut(id)
            {
                keys.insert(*id, pairwise(author, device, &key, None, None).await?);
            }
        }
        let sealed = author.encrypt_for_chat(&chat, &said.message).await?;
        let sealed = enc(Sealing::SenderKey, sealed, media, None);
        Ok(ForAll { keys, sealed })
    }

    /// The message for one device alone.
    async fn seal(&mut self, said: &Said, device: u16) -> Result<Node> {
        let (_, media) = stanza_kind(&said.message);
        let chat = self.chat_jid(&said.chat)?.to_string();
        let is_own = said.author == self.owner.number;
        let author = author(&mut self.owner, &mut self.contacts, &said.author)?;
        let device = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        if is_own {
            let message = device_sent(chat, said.message.clone());
            pairwise(author, device, &message, media, None).await
        } else {
            pairwise(author, device, &said.message, media, None).await
        }
    }

    /// `<message>` with everything but its content.
    fn envelope(&self, said: &Said) -> Result<NodeBuilder> {
        let author = self.person(&said.author)?;
        let is_own = said.author == self.owner.number;
        let (kind, _) = stanza_kind(&said.message);
        let name = self.name_of(author);
        let other = match self.addressing {
            Addressing::Lid => author.pn_jid(),
            Addressing::Pn => author.lid_jid(),
        };
        let mut node = NodeBuilder::new("message")
            .attr("id", said.id.as_str())
            .attr("t", said.at)
            .attr("type", kind)
            .attr("notify", author.name.as_str());
        if let Some(edit) = &said.edit {
            node = node.attr("edit", edit.as_str());
        }
        let is_lid = self.addressing == Addressing::Lid;
        node = node.attr("addressing_mode", if is_lid { "lid" } else { "pn" });
        let chat = self.chat_jid(&said.chat)?;
        Ok(match &said.chat {
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

    /// Answers a device that could not read a message: the same again, in a session made anew.
    pub(super) async fn send_again(&mut self, device: u16, receipt: &Node) -> Result<()> {
        let count = receipt
            .get_optional_child("retry")
            .map_or(1, |retry| attr(retry, "count").parse().unwrap_or(1));
        if count > MAX_RETRIES {
            return Ok(());
        }
        if let Ok(registration) = child_bytes(receipt, "registration") {
            self.device_mut(device)?.registration = number(&registration);
        }
        let Some(said) = self.log.find(&attr(receipt, "id")).cloned() else {
            if attr(receipt, "category") == "peer" {
                self.forget_session_of_owner(device, receipt).await?;
                return self.share_app_state_key(device).await;
            }
            tracing::debug!(message.id = %attr(receipt, "id"), "a device asks again for a message that is not known");
            return Ok(());
        };
        let (_, media) = stanza_kind(&said.message);
        let chat = self.chat_jid(&said.chat)?.to_string();
        let is_own = said.author == self.owner.number;
        let mut message = said.message.clone();
        let author = author(&mut self.owner, &mut self.contacts, &said.author)?;
        let linked = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        start_anew(author, linked, receipt).await?;
        match said.chat {
            Chat::With(_) if is_own => message = device_sent(chat, message),
            Chat::With(_) => {}
            Chat::Group(_) | Chat::Status => {
                let key = author.sender_key_message(&chat).await?;
                message.sender_key_distribution_message = key.sender_key_distribution_message;
            }
        }
        let content = pairwise(author, linked, &message, media, Some(count)).await?;
        let node = self.envelope(&said)?.children([content]).build();
        self.deliver(device, node)
    }

    async fn forget_session_of_owner(&mut self, device: u16, receipt: &Node) -> Result<()> {
        let linked = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        start_anew(&mut self.owner, linked, receipt).await
    }

    /// The phone gives a device the app-state key.
    pub(super) async fn share_app_state_key(&mut self, device: u16) -> Result<()> {
        let message = self.app_state.key_share();
        self.send_as_peer(device, &message).await
    }

    /// The phone tells a device something that belongs to no chat.
    pub(super) async fn send_as_peer(&mut self, device: u16, message: &wa::Message) -> Result<()> {
        let from = self.owner.pn_jid();
        let linked = self
            .devices
            .get_mut(&device)
            .ok_or(SimulatorError::Stanza("a device that is still linked"))?;
        let content = pairwise(&mut self.owner, linked, message, None, None).await?;
        let node = NodeBuilder::new("message")
            .attr("from", from)
            .attr("id", chance::message_id())
            .attr("t", chance::now())
            .attr("type", "text")
            .attr("category", "peer")
            .children([content])
            .build();
        self.deliver(device, node)
    }

    /// The client asked for its messages: what it missed, in order, then the end of it.
    pub(super) fn go_active(&mut self, device: u16) -> Result<()> {
        if let Some(line) = self.lines.get_mut(&device) {
            line.is_active = true;
        }
        let missed: Vec<Node> = self
            .device_mut(device)?
            .queue
            .iter()
            .map(|queued| queued.node.clone())
            .collect();
        if !missed.is_empty() {
            self.tell(device, ib(preview(&missed)));
        }
        let count = missed.len();
        for (at, mut node) in missed.into_iter().enumerate() {
            node.attrs.insert("offline", at);
            self.tell(device, node);
        }
        self.tell(
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
        .attr("from", SERVER)
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
async fn pairwise(
    author: &mut Person,
    device: &mut LinkedDevice,
    message: &wa::Message,
    media: Option<&'static str>,
    count: Option<u32>,
) -> Result<Node> {
    let address = device.address();
    if !author.sessions.has(&address) {
        author.meet(&address, &device.take_bundle()?).await?;
    }
    let (sealing, bytes) = author.encrypt(&address, message).await?;
    Ok(enc(sealing, bytes, media, count))
}

/// Makes a session anew, from the keys that a retry receipt brings or else from those that the server has.
async fn start_anew(author: &mut Person, device: &mut LinkedDevice, receipt: &Node) -> Result<()> {
    let bundle = match receipt.get_optional_child("keys") {
        Some(keys) => device.bundle_of_retry(keys)?,
        None => device.take_bundle()?,
    };
    let address = device.address();
    author.sessions.forget(&address);
    author.meet(&address, &bundle).await
}

fn enc(sealing: Sealing, bytes: Vec<u8>, media: Option<&'static str>, count: Option<u32>) -> Node {
    let mut enc = NodeBuilder::new("enc")
        .attr("v", "2")
        .attr("type", sealing.wire());
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
