//! Completion of a batch: what is done once the batch is committed, or could not be.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::ack_barrier::{AckBarrier, AckHold};
use super::handover::Handover;
use super::lost_updates::LostUpdates;

/// Reason that poisons the barrier when a batch fails.
const NOT_COMMITTED: &str = "received events could not be committed";

/// Completion that a batch carries through the queue.
pub(super) enum OnDurable {
    /// Releases the acknowledgements that wait for the batch; poisons their barrier when the batch failed.
    Release(AckHold),
    /// As [`OnDurable::Release`], for messages that the library handed over.
    Handover {
        handover: Handover,
        /// Place among the batches that may be ahead of the database; given back when this ends.
        _place: OwnedSemaphorePermit,
    },
    /// Reports the result to a caller that waits for it.
    Report(oneshot::Sender<bool>),
    /// Has WhatsApp asked for the updates again when the batch failed.
    Resync(Arc<LostUpdates>, Arc<AckBarrier>),
}

impl OnDurable {
    /// Completes a batch. Returns messages that are durable and whose copies can be removed now.
    pub(super) fn complete(self, is_durable: bool) -> Option<Handover> {
        match self {
            Self::Release(hold) if is_durable => hold.release(),
            Self::Release(hold) => hold.poison(NOT_COMMITTED),
            Self::Handover { mut handover, .. } if is_durable => {
                handover.release();
                return Some(handover);
            }
            Self::Handover { handover, .. } => handover.poison(NOT_COMMITTED),
            // The caller may have stopped waiting.
            Self::Report(result) => drop(result.send(is_durable)),
            Self::Resync(..) if is_durable => {}
            Self::Resync(lost, barrier) => lost.record(&barrier),
        }
        None
    }
}
