//! Contacts and mutes that were received and could not be committed.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::ack_barrier::AckBarrier;

/// Number of resyncs for which a connection is given up.
const MAX_RESYNCS: u32 = 3;

/// Record of contacts and mutes that could not be committed. WhatsApp delivers them once; it sends all of them again
/// when it is asked for a resync.
#[derive(Debug, Default)]
pub(super) struct LostUpdates {
    are_any: AtomicBool,
    /// Number of resyncs so far.
    resyncs: AtomicU32,
}

impl LostUpdates {
    /// Records a loss. The first times, the connection is given up for one that resyncs at once; an update that can
    /// never be committed must not cost one connection after the other, and waits for the next one that there is.
    pub(super) fn record(&self, barrier: &AckBarrier) {
        self.are_any.store(true, Ordering::Relaxed);
        if self.resyncs.load(Ordering::Relaxed) < MAX_RESYNCS {
            barrier.poison("contacts or mutes could not be committed");
        }
    }

    /// Returns true when updates were lost since the last resync.
    pub(super) fn are_any(&self) -> bool {
        self.are_any.load(Ordering::Relaxed)
    }

    /// Records that WhatsApp will be asked for all contacts and mutes again.
    pub(super) fn record_resync(&self) {
        self.are_any.store(false, Ordering::Relaxed);
        self.resyncs.fetch_add(1, Ordering::Relaxed);
    }
}
