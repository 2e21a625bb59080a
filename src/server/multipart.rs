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

use super::fault::Fault;
use super::gateway::{Caller, Gateway, Prepared};
use super::ws::{self, Outcome, Seat};

/// How often a quiet response shows that it lives, so that no proxy takes it for dead.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

struct Parts {
    outcomes: Pin<Box<dyn Stream<Item = Outcome> + Send>>,
    heartbeat: Interval,
    /// Completes when the client has to go, or the server.
    end: BoxFuture<'static, ()>,
    _seat: Seat,
}

/// Starts a subscription and answers with its events, until it is over or the client's token expires.
pub(super) fn subscribe(
    gateway: &Arc<Gateway>,
    prepared: Prepared,
    caller: &Caller,
) -> Result<Response, Fault> {
    let seat = gateway.seats.take(caller.payer()).ok_or_else(|| {
        let most = gateway.seats.most();
        let message = format!("{most} sockets or streams are open already; close one first");
        Fault::refused("COST_LIMIT", message)
            .with("limit", "sockets")
            .with("requested", most + 1)
            .with("allowed", most)
    })?;
    let parts = Parts {
        outcomes: Box::pin(ws::start(gateway, prepared, caller.request_id.clone())),
        heartbeat: interval_at(Instant::now() + HEARTBEAT_EVERY, HEARTBEAT_EVERY),
        end: end(gateway, caller),
        _seat: seat,
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

fn end(gateway: &Arc<Gateway>, caller: &Caller) -> BoxFuture<'static, ()> {
    let shutdown = gateway.lifetime.shutdown.clone().cancelled_owned();
    match caller.viewer {
        None => shutdown.boxed(),
        Some(viewer) => {
            let unwelcome = ws::until_unwelcome(Arc::clone(gateway), viewer);
            async move {
                tokio::select! {
                    () = shutdown => {}
                    _end = unwelcome => {}
                }
            }
            .boxed()
        }
    }
}

impl Parts {
    /// The next part, and whether it is the last.
    async fn next(&mut self) -> (Bytes, bool) {
        let outcome = tokio::select! {
            biased;
            () = &mut self.end => None,
            outcome = self.outcomes.next() => outcome,
            _ = self.heartbeat.tick() => return (part("{}"), false),
        };
        match outcome {
            Some(Outcome::Next(payload)) => (part(&format!("{{\"payload\":{payload}}}")), false),
            Some(Outcome::Refused(errors)) => (
                last(&part(&format!("{{\"payload\":null,\"errors\":{errors}}}"))),
                true,
            ),
            None | Some(Outcome::Completed | Outcome::Lagged(_)) => (last(&[]), true),
        }
    }
}

fn part(json: &str) -> Bytes {
    format!("\r\n--graphql\r\nContent-Type: application/json\r\n\r\n{json}").into()
}

fn last(before: &[u8]) -> Bytes {
    [before, b"\r\n--graphql--\r\n"].concat().into()
}
