//! Holds back the frames of a client while something that it received before is not durable yet.
//!
//! The library acknowledges most of what it receives (statuses, placeholders, receipts, notifications) by itself, right
//! after it has called its event handlers and without waiting for them. So a handler takes a hold on the barrier before
//! it returns, and the frame with the acknowledgement waits in the transport until the event is committed. A frame waits
//! only for holds that were taken before it, so under steady traffic frames are late by one commit and never stuck. If a
//! commit fails, the barrier is poisoned: nothing more is sent on this connection, and WhatsApp delivers again what was
//! never acknowledged.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

/// Barrier between the transport of one client and the commits that its acknowledgements wait for.
#[derive(Debug)]
pub(super) struct AckBarrier {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Number of the next hold.
    next: u64,
    /// Numbers of the holds that were not released yet.
    held: BTreeSet<u64>,
    /// Reason for which the barrier was poisoned; None while it was not.
    poisoned: Option<String>,
}

/// Hold on the barrier for one received event: no frame that is sent later passes before it is released. Dropping it
/// unreleased poisons the barrier.
#[derive(Debug)]
#[must_use = "dropping it poisons the barrier"]
pub(super) struct AckHold {
    barrier: Arc<AckBarrier>,
    number: u64,
}

impl AckHold {
    /// Lets frames pass: the event is durable, or nothing has to be kept of it.
    pub(super) fn release(self) {
        self.barrier
            .state
            .send_if_modified(|state| state.held.remove(&self.number));
    }

    /// Poisons the barrier: the event cannot be made durable.
    pub(super) fn poison(self, reason: &str) {
        self.barrier.poison(reason);
    }
}

impl Drop for AckHold {
    fn drop(&mut self) {
        self.barrier.state.send_if_modified(|state| {
            let is_lost = state.held.contains(&self.number);
            is_lost && state.poison("a received event was dropped before it was committed")
        });
    }
}

impl State {
    /// Keeps the first reason. Returns true when this is the first.
    fn poison(&mut self, reason: &str) -> bool {
        let is_first = self.poisoned.is_none();
        if is_first {
            self.poisoned = Some(reason.to_owned());
        }
        is_first
    }
}

impl AckBarrier {
    pub(super) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
        }
    }

    /// Takes a hold: no frame that is sent from now on passes until the hold is released.
    pub(super) fn hold(self: &Arc<Self>) -> AckHold {
        let mut number = 0;
        self.state.send_modify(|state| {
            number = state.next;
            state.next += 1;
            state.held.insert(number);
        });
        AckHold {
            barrier: Arc::clone(self),
            number,
        }
    }

    /// Stops every frame from now on. The first reason counts.
    pub(super) fn poison(&self, reason: &str) {
        self.state.send_if_modified(|state| state.poison(reason));
    }

    /// Waits until every hold that exists at the time of the call is released. Returns false when the barrier is
    /// poisoned.
    pub(super) async fn wait_clear(&self) -> bool {
        let mut state = self.state.subscribe();
        let next = state.borrow_and_update().next;
        let settled = state
            .wait_for(|state| {
                state.poisoned.is_some() || state.held.first().is_none_or(|first| *first >= next)
            })
            .await;
        settled.is_ok_and(|state| state.poisoned.is_none())
    }

    /// Waits until the barrier is poisoned and returns the reason.
    pub(super) async fn wait_poisoned(&self) -> String {
        let mut state = self.state.subscribe();
        let poisoned = state.wait_for(|state| state.poisoned.is_some()).await;
        // The sender is `self`, so the wait does not fail.
        poisoned
            .ok()
            .and_then(|state| state.poisoned.clone())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_frame_waits_until_every_earlier_hold_is_released() {
        let barrier = Arc::new(AckBarrier::new());
        let (first, second) = (barrier.hold(), barrier.hold());
        let waiting = tokio::spawn({
            let barrier = Arc::clone(&barrier);
            async move { barrier.wait_clear().await }
        });

        tokio::task::yield_now().await;
        second.release();
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        first.release();

        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn a_later_hold_does_not_stop_a_frame_that_already_waits() {
        let barrier = Arc::new(AckBarrier::new());
        let earlier = barrier.hold();
        let waiting = tokio::spawn({
            let barrier = Arc::clone(&barrier);
            async move { barrier.wait_clear().await }
        });
        tokio::task::yield_now().await;
        let _later = barrier.hold();

        earlier.release();

        assert!(waiting.await.unwrap());
    }

    #[tokio::test]
    async fn a_hold_dropped_unreleased_poisons_the_barrier() {
        let barrier = Arc::new(AckBarrier::new());
        barrier.hold().release();
        assert!(barrier.wait_clear().await);

        drop(barrier.hold());

        assert!(!barrier.wait_clear().await);
    }

    #[tokio::test]
    async fn no_frame_passes_a_poisoned_barrier() {
        let barrier = Arc::new(AckBarrier::new());
        let hold = barrier.hold();

        hold.poison("the database is gone");
        barrier.poison("another reason");

        assert!(!barrier.wait_clear().await);
        assert_eq!(barrier.wait_poisoned().await, "the database is gone");
    }
}
