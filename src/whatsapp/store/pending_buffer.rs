//! The library's buffer of received messages, in memory until it must be stored.
//!
//! The library buffers a copy of each message before it calls the hook, and removes the copy as soon as the hook has
//! returned; but the hook returns before the message is durable, so that the next one is decrypted meanwhile. So copies
//! are kept until the session says that they can go. After a crash in between the message comes again.
//!
//! Then a copy is needed only where the ratchet that has passed the message is stored: the library takes the message for a
//! duplicate and replays it from its copy. So a copy waits in memory, and is stored in the transaction that stores a ratchet
//! ([`Store::commit`](super::Store::commit)). Most messages are durable before that, and their copies are never stored.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

use super::keyspace::{RowKey, RowValue};

/// Copies that are in memory alone.
pub(super) type UnstoredCopies = BTreeMap<RowKey, Arc<RowValue>>;

/// Copies of one client, and the number of calls in which the library waits for us.
#[derive(Default)]
pub(super) struct PendingBuffer {
    /// Those that must not be removed yet.
    kept: Mutex<HashSet<RowKey>>,
    unstored: Mutex<UnstoredCopies>,
    /// Those that were stored and not removed since.
    stored: Mutex<HashSet<RowKey>>,
    /// Held while copies are being stored.
    storing: AsyncMutex<()>,
    waits: Arc<AtomicUsize>,
}

impl PendingBuffer {
    /// Adds copies, in memory alone.
    pub(super) fn add(&self, copies: impl IntoIterator<Item = (RowKey, RowValue)>) {
        let copies = copies.into_iter().map(|(key, value)| (key, Arc::new(value)));
        self.unstored.lock().extend(copies);
    }

    /// A copy that is in memory alone.
    pub(super) fn unstored(&self, copy: &RowKey) -> Option<Arc<RowValue>> {
        self.unstored.lock().get(copy).cloned()
    }

    /// The copies that have to be stored with a ratchet, and a guard for as long as they are being stored. None when there
    /// are none.
    pub(super) async fn begin_storing(&self) -> Option<(UnstoredCopies, MutexGuard<'_, ()>)> {
        if self.unstored.lock().is_empty() {
            return None;
        }
        let guard = self.storing.lock().await;
        let copies = self.unstored.lock().clone();
        (!copies.is_empty()).then_some((copies, guard))
    }

    /// Notes that `copies` are stored.
    pub(super) fn note_stored(&self, copies: &UnstoredCopies) {
        self.stored.lock().extend(copies.keys().cloned());
        let mut unstored = self.unstored.lock();
        for (key, stored) in copies {
            // A copy that came again meanwhile is another one.
            if unstored.get(key).is_some_and(|copy| Arc::ptr_eq(copy, stored)) {
                unstored.remove(key);
            }
        }
    }

    /// Drops those of `copies` that are in memory alone, and returns the others, which may be stored.
    pub(super) async fn drop_unstored(&self, copies: &[RowKey]) -> Vec<RowKey> {
        // One that is being stored at this moment is stored afterwards.
        let _guard = self.storing.lock().await;
        let (mut unstored, mut stored) = (self.unstored.lock(), self.stored.lock());
        let may_be_stored = |copy: &&RowKey| {
            let was_in_memory = unstored.remove(*copy).is_some();
            stored.remove(*copy) || !was_in_memory
        };
        copies.iter().filter(may_be_stored).cloned().collect()
    }

    /// Drops the copies that are in memory alone and were added before `cutoff_secs`; returns their number.
    pub(super) fn drop_older(&self, cutoff_secs: i64) -> u32 {
        let is_older =
            |_: &RowKey, copy: &mut Arc<RowValue>| copy.stored_secs.is_some_and(|at| at < cutoff_secs);
        let dropped = self.unstored.lock().extract_if(.., is_older).count();
        u32::try_from(dropped).unwrap_or(u32::MAX)
    }

    /// Returns true when the copy must not be removed yet.
    pub(super) fn keeps(&self, copy: &RowKey) -> bool {
        self.kept.lock().contains(copy)
    }

    /// Keeps the library from removing `copies`.
    pub(super) fn keep(&self, copies: Vec<RowKey>) -> KeptCopies {
        self.kept.lock().extend(copies.iter().cloned());
        KeptCopies(copies)
    }

    /// Lets the library remove `copies` again.
    pub(super) fn release(&self, copies: &KeptCopies) {
        let mut kept = self.kept.lock();
        for copy in &copies.0 {
            kept.remove(copy);
        }
    }

    /// Counts a call in which the library waits for us, until the guard is dropped.
    pub(super) fn wait_guard(&self) -> WaitGuard {
        self.waits.fetch_add(1, Ordering::Relaxed);
        WaitGuard(Arc::clone(&self.waits))
    }

    /// Returns true while the library waits for us.
    pub(super) fn is_library_waiting(&self) -> bool {
        self.waits.load(Ordering::Relaxed) > 0
    }
}

/// Copies that are kept until they are removed together; dropped, they stay for the next client.
#[derive(Debug)]
pub(in crate::whatsapp) struct KeptCopies(pub(super) Vec<RowKey>);

impl FromIterator<Self> for KeptCopies {
    fn from_iter<I: IntoIterator<Item = Self>>(copies: I) -> Self {
        Self(copies.into_iter().flat_map(|copies| copies.0).collect())
    }
}

/// Guard of a call in which the library waits for us: a message is being handed over, which may take long.
pub(super) struct WaitGuard(Arc<AtomicUsize>);

impl Drop for WaitGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp::store::keyspace::Keyspace;

    fn copy(id: &str) -> RowKey {
        RowKey::new(Keyspace::PendingInbound, id)
    }

    #[tokio::test]
    async fn a_copy_that_was_never_stored_leaves_nothing_to_remove() {
        let buffer = PendingBuffer::default();
        buffer.add([
            (copy("1"), RowValue::new("one")),
            (copy("2"), RowValue::new("two")),
        ]);

        let (storing, guard) = buffer.begin_storing().await.unwrap();
        buffer.add([(copy("2"), RowValue::new("two again"))]);
        buffer.note_stored(&storing);
        drop(guard);

        assert!(buffer.unstored(&copy("1")).is_none());
        assert_eq!(buffer.unstored(&copy("2")).unwrap().plain, b"two again");
        let both = [copy("1"), copy("2")];
        assert_eq!(buffer.drop_unstored(&both).await, both);
        buffer.add([(copy("3"), RowValue::new("three"))]);
        assert_eq!(buffer.drop_unstored(&[copy("3")]).await, []);
        assert!(buffer.begin_storing().await.is_none());
    }
}
