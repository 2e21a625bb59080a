//! Holds back what a client says while something that it heard is not durable yet.
//!
//! The library acknowledges most of what it hears (placeholders, receipts, notices) by itself, right after it has
//! called its event handlers and without waiting for anybody. So a handler holds the gate before it returns, and the
//! frame with the acknowledgement waits at the transport until the event is committed. If that cannot be, the gate
//! breaks: nothing more is said on this connection, and WhatsApp delivers again what was never acknowledged.

use tokio::sync::watch;

/// The gate of one client.
#[derive(Debug)]
pub(super) struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Default)]
struct State {
    held: usize,
    broken: Option<String>,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
        }
    }

    /// Nothing passes until as many [`Self::release`]s.
    pub(super) fn hold(&self) {
        self.state.send_modify(|state| state.held += 1);
    }

    /// What was held for is durable.
    pub(super) fn release(&self) {
        self.state
            .send_modify(|state| state.held = state.held.saturating_sub(1));
    }

    /// Nothing passes ever again.
    pub(super) fn smash(&self, reason: &str) {
        self.state.send_if_modified(|state| {
            let is_first = state.broken.is_none();
            if is_first {
                state.broken = Some(reason.to_owned());
            }
            is_first
        });
    }

    /// Waits until nothing is held. False when the gate is broken.
    pub(super) async fn pass(&self) -> bool {
        let mut state = self.state.subscribe();
        let settled = state
            .wait_for(|state| state.held == 0 || state.broken.is_some())
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
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn what_is_said_waits_until_everything_heard_is_durable() {
        let gate = Arc::new(Gate::new());
        gate.hold();
        gate.hold();
        let passing = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });

        gate.release();
        tokio::task::yield_now().await;
        assert!(!passing.is_finished());
        gate.release();

        assert!(passing.await.unwrap());
    }

    #[tokio::test]
    async fn nothing_passes_a_broken_gate() {
        let gate = Gate::new();
        gate.hold();

        gate.smash("the database is gone");
        gate.smash("another reason");

        assert!(!gate.pass().await);
        assert_eq!(gate.broken().await, "the database is gone");
    }
}
