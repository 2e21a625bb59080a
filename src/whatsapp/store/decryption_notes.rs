//! Which copies of received messages must be stored at once.
//!
//! ```text
//! message arrives -> decrypted, the ratchet moves -> the ratchet is given -> it is stored
//!                                                 -> the copy is given, before or after the ratchet
//! ```
//!
//! After a crash a copy is needed only where the ratchet of its message is stored: the library takes the message for a
//! duplicate then, and replays it from the copy. So a copy must not be stored later than the ratchet. One that is given before
//! the ratchet is stored goes with it. One that is given later has to be stored at once.
//!
//! Nothing tells which ratchet belongs to which message. But one that was given before a message arrived is none of it, nor is
//! one that was given before the last copy of the same sender in the same chat: the library decrypts those messages one
//! after the other. So as long as no ratchet is stored that was given since, the copy can wait.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::mem;

/// Number of notes at most. A message that is not noted counts as decrypted long ago.
const CAPACITY: usize = 4096;

const ARRIVED: &str = "arrived";
const COPIED: &str = "copied";

/// What came before messages were decrypted, since the last stored ratchet was given: their arrival, and the copies of other
/// messages of their senders. As hashes, because they are many.
#[derive(Debug, Default)]
pub(super) struct DecryptionNotes {
    /// Since the last ratchet was given.
    recent: HashSet<u64>,
    /// Before that.
    earlier: HashSet<u64>,
    hasher: RandomState,
}

impl DecryptionNotes {
    /// Notes that the message `id` of `chat` arrives.
    pub(super) fn note_arrival(&mut self, chat: &str, id: &str) {
        self.add(ARRIVED, chat, id);
    }

    /// Notes that a message of `sender` in `chat` was copied.
    pub(super) fn note_copy(&mut self, chat: &str, sender: &str) {
        self.add(COPIED, chat, sender);
    }

    /// Returns true when the message `id` of `chat` arrived since the last stored ratchet was given.
    pub(super) fn has_arrived(&self, chat: &str, id: &str) -> bool {
        self.has(ARRIVED, chat, id)
    }

    /// Returns true when a message of `sender` in `chat` was copied since the last stored ratchet was given.
    pub(super) fn has_copied(&self, chat: &str, sender: &str) -> bool {
        self.has(COPIED, chat, sender)
    }

    /// Notes that a ratchet was given.
    pub(super) fn on_ratchet_given(&mut self) {
        self.earlier.extend(self.recent.drain());
    }

    /// Forgets what came before the last ratchet was given: it is being stored.
    pub(super) fn on_ratchet_stored(&mut self) {
        // With the room that it took: most accounts are idle.
        drop(mem::take(&mut self.earlier));
        if self.recent.is_empty() {
            drop(mem::take(&mut self.recent));
        }
    }

    fn add(&mut self, kind: &'static str, chat: &str, of: &str) {
        if self.recent.len() + self.earlier.len() < CAPACITY {
            self.recent.insert(self.hasher.hash_one((kind, chat, of)));
        }
    }

    fn has(&self, kind: &'static str, chat: &str, of: &str) -> bool {
        let hash = self.hasher.hash_one((kind, chat, of));
        self.recent.contains(&hash) || self.earlier.contains(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_messages_takes_bounded_room() {
        let mut notes = DecryptionNotes::default();

        for number in 0..=CAPACITY {
            notes.note_arrival("chat", &number.to_string());
        }

        assert!(notes.has_arrived("chat", "0"));
        assert!(!notes.has_arrived("chat", &CAPACITY.to_string()), "one too many");
    }

    #[test]
    fn what_came_before_a_ratchet_is_known_until_that_is_stored() {
        let mut notes = DecryptionNotes::default();
        notes.note_arrival("chat", "before");
        notes.on_ratchet_given();
        notes.note_arrival("chat", "behind");
        assert!(notes.has_arrived("chat", "before"));

        notes.on_ratchet_stored();

        assert!(!notes.has_arrived("chat", "before"));
        assert!(notes.has_arrived("chat", "behind"));
    }
}
