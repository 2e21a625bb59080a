//! Presence of linked devices, and typing in both directions.
//!
//! As on WhatsApp, a device is notified of a contact's typing only while it declares itself available.

use serde::{Deserialize, Serialize};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::error::{Result, SimulatorError};
use super::sent::SentMessage;
use super::stanza::{attr, children, jid};
use super::time;
use super::world::{Chat, World};

/// Number of presences that are kept for [`Simulator::presences`](super::Simulator::presences).
const KEPT: usize = 1_000;

/// A presence or chat state that a linked device sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentPresence {
    /// `available` or `unavailable`; in a chat `composing`, `recording` or `paused`; `subscribe` or `unsubscribe` for
    /// another person's presence.
    pub kind: String,
    /// The chat, or the person whose presence it subscribes to.
    pub to: Option<String>,
    /// The number of the device within the account.
    pub device: u16,
    /// Milliseconds since 1970.
    pub at: u64,
}

/// A contact's activity in a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Typing {
    /// Writing.
    #[default]
    Composing,
    /// Recording a voice note.
    Recording,
    /// Neither any more.
    Paused,
}

impl World {
    /// Takes a `<presence>` of a device.
    pub(super) fn handle_presence(&mut self, device: u16, node: &Node) {
        // Without a type it is the same as "available", as XMPP has it.
        let kind = match attr(node, "type") {
            kind if kind.is_empty() => "available".to_owned(),
            kind => kind,
        };
        if let Some(connection) = self.connections.get_mut(&device) {
            match kind.as_str() {
                "available" => connection.is_available = true,
                "unavailable" => connection.is_available = false,
                _ => {}
            }
        }
        if kind == "subscribe" {
            self.tell_presence(device, node);
        }
        let to = attr(node, "to");
        self.record_presence(SentPresence {
            kind,
            to: (!to.is_empty()).then_some(to),
            device,
            at: time::now_ms(),
        });
    }

    /// Answers a subscription with the contact's presence: away since they last wrote something.
    fn tell_presence(&mut self, device: u16, node: &Node) {
        let person = jid(node, "to")
            .ok()
            .and_then(|jid| Some((self.find_person(&jid)?.number.clone(), jid)));
        let Some((number, name)) = person else {
            return;
        };
        let last = self
            .log
            .latest(usize::MAX)
            .filter(|logged| logged.author == number)
            .last();
        let last = last.map_or_else(|| "deny".to_owned(), |logged| logged.at.to_string());
        let presence = NodeBuilder::new("presence")
            .attr("from", name)
            .attr("type", "unavailable")
            .attr("last", last);
        self.send_to_device(device, presence.build());
    }

    /// Takes a `<chatstate>` of a device, which those in the chat see.
    pub(super) fn handle_chatstate(&mut self, device: u16, node: &Node) -> Result<()> {
        let to = jid(node, "to")?;
        let state = children(node)
            .first()
            .ok_or(SimulatorError::Stanza("what it is doing in the chat"))?;
        let kind = match (state.tag.as_ref(), attr(state, "media").as_str()) {
            ("composing", "audio") => "recording",
            ("composing", _) => "composing",
            _ => "paused",
        };
        self.record_presence(SentPresence {
            kind: kind.to_owned(),
            to: Some(to.to_string()),
            device,
            at: time::now_ms(),
        });
        if kind == "paused" {
            return Ok(());
        }
        let recipients = match self.chat_of(&to) {
            Some(Chat::With(number)) => vec![number],
            Some(Chat::Group(id)) => self.group(&id)?.members.clone(),
            Some(Chat::Status) | None => Vec::new(),
        };
        self.record_sent(SentMessage {
            message_id: String::new(),
            to: to.to_string(),
            kind: "typing".to_owned(),
            text: None,
            target_message_id: None,
            timer_seconds: None,
            at: time::now_ms(),
            recipients,
            style: None,
            media: None,
            protobuf: None,
            times: 1,
        });
        Ok(())
    }

    /// Shows a contact as typing to the available devices. Returns the chat's JID.
    pub(super) fn show_typing(&mut self, from: &str, chat: &Chat, typing: Typing) -> Result<String> {
        if from == self.owner.number {
            return Err(SimulatorError::invalid(
                "from",
                from,
                "only a contact's typing is told to the linked devices, so name a contact's number",
            ));
        }
        let name = self.jid_of(self.person(from)?);
        let jid = self.chat_jid(chat)?;
        let state = match typing {
            Typing::Composing => NodeBuilder::new("composing").build(),
            Typing::Recording => NodeBuilder::new("composing").attr("media", "audio").build(),
            Typing::Paused => NodeBuilder::new("paused").build(),
        };
        let node = NodeBuilder::new("chatstate").attr("from", jid.clone());
        let node = match chat {
            Chat::With(_) => node,
            Chat::Group(_) | Chat::Status => node.attr("participant", name),
        };
        let node = node.children([state]).build();
        let present: Vec<u16> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.is_active && connection.is_available)
            .map(|(device, _)| *device)
            .collect();
        for device in present {
            self.send_to_device(device, node.clone());
        }
        Ok(jid.to_string())
    }

    fn record_presence(&mut self, presence: SentPresence) {
        if self.presences.len() == KEPT {
            self.presences.pop_front();
        }
        self.presences.push_back(presence);
    }
}
