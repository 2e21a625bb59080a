//! Executions that several sockets listen to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};

use super::super::gateway::{Caller, Gateway, Prepared};
use super::super::params::Operation;
use super::execution::{self, Outcome};
use crate::id::{LoginId, UserId};

/// What must be the same for an execution to be shared. The viewer is part of it, or one user's data would reach
/// another; the login too, because its end ends what it may see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    viewer: Option<(UserId, LoginId)>,
    query: String,
    name: Option<String>,
    /// As JSON, whose objects are sorted.
    variables: String,
}

type Open = HashMap<Key, broadcast::Sender<Outcome>>;

/// The shared executions.
#[derive(Debug, Clone)]
pub(in crate::server) struct Rooms {
    backlog: usize,
    open: Arc<Mutex<Open>>,
}

impl Rooms {
    /// None yet. A listener may be `backlog` events behind; one that falls further is told so by [`Outcome::Lagged`].
    pub(in crate::server) fn new(backlog: usize) -> Self {
        Self {
            backlog,
            open: Arc::default(),
        }
    }

    /// Listens to the execution of `operation` for `caller`, which is started if nobody else listens to it yet.
    pub(super) fn join(
        &self,
        gateway: &Arc<Gateway>,
        caller: &Caller,
        operation: Operation,
        prepared: Prepared,
    ) -> impl Stream<Item = Outcome> + Send + use<> {
        let key = Key {
            viewer: caller.viewer.map(|viewer| (viewer.user, viewer.login)),
            query: operation.query,
            name: operation.name,
            variables: serde_json::Value::Object(operation.variables).to_string(),
        };
        let mut open = self.open();
        let receiver = if let Some(room) = open.get(&key) {
            room.subscribe()
        } else {
            let (room, receiver) = broadcast::channel(self.backlog);
            open.insert(key.clone(), room.clone());
            let outcomes = execution::outcomes(gateway, prepared, caller.request_id.clone());
            tokio::spawn(self.clone().keep(key, room, outcomes));
            receiver
        };
        stream::unfold(receiver, async |mut receiver| {
            let outcome = match receiver.recv().await {
                Ok(outcome) => outcome,
                Err(RecvError::Lagged(missed)) => Outcome::Lagged(missed),
                Err(RecvError::Closed) => return None,
            };
            Some((outcome, receiver))
        })
    }

    /// Passes on what an execution says until it is over or nobody listens.
    async fn keep(
        self,
        key: Key,
        room: broadcast::Sender<Outcome>,
        mut outcomes: BoxStream<'static, Outcome>,
    ) {
        loop {
            let outcome = tokio::select! {
                outcome = outcomes.next() => outcome.unwrap_or(Outcome::Completed),
                () = room.closed() => {
                    let mut open = self.open();
                    // Somebody may have come in between.
                    if room.receiver_count() > 0 {
                        continue;
                    }
                    open.remove(&key);
                    return;
                }
            };
            let is_last = !matches!(outcome, Outcome::Next(_));
            if is_last {
                // Closed to others first: whoever came after the last word would hear nothing.
                self.open().remove(&key);
            }
            // Nobody listening is noticed above.
            let _ = room.send(outcome);
            if is_last {
                return;
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
