//! Copies of received messages, kept for as long as the messages are not durable.

use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::Store;
use super::error::store_error;
use super::kept_copies::KeptCopies;
use super::keyspace::RowKey;

impl Store {
    /// Notes that the message `id` of `chat` arrives, before the library decrypts it: it tells whether its copy can wait in memory.
    pub fn note_arrival(&self, chat: &str, id: &str) {
        self.buffer.note_arrival(chat, id);
    }

    /// Marks the library as waiting for us while the returned guard lives.
    pub(in crate::whatsapp) fn wait_guard(&self) -> impl Drop + Send + use<> {
        self.buffer.copies.wait_guard()
    }

    /// Returns true while the library waits for us.
    pub(in crate::whatsapp) fn is_library_waiting(&self) -> bool {
        self.buffer.copies.is_library_waiting()
    }

    /// Returns true when a message was handed over and is not durable yet.
    pub(in crate::whatsapp) fn keeps_copy(&self, message: &MessageInfo) -> bool {
        self.buffer.copies.keeps(&copy_of(message))
    }

    /// Keeps the library from removing its copies of `messages`.
    pub(in crate::whatsapp) fn keep_copies<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a MessageInfo>,
    ) -> KeptCopies {
        self.buffer
            .copies
            .keep(messages.into_iter().map(copy_of).collect())
    }

    /// Removes copies of messages that are durable: with what is stored next, or at once when the store is closed.
    ///
    /// # Errors
    /// The database's; then they stay for the next client.
    pub(in crate::whatsapp) async fn remove_copies(&self, copies: &KeptCopies) -> Result<()> {
        let are_removed = self.buffer.remove_copies(&copies.0);
        self.buffer.copies.release(copies);
        if are_removed {
            return Ok(());
        }
        let tx = self.begin_async_commit().await?;
        let stored = copies.0.iter().cloned().collect();
        self.delete_rows(&tx, &stored).await.map_err(store_error)?;
        tx.commit().await.map_err(store_error)
    }
}

/// Key of the library's copy of a message.
fn copy_of(message: &MessageInfo) -> RowKey {
    let (chat, sender) = (message.source.chat.to_string(), message.source.sender.to_string());
    RowKey::pending_inbound(&chat, &sender, &message.id)
}
