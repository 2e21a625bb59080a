//! What the library stores while messages arrive, in memory until it must be stored: ratchets, copies of the messages, and
//! the messages' secrets.
//!
//! The library gives a copy of each message before it calls the hook, and within 25 ms the ratchet that the message moved. Each
//! in a transaction of its own, they would cost several times what the message does. So they wait here, and go together: with
//! the next events, as a rule; before the next frame leaves, so that what WhatsApp or a contact saw of a ratchet is stored; or
//! a quarter of a second after the last events.
//!
//! A crash costs the redelivery of messages that were not acknowledged. The ratchet of one that was acknowledged may be lost
//! in it, if it was given within that quarter of a second: what comes behind is decrypted from the ratchet before, which skips
//! over the message. Only a sender key that came with it is missing then, and is asked for with a retry receipt.
//!
//! A copy waits with the ratchet; `decryption_notes.rs` tells which copies must not. A secret waits as the copy does. A replay
//! does not bring it again, so it goes with the message's events, before the message is acknowledged.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::decryption_notes::DecryptionNotes;
use super::kept_copies::CopyKeeper;
use super::keyspace::{Keyspace, MessageAddress, RowKey, RowValue};
use super::message_secrets::{SealedSecret, UnstoredSecrets};
use super::ratchets::{RatchetNumber, Ratchets};

/// Rows that are in memory alone.
pub(super) type UnstoredRows = BTreeMap<RowKey, Arc<RowValue>>;

/// What one client wrote and is in memory.
#[derive(Default)]
pub(super) struct WriteBuffer {
    pub(super) copies: CopyKeeper,
    unstored: Mutex<Unstored>,
    /// Held while what is in memory is being stored.
    storing: Arc<AsyncMutex<()>>,
}

/// What is in memory alone, and what tells whether that is enough for more.
#[derive(Default)]
struct Unstored {
    /// Ratchets, identities and copies.
    rows: UnstoredRows,
    secrets: UnstoredSecrets,
    /// Copies that were stored and not removed since.
    stored_copies: HashSet<RowKey>,
    /// Rows that are to be removed: such copies, and keys that were used up.
    removed: BTreeSet<RowKey>,
    ratchets: Ratchets,
    notes: DecryptionNotes,
    /// Nothing is stored any more.
    is_closed: bool,
}

impl Unstored {
    /// Returns true when no ratchet is stored that was given since the message was decrypted.
    fn is_newer_than_ratchet(&self, of: MessageAddress<'_>) -> bool {
        self.notes.has_arrived(of.chat, of.id) || self.notes.has_copied(of.chat, of.sender)
    }

    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.secrets.is_empty() && self.removed.is_empty()
    }
}

/// What was in memory alone at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) rows: UnstoredRows,
    pub(super) secrets: UnstoredSecrets,
    pub(super) removed: BTreeSet<RowKey>,
    newest_ratchet: RatchetNumber,
    /// There are ratchets in it.
    pub(super) has_ratchets: bool,
    /// Nobody else stores anything while it lives.
    _guard: OwnedMutexGuard<()>,
}

impl WriteBuffer {
    /// Notes that the message `id` of `chat` arrives, and is not decrypted yet.
    pub(super) fn note_arrival(&self, chat: &str, id: &str) {
        self.unstored.lock().notes.note_arrival(chat, id);
    }

    /// Adds ratchets or identities.
    pub(super) fn add_ratchets(&self, rows: impl IntoIterator<Item = (RowKey, RowValue)>) {
        let mut unstored = self.unstored.lock();
        for (row_key, value) in rows {
            unstored.removed.remove(&row_key);
            unstored.rows.insert(row_key, Arc::new(value));
        }
        unstored.ratchets.give();
        unstored.notes.on_ratchet_given();
    }

    /// Adds copies. Returns true when they have to be stored at once.
    pub(super) fn add_copies<'a>(
        &self,
        copies: impl IntoIterator<Item = (MessageAddress<'a>, RowValue)>,
    ) -> bool {
        let mut unstored = self.unstored.lock();
        let copies: Vec<_> = copies.into_iter().collect();
        let is_urgent = copies.iter().any(|(of, _)| !unstored.is_newer_than_ratchet(*of));
        for (of, value) in copies {
            unstored.notes.note_copy(of.chat, of.sender);
            let row_key = RowKey::copy_of(of);
            unstored.removed.remove(&row_key);
            unstored.rows.insert(row_key, Arc::new(value));
        }
        is_urgent
    }

    /// Adds a secret by the print of its message. Returns true when it has to be stored at once.
    pub(super) fn add_secret(&self, of: MessageAddress<'_>, print: Vec<u8>, secret: SealedSecret) -> bool {
        let mut unstored = self.unstored.lock();
        unstored.secrets.insert(print, Arc::new(secret));
        !unstored.is_newer_than_ratchet(of)
    }

    /// Returns true when a secret of the message is in memory alone.
    pub(super) fn has_secret(&self, print: &[u8]) -> bool {
        self.unstored.lock().secrets.contains_key(print)
    }

    /// A row of which the table does not know the present state: what it holds, or none where it was removed.
    pub(super) fn row(&self, row_key: &RowKey) -> Option<Option<Arc<RowValue>>> {
        let unstored = self.unstored.lock();
        if unstored.removed.contains(row_key) {
            return Some(None);
        }
        unstored.rows.get(row_key).cloned().map(Some)
    }

    /// Returns true when a row of `scope` is in memory alone.
    pub(super) fn holds_scope(&self, space: Keyspace, scope: &[u8]) -> bool {
        let unstored = self.unstored.lock();
        let first = RowKey::within(space, scope, "");
        let next = unstored.rows.range(first..).next();
        next.is_some_and(|(row_key, _)| row_key.space == space && row_key.scope == scope)
    }

    /// Takes a hold by `hold` when a ratchet is in memory alone for which no frame waits yet. It lasts until all is stored.
    pub(super) fn hold_for_ratchets<H>(&self, hold: impl FnOnce() -> H) -> Option<H> {
        let unstored = &mut self.unstored.lock();
        unstored.ratchets.begin_hold().then(hold)
    }

    /// What is to be stored now; none when there is nothing. While it lives, nothing else is stored.
    pub(super) async fn begin_storing(&self) -> Option<Snapshot> {
        let has_nothing = |unstored: &Unstored| unstored.is_closed || unstored.is_empty();
        // What is being stored at this moment is waited for.
        if has_nothing(&self.unstored.lock()) && !self.is_storing() {
            return None;
        }
        let guard = Arc::clone(&self.storing).lock_owned().await;
        let mut unstored = self.unstored.lock();
        if has_nothing(&unstored) {
            return None;
        }
        let has_ratchets = unstored.ratchets.are_unstored();
        if has_ratchets {
            unstored.notes.on_ratchet_stored();
        }
        Some(Snapshot {
            rows: unstored.rows.clone(),
            secrets: unstored.secrets.clone(),
            removed: unstored.removed.clone(),
            newest_ratchet: unstored.ratchets.newest(),
            has_ratchets,
            _guard: guard,
        })
    }

    /// Notes that all of `snapshot` is stored.
    pub(super) fn note_stored(&self, snapshot: &Snapshot) {
        let unstored = &mut *self.unstored.lock();
        unstored.ratchets.note_stored(snapshot.newest_ratchet);
        let copies = snapshot.rows.keys();
        let copies = copies.filter(|row_key| row_key.space == Keyspace::PendingInbound);
        let kept = copies.filter(|copy| unstored.rows.contains_key(copy));
        unstored.stored_copies.extend(kept.cloned());
        forget_unchanged(&mut unstored.rows, &snapshot.rows);
        forget_unchanged(&mut unstored.secrets, &snapshot.secrets);
        for row_key in &snapshot.removed {
            unstored.removed.remove(row_key);
        }
    }

    fn is_storing(&self) -> bool {
        self.storing.try_lock().is_err()
    }

    /// Removes a row: at once from memory, and from the table with what is stored next.
    pub(super) fn remove(&self, row_key: RowKey) {
        let unstored = &mut *self.unstored.lock();
        unstored.rows.remove(&row_key);
        unstored.removed.insert(row_key);
    }

    /// Removes copies, as [`Self::remove`]. Returns false when it is closed, and nothing is stored next.
    pub(super) fn remove_copies(&self, copies: &[RowKey]) -> bool {
        let unstored = &mut *self.unstored.lock();
        let is_storing = self.is_storing();
        for copy in copies {
            let was_in_memory = unstored.rows.remove(copy).is_some();
            let was_stored = unstored.stored_copies.remove(copy);
            // One that is being stored at this moment is stored afterwards.
            if was_stored || !was_in_memory || is_storing {
                unstored.removed.insert(copy.clone());
            }
        }
        !unstored.is_closed
    }

    /// Removes rows from the table with what is stored next.
    pub(super) fn remove_with_next(&self, stored: impl IntoIterator<Item = RowKey>) {
        let mut unstored = self.unstored.lock();
        for row_key in stored {
            unstored.rows.remove(&row_key);
            unstored.removed.insert(row_key);
        }
    }

    /// Keeps rows that may have been about to be removed: they are being written again.
    pub(super) fn keep_rows<'a>(&self, row_keys: impl IntoIterator<Item = &'a RowKey>) {
        let removed = &mut self.unstored.lock().removed;
        for row_key in row_keys {
            removed.remove(row_key);
        }
    }

    /// Drops the copies that are in memory alone and were added before `cutoff_secs`; returns their number.
    pub(super) fn drop_older(&self, cutoff_secs: i64) -> u32 {
        let is_older =
            |_: &RowKey, row: &mut Arc<RowValue>| row.stored_secs.is_some_and(|at| at < cutoff_secs);
        let dropped = self.unstored.lock().rows.extract_if(.., is_older).count();
        u32::try_from(dropped).unwrap_or(u32::MAX)
    }

    /// Stores nothing from now on.
    pub(super) fn close(&self) {
        self.unstored.lock().is_closed = true;
    }
}

/// Forgets what is stored; what was written again meanwhile is not.
fn forget_unchanged<K: Ord, V>(unstored: &mut BTreeMap<K, Arc<V>>, stored: &BTreeMap<K, Arc<V>>) {
    unstored.retain(|key, value| !stored.get(key).is_some_and(|stored| Arc::ptr_eq(stored, value)));
}
