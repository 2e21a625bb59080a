//! Requests of a logged-in device, by namespace.

mod account;
mod business;
mod groups;
mod keys;
mod people;

use wacore_binary::Node;

use super::error::Result;
use super::media::MediaStore;
use super::stanza::{attr, children, iq_error, iq_result, jid};
use super::world::World;

/// The answer to a request.
pub(super) enum Answer {
    /// A result with these children.
    Result(Vec<Node>),
    /// A refusal.
    Error(u16, &'static str),
    /// Nothing more: the handler already sent it.
    Sent,
}

impl World {
    /// Answers one `<iq>` of a device.
    pub(super) async fn handle_iq(&mut self, device: u16, iq: &Node, media: &MediaStore) -> Result<()> {
        let id = attr(iq, "id");
        if !matches!(attr(iq, "type").as_str(), "get" | "set") {
            return Ok(());
        }
        let answer = self.answer_for(device, iq, media).await?;
        let mut node = match answer {
            Answer::Result(children) => iq_result(&id, children),
            Answer::Error(code, text) => iq_error(&id, code, text),
            Answer::Sent => return Ok(()),
        };
        if let Ok(to) = jid(iq, "to") {
            node.attrs.insert("from", to);
        }
        self.send_to_device(device, node);
        Ok(())
    }

    async fn answer_for(&mut self, device: u16, iq: &Node, media: &MediaStore) -> Result<Answer> {
        let namespace = attr(iq, "xmlns");
        let first = children(iq).first();
        let tag = first.map(|node| node.tag.to_string()).unwrap_or_default();
        match (namespace.as_str(), tag.as_str()) {
            ("encrypt", tag) => self.answer_keys(device, iq, tag),
            ("passive", mode) => self.answer_passive(device, iq, mode, media).await,
            ("usync", _) => self.answer_usync(iq),
            ("w:m", "media_conn") => Ok(Answer::Result(vec![account::media_conn(media.auth())])),
            ("w:profile:picture", _) => Ok(Answer::Error(404, "item-not-found")),
            ("w:biz", "business_profile") => self.answer_business(iq),
            ("w:g2", tag) => self.answer_groups(iq, tag),
            _ => self.answer_account(device, iq, &namespace, &tag),
        }
    }
}
