/// Number of a call in which the library gave ratchets, counted from 1.
pub(super) type RatchetNumber = u64;

/// How far the ratchets that the library gave are stored, and how far a frame waits for them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ratchets {
    given: RatchetNumber,
    /// Those up to this number are stored.
    stored: RatchetNumber,
    /// A frame waits until those up to this number are stored.
    held: RatchetNumber,
}

impl Ratchets {
    /// Counts ratchets that the library gives.
    pub(super) const fn give(&mut self) {
        self.given += 1;
    }

    /// The number of the newest.
    pub(super) const fn newest(self) -> RatchetNumber {
        self.given
    }

    /// Returns true when one is not stored.
    pub(super) const fn are_unstored(self) -> bool {
        self.given > self.stored
    }

    /// Notes that those up to `number` are stored.
    pub(super) const fn note_stored(&mut self, number: RatchetNumber) {
        self.stored = number;
    }

    /// Returns true when one is not stored and no frame waits for it yet: the caller's frame has to.
    pub(super) const fn begin_hold(&mut self) -> bool {
        let is_wanted = self.are_unstored() && self.given > self.held;
        self.held = self.given;
        is_wanted
    }
}
