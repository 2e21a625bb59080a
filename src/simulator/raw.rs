//! Messages and stanzas that no other event makes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buffa::Message as _;
use serde::{Deserialize, Serialize};
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;
use waproto::whatsapp as wa;

use super::error::{Result, SimulatorError};
use super::perform::new_message;
use super::random;
use super::stanza::{STATUS, attr};
use super::world::{Chat, World};

/// A message whose every part the driver gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawMessage {
    /// The author.
    pub from: String,
    /// The chat, as in other events, or `status@broadcast`.
    #[serde(default)]
    pub chat: Option<String>,
    /// The protobuf of the message, in base64.
    pub message: String,
    /// The id; a fresh one when absent.
    #[serde(default)]
    pub message_id: Option<String>,
    /// The time that its sender claims, in seconds since 1970; now when absent.
    #[serde(default)]
    pub at: Option<u64>,
    /// The `edit` of the stanza, such as `1` for an edit and `7` for a deletion.
    #[serde(default)]
    pub edit: Option<String>,
}

/// A stanza as JSON. A node has children, a text, bytes, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RawNode {
    /// The tag.
    pub tag: String,
    /// The attributes; a value that looks like a JID is one on the wire.
    #[serde(default)]
    pub attrs: BTreeMap<String, String>,
    /// The nodes in it.
    #[serde(default)]
    pub children: Vec<RawNode>,
    /// The text in it.
    #[serde(default)]
    pub text: Option<String>,
    /// The bytes in it, in base64.
    #[serde(default)]
    pub bytes: Option<String>,
}

impl RawNode {
    fn node(&self) -> Result<Node> {
        let mut node = NodeBuilder::new_dynamic(self.tag.clone());
        if let Some(bytes) = &self.bytes {
            node = node.bytes(decode("bytes", bytes)?);
        } else if let Some(text) = &self.text {
            node = node.string_content(text.as_str());
        } else if !self.children.is_empty() {
            let children = self.children.iter().map(Self::node);
            node = node.children(children.collect::<Result<Vec<_>>>()?);
        }
        let mut node = node.build();
        for (key, value) in &self.attrs {
            node.attrs.insert(key.clone(), value.as_str());
        }
        Ok(node)
    }
}

impl World {
    /// Sends a message as the driver gives it. Returns its id.
    pub(super) async fn send_raw(&mut self, raw: RawMessage) -> Result<String> {
        let bytes = decode("message", &raw.message)?;
        let message = wa::Message::decode_from_slice(&bytes).map_err(|_| {
            SimulatorError::invalid(
                "message",
                raw.message.clone(),
                "give the protobuf of a WhatsApp message",
            )
        })?;
        self.person(&raw.from)?;
        let chat = match raw.chat.as_deref() {
            Some(STATUS) => Chat::Status,
            chat => self.chat_for(&raw.from, chat)?,
        };
        let mut logged = new_message(&raw.from, chat, message, raw.edit.as_deref());
        logged.id = raw.message_id.unwrap_or(logged.id);
        logged.at = raw.at.unwrap_or(logged.at);
        self.send_new(logged).await
    }

    /// Sends a stanza to every device. What clients acknowledge stays queued until they do. Returns the stanza's id.
    pub(super) fn send_stanza(&mut self, raw: &RawNode) -> Result<String> {
        let mut node = raw.node()?;
        if attr(&node, "id").is_empty() {
            node.attrs.insert("id", random::message_id());
        }
        let id = attr(&node, "id");
        if matches!(node.tag.as_ref(), "message" | "receipt" | "notification" | "call") {
            self.deliver_to_all(&node, None)?;
            return Ok(id);
        }
        let devices: Vec<u16> = self.connections.keys().copied().collect();
        for device in devices {
            self.send_to_device(device, node.clone());
        }
        Ok(id)
    }
}

fn decode(what: &'static str, text: &str) -> Result<Vec<u8>> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|_| SimulatorError::invalid(what, text, "give it in base64, with its padding"))
}
