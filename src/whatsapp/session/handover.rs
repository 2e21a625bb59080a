//! Messages that the library handed over and that are not durable yet.

use std::sync::Arc;

use tracing::warn;
use whatsapp_rust::types::message::MessageInfo;

use super::ack_barrier::{AckBarrier, AckHold};
use super::recent_messages::RecentMessages;
use crate::telemetry;
use crate::whatsapp::store::{KeptCopies, Store};

/// Messages that the library handed over in one call of its hook. The library goes on at once; its acknowledgements of
/// these messages, and its own copies of them, wait until they are durable.
pub(super) struct Handover {
    pub(super) messages: Vec<Arc<MessageInfo>>,
    /// Holds on the barrier: taken when the messages arrived, and when they were handed over.
    pub(super) holds: Vec<AckHold>,
    pub(super) copies: KeptCopies,
    pub(super) barrier: Arc<AckBarrier>,
    pub(super) recent: Arc<RecentMessages>,
    pub(super) store: Arc<Store>,
}

impl Handover {
    /// Lets the acknowledgements out: the messages are durable. [`Handover::remove_copies`] follows.
    pub(super) fn release(&mut self) {
        for message in &self.messages {
            self.recent.add(message);
        }
        for hold in self.holds.drain(..) {
            hold.release();
        }
    }

    /// Poisons the barrier: the messages cannot be made durable. The copies stay for the next delivery.
    pub(super) fn poison(self, reason: &str) {
        self.barrier.poison(reason);
    }

    /// Removes the library's copies of released messages, by the `store` of the client that works now, if one does.
    pub(super) async fn remove_copies(released: Vec<Self>, store: Option<Arc<Store>>) {
        // All are of one account, whichever client they came from.
        let Some(last) = released.last() else {
            return;
        };
        let store = store.unwrap_or_else(|| Arc::clone(&last.store));
        let copies: KeptCopies = released.into_iter().map(|handover| handover.copies).collect();
        if let Err(error) = store.remove_copies(&copies).await {
            // The library may replay them once more, which changes nothing.
            warn!(
                account.id = %store.account(),
                error = %telemetry::chain(&error),
                "the copies of committed messages could not be removed"
            );
        }
    }
}
