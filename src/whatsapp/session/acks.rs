//! Sends that wait for WhatsApp's acknowledgement on this connection.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use whatsapp_rust::types::events::ServerAck;

use crate::event::SendOutcome;

/// Sends without an acknowledgement, by WhatsApp's message id. The outbox sends one after the other, so there are few.
#[derive(Debug, Default)]
pub(in crate::whatsapp) struct Acks {
    waiting: Mutex<HashMap<String, oneshot::Sender<SendOutcome>>>,
}

impl Acks {
    /// Registers the message `wa_id` and returns the channel of its outcome. Called before the message is sent, because
    /// the acknowledgement may arrive before the send returns.
    pub(in crate::whatsapp) fn expect(&self, wa_id: &str) -> oneshot::Receiver<SendOutcome> {
        let (answer, receiver) = oneshot::channel();
        self.waiting.lock().insert(wa_id.to_owned(), answer);
        receiver
    }

    /// Removes the registration of `wa_id`: its acknowledgement is no longer waited for.
    pub(in crate::whatsapp) fn forget(&self, wa_id: &str) {
        self.waiting.lock().remove(wa_id);
    }

    /// Passes an acknowledgement on to the send that waits for it. Acknowledgements of other stanzas are ignored.
    pub(super) fn resolve(&self, ack: &ServerAck) {
        let Some(answer) = self.waiting.lock().remove(&ack.id) else {
            return;
        };
        let outcome = match &ack.error {
            None => SendOutcome::Acked,
            Some(code) => SendOutcome::Rejected { code: code.clone() },
        };
        // The sender may have stopped waiting.
        let _ = answer.send(outcome);
    }
}
