//! The copies that the library buffers of what it hands over.
//!
//! The library removes a copy as soon as the hook has answered, and the hook answers before what it was given is durable,
//! so that the next message is decrypted meanwhile. So the copies are kept until the session says that they may go. After
//! a crash in between the message comes again, and the library plays it from its copy.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore::store::error::Result;

use super::Store;
use super::protocol::pending;
use super::space::{Place, Space};

/// The buffer of one client's messages, as far as it is in memory.
#[derive(Default)]
pub(super) struct Buffer {
    /// Where copies lie that must not be removed yet.
    kept: Mutex<HashSet<Place>>,
    /// How often the library waits for us just now.
    waits: Arc<AtomicUsize>,
}

impl Buffer {
    /// Whether the copy stays.
    pub(super) fn keeps(&self, place: &Place) -> bool {
        self.kept().contains(place)
    }

    fn kept(&self) -> MutexGuard<'_, HashSet<Place>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Copies that stay until [`Store::remove_copies`]; dropped, they stay for the next client.
#[derive(Debug)]
pub(in crate::whatsapp) struct Copies(Vec<Place>);

impl FromIterator<Self> for Copies {
    fn from_iter<I: IntoIterator<Item = Self>>(copies: I) -> Self {
        Self(copies.into_iter().flat_map(|copies| copies.0).collect())
    }
}

/// While it lives, the library waits for us: a message is being buffered or handed over, which may last.
struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Store {
    /// Lets the library wait for us while the answer lives.
    pub(in crate::whatsapp) fn busy(&self) -> impl Drop + Send + use<> {
        self.buffer.waits.fetch_add(1, Ordering::Relaxed);
        Busy(Arc::clone(&self.buffer.waits))
    }

    /// Whether the library waits for us.
    pub(in crate::whatsapp) fn is_busy(&self) -> bool {
        self.buffer.waits.load(Ordering::Relaxed) > 0
    }

    /// Whether a message was handed over and is not durable yet.
    pub(in crate::whatsapp) fn keeps_copy(&self, message: &MessageInfo) -> bool {
        self.buffer.keeps(&place(message))
    }

    /// Keeps the library from removing its copies of `messages`.
    pub(in crate::whatsapp) fn keep_copies<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a MessageInfo>,
    ) -> Copies {
        let places: Vec<Place> = messages.into_iter().map(place).collect();
        self.buffer.kept().extend(places.iter().cloned());
        Copies(places)
    }

    /// Deletable copies of what is durable.
    pub(in crate::whatsapp) async fn remove_copies(&self, copies: Copies) -> Result<()> {
        let removed = self.remove_all(Space::PendingInbound, &copies.0).await;
        let mut kept = self.buffer.kept();
        for place in &copies.0 {
            kept.remove(place);
        }
        removed
    }
}

/// Where the library's copy of a message lies.
fn place(message: &MessageInfo) -> Place {
    let (chat, sender) = (message.source.chat.to_string(), message.source.sender.to_string());
    pending(&chat, &sender, &message.id)
}
