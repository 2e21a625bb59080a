//! Holds back what a client says while something that it heard before is not durable yet.
//!
//! The library acknowledges most of what it hears (statuses, placeholders, receipts, notices) by itself, right after it
//! has called its event handlers and without waiting for anybody. So a handler holds the gate before it returns, and the
//! frame with the acknowledgement waits at the transport until the event is committed. What is heard while the frame
//! waits does not concern it, so under steady traffic frames are late by a commit and never stuck. If a commit cannot be,
//! the gate breaks: nothing more is said on this connection, and WhatsApp delivers again what was never acknowledged.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;

/// The gate of one client.
#[derive(Debug)]
pub(super) struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the next hold.
    next: u64,
    held: BTreeSet<u64>,
    broken: Option<String>,
}

/// Something that was heard: nothing that is said after it passes until it is released. Dropped before, it breaks the gate.
#[derive(Debug)]
#[must_use = "dropped, it breaks the gate"]
pub(super) struct Hold {
    gate: Arc<Gate>,
    number: u64,
}

impl Hold {
    /// What was held for is durable.
    pub(super) fn release(self) {
        self.gate
            .state
            .send_if_modified(|state| state.held.remove(&self.number));
    }

    /// What was held for cannot be made durable.
    pub(super) fn smash(self, reason: &str) {
        self.gate.smash(reason);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.gate.state.send_if_modified(|state| {
            let is_lost = state.held.contains(&self.number);
            is_lost && state.smash("something that happened was dropped")
        });
    }
}

impl State {
    /// Whether this is the first time.
    fn smash(&mut self, reason: &str) -> bool {
        let is_first = self.broken.is_none();
        if is_first {
            self.broken = Some(reason.to_owned());
        }
        is_first
    }
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
        }
    }

    /// Nothing that is said from now on passes until the answer is released.
    pub(super) fn hold(self: &Arc<Self>) -> Hold {
        let mut number = 0;
        self.state.send_modify(|state| {
            number = state.next;
            state.next += 1;
            state.held.insert(number);
        });
        Hold {
            gate: Arc::clone(self),
            number,
        }
    }

    /// Nothing passes ever again.
    pub(super) fn smash(&self, reason: &str) {
        self.state.send_if_modified(|state| state.smash(reason));
    }

    /// Waits until nothing is held of what was when it was asked. False when the gate is broken.
    pub(super) async fn pass(&self) -> bool {
        let mut state = self.state.subscribe();
        let behind = state.borrow_and_update().next;
        let settled = state
            .wait_for(|state| {
                state.broken.is_some() || state.held.first().is_none_or(|first| *first >= behind)
            })
            .await;
        settled.is_ok_and(|state| state.broken.is_none())
    }

    /// Waits until the gate breaks, and tells why.
    pub(super) async fn broken(&self) -> String {
        let mut state = self.state.subscribe();
        let broken = state.wait_for(|state| state.broken.is_some()).await;
        // The sender is `self`, so the wait does not fail.
        broken
            .ok()
            .and_then(|state| state.broken.clone())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_said_waits_until_everything_heard_is_durable() {
        let gate = Arc::new(Gate::new());
        let (first, second) = (gate.hold(), gate.hold());
        let passing = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });

        tokio::task::yield_now().await;
        second.release();
        tokio::task::yield_now().await;
        assert!(!passing.is_finished());
        first.release();

        assert!(passing.await.unwrap());
    }

    #[tokio::test]
    async fn what_is_heard_later_holds_back_nothing_that_waits_already() {
        let gate = Arc::new(Gate::new());
        let earlier = gate.hold();
        let passing = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });
        tokio::task::yield_now().await;
        let _later = gate.hold();

        earlier.release();

        assert!(passing.await.unwrap());
    }

    #[tokio::test]
    async fn what_was_heard_and_dropped_breaks_the_gate() {
        let gate = Arc::new(Gate::new());
        gate.hold().release();
        assert!(gate.pass().await);

        drop(gate.hold());

        assert!(!gate.pass().await);
    }

    #[tokio::test]
    async fn nothing_passes_a_broken_gate() {
        let gate = Arc::new(Gate::new());
        let hold = gate.hold();

        hold.smash("the database is gone");
        gate.smash("another reason");

        assert!(!gate.pass().await);
        assert_eq!(gate.broken().await, "the database is gone");
    }
}
