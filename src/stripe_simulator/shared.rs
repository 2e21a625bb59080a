//! The state behind its lock, and the tasks and signals around it.

use std::future::Future;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::persist::Storage;
use super::state::State;

/// The one state of a simulator, shared by its routes, its sender and its drivers.
#[derive(Clone)]
pub(super) struct Core(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    storage: Option<Storage>,
    secret_key: String,
    /// Something may have become due.
    changed: Notify,
    /// A delivery has ended, or is not to be made any more.
    delivered: Notify,
    /// Requests that stall go on.
    released: Notify,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Core {
    pub(super) fn new(state: State, storage: Option<Storage>, secret_key: String) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            storage,
            secret_key,
            changed: Notify::new(),
            delivered: Notify::new(),
            released: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }))
    }

    /// Changes the state, after everything that has become due before and with what becomes due by it.
    pub(super) fn act<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.0.state.lock();
        state.catch_up();
        let done = change(&mut state);
        state.catch_up();
        self.save(&state);
        drop(state);
        self.0.changed.notify_one();
        // Nothing may be left to deliver: the endpoints may be others now.
        self.0.delivered.notify_waiters();
        done
    }

    /// Looks at the state, or changes what nobody saves.
    pub(super) fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.state.lock())
    }

    /// Changes the state at the end of a delivery.
    pub(super) fn note_delivery(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.0.state.lock();
        change(&mut state);
        self.save(&state);
        drop(state);
        self.0.delivered.notify_waiters();
    }

    fn save(&self, state: &State) {
        if let Some(storage) = &self.0.storage
            && let Err(error) = storage.save(state)
        {
            tracing::error!(%error, "the state of the Stripe simulator could not be saved");
        }
    }

    pub(super) fn secret_key(&self) -> &str {
        &self.0.secret_key
    }

    /// Waits for a change.
    pub(super) async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Waits until every webhook that is due was sent.
    pub(super) async fn idle(&self) {
        loop {
            let delivered = self.0.delivered.notified();
            tokio::pin!(delivered);
            delivered.as_mut().enable();
            let is_idle = self.look(|state| state.webhooks.is_idle(state.time.billing()));
            if is_idle {
                return;
            }
            delivered.await;
        }
    }

    /// The next release of stalled requests, counted from now on also while nobody waits for it.
    pub(super) fn release(&self) -> Notified<'_> {
        self.0.released.notified()
    }

    /// Lets stalled requests go on.
    pub(super) fn release_stalled(&self) {
        self.0.released.notify_waiters();
    }

    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(task);
    }

    pub(super) fn stop_token(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    pub(super) async fn stopped(&self) {
        self.0.stop.cancelled().await;
    }

    /// Stops every task, and waits for them.
    pub(super) async fn shutdown(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;
    use tokio::time::timeout;

    use super::super::webhooks::WebhookEndpoint;
    use super::*;

    #[tokio::test]
    async fn whoever_waits_for_deliveries_hears_that_none_is_left_to_make() {
        let core = Core::new(State::at(0), None, String::new());
        core.act(|state| {
            state.webhooks.set_endpoints(vec![WebhookEndpoint {
                url: "http://127.0.0.1:1/".to_owned(),
                secrets: vec!["whsec_a".to_owned()],
                events: Vec::new(),
            }]);
            state.emit("a", json!({ "id": "x" }));
        });

        let waiting = async {
            tokio::join!(core.idle(), async {
                core.act(|state| state.webhooks.set_endpoints(Vec::new()));
            })
        };

        timeout(Duration::from_secs(20), waiting).await.unwrap();
    }
}
