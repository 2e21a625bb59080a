//! Executions that several sockets share.

use std::collections::HashMap;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use parking_lot::Mutex;
use tokio::sync::broadcast::{self, error::RecvError};
use tracing::Instrument as _;

use super::execution::{self, ExecutionEvent};
use crate::graphql::Credential;
use crate::id::UserId;
use crate::server::executor::{Caller, Executor, Prepared};
use crate::server::params::Operation;

/// The key of a shared execution: only equal ones share. The viewer is part of it, or one user's data would reach
/// another; the session or personal access token too, because what it may see is its own, and ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    viewer: Option<(UserId, Credential)>,
    query: String,
    name: Option<String>,
    /// As JSON, whose objects are sorted.
    variables: String,
}

type Executions = HashMap<Key, broadcast::Sender<ExecutionEvent>>;

/// The executions that sockets share, by key.
#[derive(Debug, Clone)]
pub(crate) struct SharedSubscriptions {
    backlog: usize,
    executions: Arc<Mutex<Executions>>,
}

impl SharedSubscriptions {
    /// No executions yet. A socket may be `backlog` events behind; one that falls further behind gets
    /// [`ExecutionEvent::Lagged`].
    pub(crate) fn new(backlog: usize) -> Self {
        Self {
            backlog,
            executions: Arc::default(),
        }
    }

    /// Subscribes to the execution of `operation` for `caller`, which is started unless it already runs.
    pub(super) fn join(
        &self,
        executor: &Arc<Executor>,
        caller: &Caller,
        operation: Operation,
        prepared: Prepared,
    ) -> impl Stream<Item = ExecutionEvent> + Send + use<> {
        let key = Key {
            viewer: caller.viewer.map(|viewer| (viewer.user, viewer.credential)),
            query: operation.query,
            name: operation.name,
            variables: serde_json::Value::Object(operation.variables).to_string(),
        };
        let mut executions = self.executions.lock();
        let metrics = &executor.metrics;
        let receiver = if let Some(sender) = executions.get(&key) {
            metrics.cache_hits.add_one("subscriptions");
            sender.subscribe()
        } else {
            metrics.cache_misses.add_one("subscriptions");
            let (sender, receiver) = broadcast::channel(self.backlog);
            executions.insert(key.clone(), sender.clone());
            let span = prepared.task_span(&caller.request_id);
            let events = execution::events(executor, prepared, caller.request_id.clone());
            tokio::spawn(self.clone().forward(key, sender, events).instrument(span));
            receiver
        };
        stream::unfold(receiver, async |mut receiver| {
            let event = match receiver.recv().await {
                Ok(event) => event,
                Err(RecvError::Lagged(missed)) => ExecutionEvent::Lagged(missed),
                Err(RecvError::Closed) => return None,
            };
            Some((event, receiver))
        })
    }

    /// Forwards the events of an execution until it is over or no socket is subscribed.
    async fn forward(
        self,
        key: Key,
        sender: broadcast::Sender<ExecutionEvent>,
        mut events: BoxStream<'static, ExecutionEvent>,
    ) {
        loop {
            let event = tokio::select! {
                event = events.next() => event.unwrap_or(ExecutionEvent::Completed),
                () = sender.closed() => {
                    let mut executions = self.executions.lock();
                    // A socket may have subscribed in between.
                    if sender.receiver_count() > 0 {
                        continue;
                    }
                    executions.remove(&key);
                    return;
                }
            };
            let is_last = !matches!(event, ExecutionEvent::Next(_));
            if is_last {
                // Removed first: a socket that subscribed after the last event would receive nothing.
                self.executions.lock().remove(&key);
            }
            // The loop notices above when no socket is subscribed.
            let _ = sender.send(event);
            if is_last {
                return;
            }
        }
    }
}
