//! Subscriptions over plain HTTP, for where WebSockets are blocked: one response whose parts are the events, as in
//! <https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol>.
//!
//! Each has an execution of its own, which waits while the client is slow, and counts as one of its user's sockets.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, stream};
use tokio::time::{Instant, Interval, interval_at};

use super::executor::{Caller, Executor, Prepared};
use super::limits::ClientKey;
use super::request_error::RequestError;
use super::ws::{self, ExecutionEvent};
use crate::graphql::ErrorCode;
use crate::metrics::Held;
use crate::per_key_limit::Slot;

/// Interval of heartbeats on a quiet response, so that no proxy closes it as dead.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// The state of one multipart response.
struct EventParts {
    events: Pin<Box<dyn Stream<Item = ExecutionEvent> + Send>>,
    heartbeat: Interval,
    /// Completes when the client's session ends, or the server stops.
    end: BoxFuture<'static, ()>,
    _slot: Slot<ClientKey>,
    _counted: Held,
}

/// Starts a subscription and answers with its events, until it is over or the client's token expires.
pub(super) fn subscribe(
    executor: &Arc<Executor>,
    prepared: Prepared,
    caller: &Caller,
) -> Result<Response, RequestError> {
    let slot = executor.connections.acquire(caller.client_key()).ok_or_else(|| {
        executor.metrics.limits_hit.add_one("sockets");
        let max = executor.connections.max();
        let message = format!("{max} sockets or streams are open already; close one first");
        RequestError::refused(ErrorCode::CostLimit, message)
            .with_extension("limit", "sockets")
            .with_extension("requested", max + 1)
            .with_extension("allowed", max)
    })?;
    let parts = EventParts {
        events: Box::pin(ws::start(executor, prepared, caller.request_id.clone())),
        heartbeat: interval_at(Instant::now() + HEARTBEAT_INTERVAL, HEARTBEAT_INTERVAL),
        end: end(executor, caller),
        _slot: slot,
        _counted: executor.metrics.subscriptions.hold(),
    };
    let written = stream::unfold(Some(parts), async |parts| {
        let mut parts = parts?;
        let (text, is_last) = parts.next().await;
        Some((Ok::<_, Infallible>(text), (!is_last).then_some(parts)))
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            "multipart/mixed; boundary=\"graphql\"; subscriptionSpec=\"1.0\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(written)).into_response())
}

fn end(executor: &Arc<Executor>, caller: &Caller) -> BoxFuture<'static, ()> {
    let shutdown = executor.lifetime.shutdown.clone().cancelled_owned();
    match caller.viewer {
        None => shutdown.boxed(),
        Some(viewer) => {
            let session_end = ws::until_session_ends(Arc::clone(executor), viewer);
            async move {
                tokio::select! {
                    () = shutdown => {}
                    _end = session_end => {}
                }
            }
            .boxed()
        }
    }
}

impl EventParts {
    /// The next part, and true when it is the last.
    async fn next(&mut self) -> (Bytes, bool) {
        let event = tokio::select! {
            biased;
            () = &mut self.end => None,
            event = self.events.next() => event,
            _ = self.heartbeat.tick() => return (part("{}"), false),
        };
        match event {
            Some(ExecutionEvent::Next(payload)) => {
                (part(&format!("{{\"payload\":{}}}", payload.json)), false)
            }
            Some(ExecutionEvent::Refused(errors)) => (
                last(&part(&format!("{{\"payload\":null,\"errors\":{errors}}}"))),
                true,
            ),
            None | Some(ExecutionEvent::Completed | ExecutionEvent::Lagged(_)) => (last(&[]), true),
        }
    }
}

fn part(json: &str) -> Bytes {
    format!("\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{json}").into()
}

fn last(before: &[u8]) -> Bytes {
    [before, b"\r\n--graphql--\r\n"].concat().into()
}
