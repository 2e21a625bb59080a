//! Receipts of contacts: that they have read what the owner's devices sent, or seen the owner's status.

use wacore_binary::builder::NodeBuilder;

use super::chance;
use super::error::{Result, SimulatorError};
use super::history::Said;
use super::world::{Chat, World};

impl World {
    /// A contact's read receipt. Answers the message's id.
    pub(super) fn read(&mut self, from: &str, message_id: &str) -> Result<String> {
        let target = self.said(message_id)?;
        self.tell_read(from, &target)
    }

    /// A contact looks at a status of the owner's, if it can. Answers the status's id.
    pub(super) fn view(&mut self, from: &str, message_id: &str) -> Result<String> {
        self.person(from)?;
        let target = self.said(message_id)?;
        if let Some(why) = self.hides(&target, from) {
            return Err(SimulatorError::Conflict(format!(
                "{from} cannot look at {message_id}: {why}"
            )));
        }
        self.tell_read(from, &target)
    }

    /// Why a contact cannot see a status, if it cannot.
    fn hides(&self, status: &Said, from: &str) -> Option<&'static str> {
        if status.chat != Chat::Status || status.author != self.owner.number {
            return Some("it is no status of the phone's owner");
        }
        if from == self.owner.number {
            return Some("owners do not view their own, name a contact");
        }
        let is_deletion = |sent: &&super::SentMessage| {
            sent.kind == "revoke" && sent.target_message_id.as_deref() == Some(&status.id)
        };
        if self.sent.iter().any(|sent| is_deletion(&sent)) {
            return Some("it was deleted");
        }
        let sent = self.sent.iter().find(|sent| sent.message_id == status.id);
        // What the owner posts on the phone is for all contacts.
        let is_audience = sent.is_none_or(|sent| sent.recipients.iter().any(|reader| reader == from));
        (!is_audience).then_some("it was not for them, name one of its recipients")
    }

    fn tell_read(&mut self, from: &str, target: &Said) -> Result<String> {
        let reader = self.name_of(self.person(from)?);
        let receipt = NodeBuilder::new("receipt")
            .attr("id", target.id.as_str())
            .attr("type", "read")
            .attr("t", chance::now());
        let receipt = match &target.chat {
            Chat::With(_) => receipt.attr("from", reader),
            shared => receipt
                .attr("from", self.chat_jid(shared)?)
                .attr("participant", reader),
        };
        self.deliver_to_all(&receipt.build(), None)?;
        Ok(target.id.clone())
    }
}
