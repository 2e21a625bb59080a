//! Reading and building the XML-like nodes of the wire.

use wacore_binary::builder::NodeBuilder;
use wacore_binary::{Jid, Node, NodeContent, Server};

use super::error::{Result, SimulatorError};

/// The chat of all statuses.
pub(super) const STATUS: &str = "status@broadcast";

/// The server's own address: on the wire a JID without a user, not the text of its host.
pub(super) fn server() -> Jid {
    Jid::new("", Server::Pn)
}

/// An attribute as text, empty when absent.
pub(super) fn attr(node: &Node, key: &str) -> String {
    node.attrs
        .get(key)
        .map(|value| value.as_str().into_owned())
        .unwrap_or_default()
}

/// An attribute as a JID.
pub(super) fn jid(node: &Node, key: &'static str) -> Result<Jid> {
    node.attrs
        .get(key)
        .and_then(wacore_binary::NodeValue::to_jid)
        .ok_or(SimulatorError::Stanza(key))
}

/// The children, none for a leaf.
pub(super) fn children(node: &Node) -> &[Node] {
    node.children().unwrap_or_default()
}

/// A child that the protocol requires.
pub(super) fn child<'a>(node: &'a Node, tag: &'static str) -> Result<&'a Node> {
    node.get_optional_child(tag).ok_or(SimulatorError::Stanza(tag))
}

/// The content of a leaf, whichever way the client wrote it.
pub(super) fn bytes(node: &Node) -> Vec<u8> {
    match &node.content {
        Some(NodeContent::Bytes(bytes)) => bytes.clone(),
        Some(NodeContent::String(text)) => text.as_bytes().to_vec(),
        _ => Vec::new(),
    }
}

/// The content of a required child.
pub(super) fn child_bytes(node: &Node, tag: &'static str) -> Result<Vec<u8>> {
    child(node, tag).map(bytes)
}

/// Big-endian bytes of any length as a number; WhatsApp sends ids in three bytes and registrations in four.
pub(super) fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

/// The last 32 bytes: keys come with or without their type byte in front.
pub(super) fn key32(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes
        .last_chunk::<32>()
        .copied()
        .ok_or(SimulatorError::Stanza("a key of 32 bytes"))
}

/// `<iq type="result">` with these children.
pub(super) fn iq_result(id: &str, children: Vec<Node>) -> Node {
    let iq = NodeBuilder::new("iq")
        .attr("from", server())
        .attr("id", id)
        .attr("type", "result");
    if children.is_empty() {
        iq.build()
    } else {
        iq.children(children).build()
    }
}

/// `<iq type="error">` with WhatsApp's code and text.
pub(super) fn iq_error(id: &str, code: u16, text: &'static str) -> Node {
    NodeBuilder::new("iq")
        .attr("from", server())
        .attr("id", id)
        .attr("type", "error")
        .children([error(code, text)])
        .build()
}

/// `<error>`.
pub(super) fn error(code: u16, text: &'static str) -> Node {
    NodeBuilder::new("error")
        .attr("code", code)
        .attr("text", text)
        .build()
}

/// `<stream:error>` that says why the stream ends.
pub(super) fn stream_error(code: Option<u16>, conflict: Option<&'static str>) -> Node {
    let mut error = NodeBuilder::new("stream:error");
    if let Some(code) = code {
        error = error.attr("code", code);
    }
    match conflict {
        Some(kind) => error
            .children([NodeBuilder::new("conflict").attr("type", kind).build()])
            .build(),
        None => error.build(),
    }
}
