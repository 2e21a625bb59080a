use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::keyspace::RowKey;

/// Copies of one client that must not be removed yet, and the number of calls in which the library waits for us.
#[derive(Debug, Default)]
pub(super) struct CopyKeeper {
    kept: Mutex<HashSet<RowKey>>,
    waits: Arc<AtomicUsize>,
}

impl CopyKeeper {
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
