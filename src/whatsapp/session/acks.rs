//! Which sends wait for WhatsApp's answer on this connection.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use whatsapp_rust::types::events::ServerAck;

use crate::event::SendOutcome;

/// Sends without an answer, by WhatsApp's id. The outbox sends one after the other, so there are few.
#[derive(Debug, Default)]
pub(in crate::whatsapp) struct Acks {
    waiting: Mutex<HashMap<String, oneshot::Sender<SendOutcome>>>,
}

impl Acks {
    /// Expects an answer to the message `wa_id`. Asked before it is sent, for the answer may be faster than the sender.
    pub(in crate::whatsapp) fn expect(&self, wa_id: &str) -> oneshot::Receiver<SendOutcome> {
        let (answer, receiver) = oneshot::channel();
        self.lock().insert(wa_id.to_owned(), answer);
        receiver
    }

    /// No answer will be waited for.
    pub(in crate::whatsapp) fn forget(&self, wa_id: &str) {
        self.lock().remove(wa_id);
    }

    /// Takes an answer in; those of other stanzas are nobody's.
    pub(super) fn settle(&self, ack: &ServerAck) {
        let Some(answer) = self.lock().remove(&ack.id) else {
            return;
        };
        let outcome = match &ack.error {
            None => SendOutcome::Acked,
            Some(code) => SendOutcome::Rejected { code: code.clone() },
        };
        // Who sent it may have stopped.
        let _ = answer.send(outcome);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<SendOutcome>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
