use std::sync::Arc;

use parking_lot::Mutex;

use crate::whatsapp::store::Store;

/// The store of the client that works now, for what writes more of the account. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct CurrentStore(Arc<Mutex<Option<Arc<Store>>>>);

impl CurrentStore {
    /// A client works with `store` from now on.
    pub(super) fn set(&self, store: Arc<Store>) {
        *self.0.lock() = Some(store);
    }

    /// No client works from now on.
    pub(super) fn clear(&self) {
        *self.0.lock() = None;
    }

    /// The store; none while no client works.
    pub(super) fn get(&self) -> Option<Arc<Store>> {
        self.0.lock().clone()
    }
}
