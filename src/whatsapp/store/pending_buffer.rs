//! What the library stores of each received message, in memory where that is enough: a copy, and the message's secret.
//!
//! The library buffers a copy of each message before it calls the hook, and removes the copy as soon as the hook has
//! returned; but the hook returns before the message is durable, so that the next one is decrypted meanwhile. So copies
//! are kept until the session says that they can go. After a crash in between the message comes again.
//!
//! Then a copy is needed only where the ratchet that has passed the message is stored: the library takes the message for a
//! duplicate and replays it from its copy. So:
//!
//! - A copy waits in memory, and is stored in the transaction that stores the next ratchet
//!   ([`Store::commit`](super::Store::commit)). Most messages are durable before that, and their copies are never stored.
//! - A copy is stored at once where a ratchet may have been stored since the message was decrypted, as that ratchet may be
//!   the one that has passed it. None was where none was stored since the message arrived, or since the last copy of the
//!   same sender in the same chat, whose messages the library decrypts one after the other.
//! - A secret waits with the copy. A replay does not bring it again, and no later message does, so it is stored before the
//!   message is acknowledged as well: those of a batch in one statement ([`Store::store_secrets`](super::Store::store_secrets)).

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};

use super::keyspace::{RowKey, RowValue};

/// Number of messages that are known to have arrived since a ratchet was stored. Copies of others are stored at once.
const MAX_ARRIVED: usize = 4096;

/// Copies that are in memory alone.
pub(super) type UnstoredCopies = BTreeMap<RowKey, Arc<RowValue>>;

/// Secrets that are in memory alone, by the print of their message.
pub(super) type UnstoredSecrets = BTreeMap<Vec<u8>, Arc<SealedSecret>>;

/// A message's secret, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SealedSecret {
    pub(super) sealed: Vec<u8>,
    pub(super) expires_secs: i64,
    pub(super) message_secs: i64,
}

/// A message, as the library names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct MessageAddress<'a> {
    pub(super) chat: &'a str,
    pub(super) sender: &'a str,
    pub(super) id: &'a str,
}

impl MessageAddress<'_> {
    fn row_key(&self) -> RowKey {
        RowKey::pending_inbound(self.chat, self.sender, self.id)
    }
}

/// Copies of one client, and the number of calls in which the library waits for us.
#[derive(Default)]
pub(super) struct PendingBuffer {
    /// Those that must not be removed yet.
    kept: Mutex<HashSet<RowKey>>,
    unstored: Mutex<Unstored>,
    /// Those that were stored and not removed since.
    stored: Mutex<HashSet<RowKey>>,
    /// Held while copies are being stored.
    storing: AsyncMutex<()>,
    waits: Arc<AtomicUsize>,
}

/// What is in memory alone, and what tells whether that is enough for more.
#[derive(Default)]
struct Unstored {
    copies: UnstoredCopies,
    secrets: UnstoredSecrets,
    /// Hashes of what came since a ratchet was last stored: of messages that arrived, by chat and id, and of copies, by chat
    /// and sender.
    since_ratchet: HashSet<u64>,
    hasher: RandomState,
}

impl Unstored {
    fn note(&mut self, kind: &'static str, chat: &str, of: &str) {
        if self.since_ratchet.len() < MAX_ARRIVED {
            let hash = self.hasher.hash_one((kind, chat, of));
            self.since_ratchet.insert(hash);
        }
    }

    /// Returns true when no ratchet was stored since the message was decrypted.
    fn is_newer_than_ratchet(&self, of: MessageAddress<'_>) -> bool {
        let has = |kind: &'static str, of_chat: &str| {
            let hash = self.hasher.hash_one((kind, of.chat, of_chat));
            self.since_ratchet.contains(&hash)
        };
        has(ARRIVED, of.id) || has(COPIED, of.sender)
    }
}

const ARRIVED: &str = "arrived";
const COPIED: &str = "copied";

impl PendingBuffer {
    /// Notes that the message `id` of `chat` arrives, and is not decrypted yet.
    pub(super) fn note_arrival(&self, chat: &str, id: &str) {
        self.unstored.lock().note(ARRIVED, chat, id);
    }

    /// Adds those copies for which memory is enough, and returns the others, which have to be stored at once.
    pub(super) fn add<'a>(
        &self,
        copies: impl IntoIterator<Item = (MessageAddress<'a>, RowValue)>,
    ) -> BTreeMap<RowKey, RowValue> {
        let mut unstored = self.unstored.lock();
        let (in_memory, urgent): (Vec<_>, Vec<_>) = copies
            .into_iter()
            .partition(|(of, _)| unstored.is_newer_than_ratchet(*of));
        // Only now: those of one call were all decrypted before.
        for (of, _) in in_memory.iter().chain(&urgent) {
            unstored.note(COPIED, of.chat, of.sender);
        }
        let in_memory = in_memory.into_iter();
        unstored
            .copies
            .extend(in_memory.map(|(of, value)| (of.row_key(), Arc::new(value))));
        urgent
            .into_iter()
            .map(|(of, value)| (of.row_key(), value))
            .collect()
    }

    /// Adds a secret by the print of its message, if memory is enough for it; gives it back where it has to be stored at once.
    pub(super) fn add_secret(
        &self,
        of: MessageAddress<'_>,
        print: Vec<u8>,
        secret: SealedSecret,
    ) -> Option<(Vec<u8>, SealedSecret)> {
        let mut unstored = self.unstored.lock();
        // One that waits is to be merged with this one.
        if !unstored.is_newer_than_ratchet(of) || unstored.secrets.contains_key(&print) {
            return Some((print, secret));
        }
        unstored.secrets.insert(print, Arc::new(secret));
        None
    }

    /// The secrets that are in memory alone.
    pub(super) fn unstored_secrets(&self) -> UnstoredSecrets {
        self.unstored.lock().secrets.clone()
    }

    /// Notes that `secrets` are stored.
    pub(super) fn note_secrets_stored(&self, secrets: &UnstoredSecrets) {
        let unstored = &mut self.unstored.lock().secrets;
        for print in secrets.keys() {
            unstored.remove(print);
        }
    }

    /// A copy that is in memory alone.
    pub(super) fn unstored(&self, copy: &RowKey) -> Option<Arc<RowValue>> {
        self.unstored.lock().copies.get(copy).cloned()
    }

    /// Call it before the commit that stores a ratchet: the copies that have to be stored with it, and a guard for as long as
    /// they are being stored. None when there are none.
    pub(super) async fn begin_storing(&self) -> Option<(UnstoredCopies, MutexGuard<'_, ()>)> {
        if self.unstored_with_ratchet().is_empty() {
            return None;
        }
        let guard = self.storing.lock().await;
        let copies = self.unstored_with_ratchet();
        (!copies.is_empty()).then_some((copies, guard))
    }

    fn unstored_with_ratchet(&self) -> UnstoredCopies {
        let mut unstored = self.unstored.lock();
        unstored.since_ratchet.clear();
        unstored.copies.clone()
    }

    /// Notes that `copies` are stored.
    pub(super) fn note_stored(&self, copies: &UnstoredCopies) {
        self.stored.lock().extend(copies.keys().cloned());
        let unstored = &mut self.unstored.lock().copies;
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
            let was_in_memory = unstored.copies.remove(*copy).is_some();
            stored.remove(*copy) || !was_in_memory
        };
        copies.iter().filter(may_be_stored).cloned().collect()
    }

    /// Drops the copies that are in memory alone and were added before `cutoff_secs`; returns their number.
    pub(super) fn drop_older(&self, cutoff_secs: i64) -> u32 {
        let is_older =
            |_: &RowKey, copy: &mut Arc<RowValue>| copy.stored_secs.is_some_and(|at| at < cutoff_secs);
        let dropped = self.unstored.lock().copies.extract_if(.., is_older).count();
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

/// Guard of a call in which the library waits for us: a message is being buffered or handed over, which may take long.
pub(super) struct WaitGuard(Arc<AtomicUsize>);

impl Drop for WaitGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "alice@s.whatsapp.net";

    fn of(id: &str) -> MessageAddress<'_> {
        MessageAddress {
            chat: ALICE,
            sender: ALICE,
            id,
        }
    }

    fn copy(id: &str) -> RowKey {
        RowKey::pending_inbound(ALICE, ALICE, id)
    }

    fn add(buffer: &PendingBuffer, id: &str, plain: &str) -> bool {
        buffer.add([(of(id), RowValue::new(plain))]).is_empty()
    }

    #[tokio::test]
    async fn a_copy_that_was_never_stored_leaves_nothing_to_remove() {
        let buffer = PendingBuffer::default();
        buffer.note_arrival(ALICE, "1");
        assert!(add(&buffer, "1", "one") && add(&buffer, "2", "two"));

        let (storing, guard) = buffer.begin_storing().await.unwrap();
        buffer.note_arrival(ALICE, "2");
        assert!(add(&buffer, "2", "two again"));
        buffer.note_stored(&storing);
        drop(guard);

        assert!(buffer.unstored(&copy("1")).is_none());
        assert_eq!(buffer.unstored(&copy("2")).unwrap().plain, b"two again");
        let both = [copy("1"), copy("2")];
        assert_eq!(buffer.drop_unstored(&both).await, both);
        assert!(add(&buffer, "3", "three"));
        assert_eq!(buffer.drop_unstored(&[copy("3")]).await, []);
        assert!(buffer.begin_storing().await.is_none());
    }

    #[tokio::test]
    async fn memory_is_enough_until_a_ratchet_was_stored_since_the_message_arrived() {
        let buffer = PendingBuffer::default();
        assert!(!add(&buffer, "1", "when it was decrypted, nobody knows"));
        assert!(add(&buffer, "2", "decrypted after the copy before it"));
        buffer.note_arrival(ALICE, "3");

        drop(buffer.begin_storing().await.unwrap());

        assert!(!add(&buffer, "3", "the ratchet may have passed it"));
        drop(buffer.begin_storing().await);
        buffer.note_arrival(ALICE, "4");
        buffer.note_arrival("bob@s.whatsapp.net", "5");
        assert!(!add(&buffer, "5", "one of the same id arrived in another chat"));
        drop(buffer.begin_storing().await);
        buffer.note_arrival(ALICE, "6");
        assert!(add(&buffer, "6", "it arrived after the ratchet"));
    }

    #[test]
    fn a_flood_of_messages_takes_bounded_room() {
        let buffer = PendingBuffer::default();

        for number in 0..=MAX_ARRIVED {
            buffer.note_arrival(ALICE, &number.to_string());
        }

        assert!(!add(&buffer, &MAX_ARRIVED.to_string(), "one too many"));
        assert!(add(&buffer, "0", "the first"));
    }

    #[test]
    fn messages_that_are_copied_together_were_decrypted_before() {
        let buffer = PendingBuffer::default();
        let together = ["1", "2"].map(|id| (of(id), RowValue::new("of a backlog")));

        assert_eq!(buffer.add(together).len(), 2);
    }
}
