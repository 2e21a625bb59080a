//! Read receipts of contacts, for messages of the owner's devices and for the owner's statuses.

use wacore_binary::builder::NodeBuilder;

use super::content::innermost;
use super::error::{Result, SimulatorError};
use super::message_log::LoggedMessage;
use super::sent::describe;
use super::time;
use super::world::{Chat, World};

impl World {
    /// Sends a contact's read receipt. Returns the message's id.
    pub(super) fn read(&mut self, from: &str, message_id: &str) -> Result<String> {
        let target = self.logged(message_id)?;
        self.send_read_receipt(from, &target, "read")
    }

    /// Sends a contact's view of an owner's status that it can see. Returns the status's id.
    pub(super) fn view(&mut self, from: &str, message_id: &str) -> Result<String> {
        self.person(from)?;
        let target = self.logged(message_id)?;
        if let Some(why) = self.view_refusal(&target, from) {
            return Err(SimulatorError::Conflict(format!(
                "{from} cannot look at {message_id}: {why}"
            )));
        }
        self.send_read_receipt(from, &target, "read")
    }

    /// The owner's latest status.
    pub(super) fn latest_status(&self) -> Option<&LoggedMessage> {
        self.log
            .latest(usize::MAX)
            .filter(|logged| self.is_own_status(logged))
            .last()
    }

    /// True for a status of the owner's; false for a reaction to one, or a deletion.
    fn is_own_status(&self, logged: &LoggedMessage) -> bool {
        let is_shown = matches!(
            describe(innermost(&logged.message)).kind,
            "text" | "image" | "video" | "audio"
        );
        is_shown && logged.chat == Chat::Status && logged.author == self.owner.number
    }

    /// The reason why a contact cannot see a status. `None` when it can.
    pub(super) fn view_refusal(&self, status: &LoggedMessage, from: &str) -> Option<&'static str> {
        if !self.is_own_status(status) {
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

    /// Sends a receipt of a contact who has read a message, or played it. Returns the message's id.
    pub(super) fn send_read_receipt(
        &mut self,
        from: &str,
        target: &LoggedMessage,
        kind: &str,
    ) -> Result<String> {
        let reader = self.jid_of(self.person(from)?);
        let receipt = NodeBuilder::new("receipt")
            .attr("id", target.id.as_str())
            .attr("type", kind)
            .attr("t", time::now());
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
