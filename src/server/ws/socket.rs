//! One client's connection.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use axum::extract::ws::{Message, WebSocket};
use futures::future::BoxFuture;
use futures::stream::{AbortHandle, BoxStream, SelectAll, abortable};
use futures::{FutureExt, SinkExt, StreamExt, future};
use serde_json::{Map, Value};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use super::execution::{self, ExecutionEvent};
use super::protocol::{self, ConnectionEnd, Incoming};
use super::session_end::until_session_ends;
use super::timed_write::write_in_time;
use super::upgrade::SUBPROTOCOL;
use crate::graphql::ErrorCode;
use crate::metrics::{Commit, Held};
use crate::per_key_limit::Slot;
use crate::server::AuthFailure;
use crate::server::executor::{Caller, Executor};
use crate::server::limits::ClientKey;
use crate::server::params::Operation;
use crate::server::request_error::RequestError;

/// Time within which a client must answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Maximum number of messages written before a flush, after which the client is read again.
const MAX_WRITES_PER_FLUSH: usize = 64;

/// An event of an operation, with the operation's id as JSON.
type OperationEvent = (Arc<str>, ExecutionEvent);

/// A running operation.
struct RunningOperation {
    handle: AbortHandle,
    /// Held by a subscription until it is over.
    _slot: Option<SubscriptionSlot>,
}

/// The place of a subscription among those of its user, and in the count of all.
struct SubscriptionSlot {
    _slot: Slot<ClientKey>,
    _counted: Held,
}

/// One client's connection.
pub(super) struct Socket {
    executor: Arc<Executor>,
    ws: WebSocket,
    caller: Caller,
    /// Held from `connection_init` on.
    slot: Option<Slot<ClientKey>>,
    /// Completes when the client's token expires, or it or its session is revoked.
    expiry: BoxFuture<'static, ConnectionEnd>,
    /// The running operations, by id.
    operations: HashMap<String, RunningOperation>,
    events: SelectAll<BoxStream<'static, OperationEvent>>,
    last_heard: Instant,
    _counted: Held,
}

impl Socket {
    pub(super) fn new(executor: Arc<Executor>, ws: WebSocket, caller: Caller) -> Self {
        Self {
            _counted: executor.metrics.sockets.hold(),
            executor,
            ws,
            caller,
            slot: None,
            expiry: future::pending().boxed(),
            operations: HashMap::new(),
            events: SelectAll::new(),
            last_heard: Instant::now(),
        }
    }

    /// Serves the client until one of the two ends the connection. Takes a box, because the future of an async function
    /// holds its arguments twice, and each open socket keeps one.
    pub(super) async fn serve(mut self: Box<Self>, speaks_protocol: bool) {
        let end = if speaks_protocol {
            self.serve_messages().await.unwrap_or_else(|end| end)
        } else {
            ConnectionEnd::close(4406, format!("Subprotocol not acceptable; speak {SUBPROTOCOL}"))
        };
        // The close may take a while; nothing is held during it.
        self.slot = None;
        self.operations.clear();
        self.events.clear();
        if let ConnectionEnd::Close(code, reason) = end {
            tracing::debug!(request.id = %self.caller.request_id, code, "closed a socket: {reason}");
            let _ = timeout(CLOSE_TIMEOUT, self.ws.send(protocol::close(code, &reason))).await;
        }
        let drained = async { while let Some(Ok(_)) = self.ws.recv().await {} };
        let _ = timeout(CLOSE_TIMEOUT, drained).await;
    }

    async fn serve_messages(&mut self) -> Result<ConnectionEnd, ConnectionEnd> {
        let limits = self.executor.settings.sockets;
        let shutdown = self.executor.lifetime.shutdown.clone();
        let mut init_deadline = std::pin::pin!(sleep(limits.init_within));
        let mut ping = interval_at(Instant::now() + limits.ping_every, limits.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    return Ok(ConnectionEnd::shutting_down());
                }
                end = &mut self.expiry => return Ok(end),
                () = &mut init_deadline, if self.slot.is_none() => {
                    return Ok(ConnectionEnd::close(4408, "Connection initialisation timeout"));
                }
                // Boxed, because most clients say little, and a socket would keep the room for what they ask.
                message = self.ws.recv() => Box::pin(self.handle(message)).await?,
                _ = ping.tick() => self.ping().await?,
                Some(event) = self.events.next(), if !self.events.is_empty() => self.write_events(event).await?,
            }
        }
    }

    async fn handle(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), ConnectionEnd> {
        self.last_heard = Instant::now();
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(protocol::invalid("it is binary; send text")),
            None | Some(Ok(Message::Close(_))) => return Err(ConnectionEnd::Gone),
            Some(Err(error)) => return Err(self.broken(&error)),
        };
        if text.len() > self.executor.settings.sockets.message_bytes {
            return Err(self.too_long());
        }
        match Incoming::parse(&text)? {
            Incoming::Init(payload) => self.initialise(&payload).await,
            Incoming::Ping(payload) => self.send(protocol::pong(payload.as_ref())).await,
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { id, payload } => self.subscribe(id, payload).await,
            Incoming::Complete { id } => {
                if let Some(operation) = self.operations.remove(&id) {
                    operation.handle.abort();
                }
                Ok(())
            }
        }
    }

    fn broken(&self, error: &axum::Error) -> ConnectionEnd {
        tracing::debug!(request.id = %self.caller.request_id, "a socket broke: {error}");
        let is_too_long = std::error::Error::source(error)
            .is_some_and(|cause| cause.to_string().starts_with("Space limit exceeded"));
        if is_too_long {
            self.too_long()
        } else {
            ConnectionEnd::Gone
        }
    }

    fn too_long(&self) -> ConnectionEnd {
        let limit = self.executor.settings.sockets.message_bytes;
        ConnectionEnd::close(1009, format!("the message is longer than {limit} bytes"))
    }

    async fn initialise(&mut self, payload: &Map<String, Value>) -> Result<(), ConnectionEnd> {
        if self.slot.is_some() {
            return Err(ConnectionEnd::close(4429, "Too many initialisation requests"));
        }
        if let Some(token) = protocol::token_of(payload)? {
            let identity = self.executor.authenticate(&token, &self.caller.client).await;
            let identity = identity.map_err(|failure| match failure {
                AuthFailure::Invalid => {
                    ConnectionEnd::close(4403, "Forbidden: the access token is not valid")
                }
                AuthFailure::Expired => ConnectionEnd::expired(),
                AuthFailure::Refused { code, message } => {
                    ConnectionEnd::close(4403, format!("{}: {message}", code.as_str()))
                }
                AuthFailure::Unavailable(_) => {
                    let _logged = RequestError::from_auth(&failure, &self.caller.request_id);
                    ConnectionEnd::close(4500, "Internal server error")
                }
            })?;
            self.expiry = until_session_ends(Arc::clone(&self.executor), identity.viewer).boxed();
            self.caller.viewer = Some(identity.viewer);
            self.caller.grant = identity.grant;
        }
        let connections = &self.executor.connections;
        let slot = connections.acquire(self.caller.client_key()).ok_or_else(|| {
            self.executor.metrics.limits_hit.add_one("sockets");
            ConnectionEnd::close(
                1013,
                format!("{} sockets are open already; close one first", connections.max()),
            )
        })?;
        self.slot = Some(slot);
        self.send(protocol::ack()).await
    }

    async fn subscribe(&mut self, id: String, payload: Value) -> Result<(), ConnectionEnd> {
        if self.slot.is_none() {
            return Err(ConnectionEnd::close(4401, "Unauthorized"));
        }
        if self.operations.contains_key(&id) {
            return Err(ConnectionEnd::close(
                4409,
                format!("Subscriber for {id} already exists"),
            ));
        }
        let operation =
            Operation::from_json(payload).map_err(|error| protocol::invalid(&error.error.message))?;
        let label: Arc<str> = Value::from(id.as_str()).to_string().into();
        let started = match self.check_operation_count() {
            Ok(()) => self.start(operation).await,
            Err(error) => Err(error),
        };
        let (events, slot) = match started {
            Ok(started) => started,
            Err(error) => return self.write_events((label, ExecutionEvent::refused(&error))).await,
        };
        let (events, handle) = abortable(events.map(move |event| (Arc::clone(&label), event)));
        self.operations
            .insert(id, RunningOperation { handle, _slot: slot });
        self.events.push(events.boxed());
        Ok(())
    }

    fn check_operation_count(&self) -> Result<(), RequestError> {
        let allowed = self.executor.settings.sockets.subscriptions;
        if self.operations.len() < allowed {
            return Ok(());
        }
        let message = format!("{allowed} operations run on this socket already; complete one first");
        Err(RequestError::refused(ErrorCode::CostLimit, message)
            .with_extension("limit", "operations on a socket")
            .with_extension("requested", allowed + 1)
            .with_extension("allowed", allowed))
    }

    /// Starts an operation: its events, and the slot that a subscription holds.
    async fn start(
        &mut self,
        operation: Operation,
    ) -> Result<(BoxStream<'static, ExecutionEvent>, Option<SubscriptionSlot>), RequestError> {
        let caller = Caller {
            request_id: self.executor.new_request_id(),
            ..self.caller.clone()
        };
        let prepared = self.executor.prepare(&operation, &caller).await?;
        let is_subscription = prepared.kind == OperationType::Subscription;
        let slot = is_subscription.then(|| self.subscription_slot()).transpose()?;
        let events = if prepared.is_shareable {
            let shared = &self.executor.shared;
            shared.join(&self.executor, &caller, operation, prepared).boxed()
        } else {
            execution::start(&self.executor, prepared, caller.request_id).boxed()
        };
        Ok((events, slot))
    }

    fn subscription_slot(&self) -> Result<SubscriptionSlot, RequestError> {
        let (subscriptions, metrics) = (&self.executor.subscriptions, &self.executor.metrics);
        let slot = subscriptions.acquire(self.caller.client_key()).ok_or_else(|| {
            metrics.limits_hit.add_one("subscriptions");
            let allowed = subscriptions.max();
            let message = format!("{allowed} subscriptions run already; complete one first");
            RequestError::refused(ErrorCode::CostLimit, message)
                .with_extension("limit", "subscriptions of a user")
                .with_extension("requested", allowed + 1)
                .with_extension("allowed", allowed)
        })?;
        Ok(SubscriptionSlot {
            _slot: slot,
            _counted: metrics.subscriptions.hold(),
        })
    }

    /// Writes an event, and those that came meanwhile, with one flush: the end of the way of what was committed.
    async fn write_events(&mut self, first: OperationEvent) -> Result<(), ConnectionEnd> {
        let commit = first.1.committed();
        let span = commit.map_or_else(Span::none, |commit| self.write_span(commit));
        let begun = Instant::now();
        self.write_waiting(first).instrument(span).await?;
        if commit.is_some() {
            let stages = &self.executor.metrics.stage_seconds;
            stages.note("SOCKET_WRITE", begun.elapsed());
        }
        Ok(())
    }

    /// The span of writing what `commit` committed.
    fn write_span(&self, commit: Commit) -> Span {
        let span = tracing::debug_span!(
            "socket_write",
            request.id = %self.caller.request_id,
            user.id = self.caller.viewer.map(|viewer| tracing::field::display(viewer.user)),
            events = Empty,
        );
        if let Some(trace) = commit.trace {
            trace.continue_in(&span);
        }
        span
    }

    async fn write_waiting(&mut self, first: OperationEvent) -> Result<(), ConnectionEnd> {
        let mut next = Some(first);
        let (mut written, mut oldest) = (0, None);
        while let Some((label, event)) = next.take() {
            oldest = oldest.or(event.committed());
            let message = self.message(&label, &event)?;
            self.write(message).await?;
            written += 1;
            if written < MAX_WRITES_PER_FLUSH && !self.events.is_empty() {
                next = self.events.next().now_or_never().flatten();
            }
        }
        self.flush().await?;
        if let Some(commit) = oldest {
            Span::current().record("events", written);
            self.executor
                .metrics
                .delivery_lag_seconds
                .note(commit.at.elapsed());
        }
        Ok(())
    }

    fn message(&mut self, label: &str, event: &ExecutionEvent) -> Result<Message, ConnectionEnd> {
        let message = match event {
            ExecutionEvent::Next(payload) => {
                return Ok(protocol::with_payload("next", label, &payload.json));
            }
            ExecutionEvent::Refused(errors) => protocol::with_payload("error", label, errors),
            ExecutionEvent::Completed => protocol::complete(label),
            ExecutionEvent::Lagged(missed) => {
                self.executor.metrics.slow_subscribers.add_one();
                let reason =
                    format!("too slow: {missed} events behind; connect again and resume with `after`");
                return Err(ConnectionEnd::close(1013, reason));
            }
        };
        if let Ok(id) = serde_json::from_str::<String>(label) {
            self.operations.remove(&id);
        }
        Ok(message)
    }

    async fn ping(&mut self) -> Result<(), ConnectionEnd> {
        let limits = &self.executor.settings.sockets;
        if self.last_heard.elapsed() > limits.ping_every * 2 {
            tracing::debug!(request.id = %self.caller.request_id, "a socket's client no longer answers");
            return Err(ConnectionEnd::Gone);
        }
        // Two kinds of ping: every WebSocket answers the one by itself, every client library sees the other.
        self.write(Message::Ping(axum::body::Bytes::new())).await?;
        if self.slot.is_some() {
            self.write(protocol::ping()).await?;
        }
        self.flush().await
    }

    async fn send(&mut self, message: Message) -> Result<(), ConnectionEnd> {
        self.write(message).await?;
        self.flush().await
    }

    async fn write(&mut self, message: Message) -> Result<(), ConnectionEnd> {
        let writing = self.ws.feed(message);
        write_in_time(&self.executor, &mut self.expiry, writing).await
    }

    async fn flush(&mut self) -> Result<(), ConnectionEnd> {
        let writing = self.ws.flush();
        write_in_time(&self.executor, &mut self.expiry, writing).await
    }
}
