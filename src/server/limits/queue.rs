//! A bound on the operations of one client that run at once: the next ones wait, and too many are refused, so that a
//! client who asks in parallel slows nobody but themselves.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::http::StatusCode;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ClientKey;
use crate::graphql::ErrorCode;
use crate::per_key_limit::{PerKeyLimit, Slot};
use crate::server::request_error::RequestError;

/// The time after which a refused client should try again, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// Number of clients in memory at which those without an operation are dropped.
const MAX_IDLE_CLIENTS: usize = 1_000;

/// The limits of a client's queries and mutations at one time.
#[derive(Debug, Clone, Copy)]
pub struct QueueLimits {
    /// Number of operations that run.
    pub running: usize,
    /// Number of operations that wait for one to end; further ones are refused.
    pub waiting: usize,
    /// Time for which an operation waits.
    pub wait: Duration,
}

impl QueueLimits {
    /// As many at once as a page of a client asks for; the rest of a burst waits.
    pub const STANDARD: Self = Self {
        running: 4,
        waiting: 60,
        wait: Duration::from_secs(10),
    };
}

/// The operations of all clients that run or wait.
#[derive(Debug)]
pub(crate) struct OperationQueue {
    limits: QueueLimits,
    /// Those that run or wait, by client.
    places: PerKeyLimit<ClientKey>,
    /// A permit for each operation that may run. Kept alive by those that run or wait.
    permits: Mutex<HashMap<ClientKey, Weak<Semaphore>>>,
}

/// The right of one operation to run, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
    _place: Slot<ClientKey>,
}

impl OperationQueue {
    /// A queue in which nobody waits.
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            places: PerKeyLimit::new(limits.running + limits.waiting),
            permits: Mutex::default(),
        }
    }

    /// Waits until an operation of `client_key` may run, in the order of arrival. A caller that goes away while it waits
    /// leaves the queue.
    ///
    /// # Errors
    /// `RATE_LIMITED` at once when too many wait already, or later when it waited too long.
    pub(crate) async fn enter(&self, client_key: ClientKey) -> Result<Turn, RequestError> {
        let place = self.places.acquire(client_key).ok_or_else(|| {
            let QueueLimits { running, waiting, .. } = self.limits;
            refusal(&format!(
                "{running} of your operations run and {waiting} wait already"
            ))
        })?;
        let waiting = self.permits_of(client_key).acquire_owned();
        let permit = tokio::time::timeout(self.limits.wait, waiting)
            .await
            .map_err(|_| {
                let seconds = self.limits.wait.as_secs();
                refusal(&format!(
                    "the operation waited {seconds} s for others of yours to end"
                ))
            })?;
        Ok(Turn {
            _permit: permit.expect("the semaphore is never closed"),
            _place: place,
        })
    }

    fn permits_of(&self, client_key: ClientKey) -> Arc<Semaphore> {
        let mut permits = self.permits.lock();
        if let Some(known) = permits.get(&client_key).and_then(Weak::upgrade) {
            return known;
        }
        if permits.len() >= MAX_IDLE_CLIENTS {
            permits.retain(|_, permits| permits.strong_count() > 0);
        }
        let new = Arc::new(Semaphore::new(self.limits.running));
        permits.insert(client_key, Arc::downgrade(&new));
        new
    }
}

fn refusal(why: &str) -> RequestError {
    let message = format!(
        "{why}; send fewer at once, and try again in {} s",
        RETRY_AFTER_MS / 1_000
    );
    RequestError::new(StatusCode::TOO_MANY_REQUESTS, ErrorCode::RateLimited, message)
        .with_extension("retryAfterMs", RETRY_AFTER_MS)
}
