//! Copies of received messages, kept for as long as the messages are not durable.

use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::Store;
use super::keyspace::{Keyspace, RowKey};
use super::pending_buffer::KeptCopies;

impl Store {
    /// Notes that the message `id` of `chat` arrives, before the library decrypts it: while no ratchet is stored meanwhile, its
    /// copy can wait in memory.
    pub fn note_arrival(&self, chat: &str, id: &str) {
        self.buffer.note_arrival(chat, id);
    }

    /// Marks the library as waiting for us while the returned guard lives.
    pub(in crate::whatsapp) fn wait_guard(&self) -> impl Drop + Send + use<> {
        self.buffer.wait_guard()
    }

    /// Returns true while the library waits for us.
    pub(in crate::whatsapp) fn is_library_waiting(&self) -> bool {
        self.buffer.is_library_waiting()
    }

    /// Returns true when a message was handed over and is not durable yet.
    pub(in crate::whatsapp) fn keeps_copy(&self, message: &MessageInfo) -> bool {
        self.buffer.keeps(&copy_of(message))
    }

    /// Keeps the library from removing its copies of `messages`.
    pub(in crate::whatsapp) fn keep_copies<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a MessageInfo>,
    ) -> KeptCopies {
        self.buffer.keep(messages.into_iter().map(copy_of).collect())
    }

    /// Removes copies of messages that are durable. Copies that cannot be removed now stay for the next client.
    pub(in crate::whatsapp) async fn remove_copies(&self, copies: KeptCopies) -> Result<()> {
        let removed = self.remove_pending(&copies.0).await;
        self.buffer.release(&copies);
        removed
    }

    /// Removes copies, in memory or stored.
    pub(super) async fn remove_pending(&self, copies: &[RowKey]) -> Result<()> {
        let stored = self.buffer.drop_unstored(copies).await;
        self.remove_all(Keyspace::PendingInbound, &stored).await
    }
}

/// Key of the library's copy of a message.
fn copy_of(message: &MessageInfo) -> RowKey {
    let (chat, sender) = (message.source.chat.to_string(), message.source.sender.to_string());
    RowKey::pending_inbound(&chat, &sender, &message.id)
}
