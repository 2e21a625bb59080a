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

use super::super::AuthFailure;
use super::super::fault::Fault;
use super::super::gateway::{Caller, Gateway};
use super::super::params::Operation;
use super::execution::{self, Outcome};
use super::protocol::{self, End, Incoming};
use super::seats::Seat;
use crate::graphql::Viewer;

/// How long a client may take to answer a close.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// How many messages are written before what was written is sent and the client is listened to again.
const AT_ONCE: usize = 64;

/// What an operation said, with its id as JSON.
type Said = (Arc<str>, Outcome);

/// An operation that runs.
struct Running {
    handle: AbortHandle,
    /// Held by a subscription until it is over.
    _seat: Option<Seat>,
}

/// One client's connection.
pub(super) struct Socket {
    gateway: Arc<Gateway>,
    ws: WebSocket,
    caller: Caller,
    /// Held from the introduction on.
    seat: Option<Seat>,
    /// Completes when the client's token expires, or its login ends.
    expiry: BoxFuture<'static, End>,
    /// The operations that run, by id.
    operations: HashMap<String, Running>,
    said: SelectAll<BoxStream<'static, Said>>,
    last_heard: Instant,
}

impl Socket {
    pub(super) fn new(gateway: Arc<Gateway>, ws: WebSocket, caller: Caller) -> Self {
        Self {
            gateway,
            ws,
            caller,
            seat: None,
            expiry: future::pending().boxed(),
            operations: HashMap::new(),
            said: SelectAll::new(),
            last_heard: Instant::now(),
        }
    }

    /// Speaks with the client until one of the two ends it.
    pub(super) async fn serve(mut self, is_spoken: bool) {
        let end = if is_spoken {
            self.converse().await.unwrap_or_else(|end| end)
        } else {
            End::close(
                4406,
                format!("Subprotocol not acceptable; speak {}", super::SUBPROTOCOL),
            )
        };
        // The goodbye may take a while; nothing is kept for it.
        self.seat = None;
        self.operations.clear();
        self.said.clear();
        if let End::Close(code, reason) = end {
            tracing::debug!(request.id = %self.caller.request_id, code, "closed a socket: {reason}");
            let _ = timeout(GOODBYE_WITHIN, self.ws.send(protocol::close(code, &reason))).await;
        }
        let heard_out = async { while let Some(Ok(_)) = self.ws.recv().await {} };
        let _ = timeout(GOODBYE_WITHIN, heard_out).await;
    }

    async fn converse(&mut self) -> Result<End, End> {
        let limits = self.gateway.settings.sockets;
        let shutdown = self.gateway.lifetime.shutdown.clone();
        let mut introduction = std::pin::pin!(sleep(limits.init_within));
        let mut ping = interval_at(Instant::now() + limits.ping_every, limits.ping_every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => {
                    return Ok(End::shutting_down());
                }
                end = &mut self.expiry => return Ok(end),
                () = &mut introduction, if self.seat.is_none() => {
                    return Ok(End::close(4408, "Connection initialisation timeout"));
                }
                message = self.ws.recv() => self.hear(message).await?,
                _ = ping.tick() => self.ask_for_life().await?,
                Some(said) = self.said.next(), if !self.said.is_empty() => self.tell(said).await?,
            }
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.last_heard = Instant::now();
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(protocol::invalid("it is binary; send text")),
            None | Some(Ok(Message::Close(_))) => return Err(End::Gone),
            Some(Err(error)) => return Err(self.broken(&error)),
        };
        if text.len() > self.gateway.settings.sockets.message_bytes {
            return Err(self.too_long());
        }
        match Incoming::parse(&text)? {
            Incoming::Init(payload) => self.introduce(&payload).await,
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

    fn broken(&self, error: &axum::Error) -> End {
        tracing::debug!(request.id = %self.caller.request_id, "a socket broke: {error}");
        let is_too_long = std::error::Error::source(error)
            .is_some_and(|cause| cause.to_string().starts_with("Space limit exceeded"));
        if is_too_long { self.too_long() } else { End::Gone }
    }

    fn too_long(&self) -> End {
        let limit = self.gateway.settings.sockets.message_bytes;
        End::close(1009, format!("the message is longer than {limit} bytes"))
    }

    async fn introduce(&mut self, payload: &Map<String, Value>) -> Result<(), End> {
        if self.seat.is_some() {
            return Err(End::close(4429, "Too many initialisation requests"));
        }
        if let Some(token) = protocol::token_of(payload)? {
            let viewer = self.gateway.authenticate(&token).await;
            let viewer = viewer.map_err(|failure| match failure {
                AuthFailure::Invalid => End::close(4403, "Forbidden: the access token is not valid"),
                AuthFailure::Expired => End::expired(),
                AuthFailure::Unavailable(_) => {
                    let _logged = Fault::from_auth(&failure, &self.caller.request_id);
                    End::close(4500, "Internal server error")
                }
            })?;
            self.expiry = until_unwelcome(Arc::clone(&self.gateway), viewer).boxed();
            self.caller.viewer = Some(viewer);
        }
        let seats = &self.gateway.seats;
        let seat = seats.take(self.caller.payer()).ok_or_else(|| {
            End::close(
                1013,
                format!("{} sockets are open already; close one first", seats.most()),
            )
        })?;
        self.seat = Some(seat);
        self.send(protocol::ack()).await
    }

    async fn subscribe(&mut self, id: String, payload: Value) -> Result<(), End> {
        if self.seat.is_none() {
            return Err(End::close(4401, "Unauthorized"));
        }
        if self.operations.contains_key(&id) {
            return Err(End::close(4409, format!("Subscriber for {id} already exists")));
        }
        let operation =
            Operation::from_json(payload).map_err(|fault| protocol::invalid(&fault.error.message))?;
        let label: Arc<str> = Value::from(id.as_str()).to_string().into();
        let started = self.check_room().and_then(|()| self.start(operation));
        let (outcomes, seat) = match started {
            Ok(started) => started,
            Err(fault) => return self.tell((label, Outcome::refused(&fault))).await,
        };
        let (said, handle) = abortable(outcomes.map(move |outcome| (Arc::clone(&label), outcome)));
        self.operations.insert(id, Running { handle, _seat: seat });
        self.said.push(said.boxed());
        Ok(())
    }

    fn check_room(&self) -> Result<(), Fault> {
        let allowed = self.gateway.settings.sockets.subscriptions;
        if self.operations.len() < allowed {
            return Ok(());
        }
        let message = format!("{allowed} operations run on this socket already; complete one first");
        Err(Fault::refused("COST_LIMIT", message)
            .with("limit", "operations on a socket")
            .with("requested", allowed + 1)
            .with("allowed", allowed))
    }

    /// Begins an operation: what it will say, and the seat of a subscription.
    fn start(&self, operation: Operation) -> Result<(BoxStream<'static, Outcome>, Option<Seat>), Fault> {
        let caller = Caller {
            request_id: self.gateway.new_request_id(),
            ..self.caller.clone()
        };
        let prepared = self.gateway.prepare(&operation, &caller)?;
        let is_subscription = prepared.kind == OperationType::Subscription;
        let seat = is_subscription
            .then(|| self.seat_for_subscription())
            .transpose()?;
        let outcomes = if prepared.is_shareable {
            let rooms = &self.gateway.rooms;
            rooms.join(&self.gateway, &caller, operation, prepared).boxed()
        } else {
            execution::start(&self.gateway, prepared, caller.request_id).boxed()
        };
        Ok((outcomes, seat))
    }

    fn seat_for_subscription(&self) -> Result<Seat, Fault> {
        let seats = &self.gateway.subscriptions;
        seats.take(self.caller.payer()).ok_or_else(|| {
            let allowed = seats.most();
            let message = format!("{allowed} subscriptions run already; complete one first");
            Fault::refused("COST_LIMIT", message)
                .with("limit", "subscriptions of a user")
                .with("requested", allowed + 1)
                .with("allowed", allowed)
        })
    }

    /// Writes what was said, and what was said meanwhile, in one go.
    async fn tell(&mut self, first: Said) -> Result<(), End> {
        let mut next = Some(first);
        let mut written = 0;
        while let Some((label, outcome)) = next.take() {
            let message = self.message(&label, &outcome)?;
            self.write(message).await?;
            written += 1;
            if written < AT_ONCE && !self.said.is_empty() {
                next = self.said.next().now_or_never().flatten();
            }
        }
        self.flush().await
    }

    fn message(&mut self, label: &str, outcome: &Outcome) -> Result<Message, End> {
        let message = match outcome {
            Outcome::Next(payload) => return Ok(protocol::with_payload("next", label, payload)),
            Outcome::Refused(errors) => protocol::with_payload("error", label, errors),
            Outcome::Completed => protocol::complete(label),
            Outcome::Lagged(missed) => {
                let reason =
                    format!("too slow: {missed} events behind; connect again and resume with `after`");
                return Err(End::close(1013, reason));
            }
        };
        if let Ok(id) = serde_json::from_str::<String>(label) {
            self.operations.remove(&id);
        }
        Ok(message)
    }

    async fn ask_for_life(&mut self) -> Result<(), End> {
        let limits = &self.gateway.settings.sockets;
        if self.last_heard.elapsed() > limits.ping_every * 2 {
            tracing::debug!(request.id = %self.caller.request_id, "a socket's client is dead");
            return Err(End::Gone);
        }
        // Two ways to ask: every WebSocket answers the one by itself, every client library sees the other.
        self.write(Message::Ping(axum::body::Bytes::new())).await?;
        if self.seat.is_some() {
            self.write(protocol::ping()).await?;
        }
        self.flush().await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        self.write(message).await?;
        self.flush().await
    }

    async fn write(&mut self, message: Message) -> Result<(), End> {
        let writing = self.ws.feed(message);
        patiently(&self.gateway, &mut self.expiry, writing).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        let writing = self.ws.flush();
        patiently(&self.gateway, &mut self.expiry, writing).await
    }
}

/// Waits for a client that reads slowly, but neither for ever nor beyond what ends its connection anyway.
async fn patiently(
    gateway: &Gateway,
    expiry: &mut BoxFuture<'static, End>,
    writing: impl Future<Output = Result<(), axum::Error>>,
) -> Result<(), End> {
    let limit = gateway.settings.sockets.read_within;
    tokio::select! {
        biased;
        written = timeout(limit, writing) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                let seconds = limit.as_secs();
                let reason = format!("too slow: nothing was read for {seconds} s; connect again and resume with `after`");
                Err(End::close(1013, reason))
            }
        },
        end = expiry => Err(end),
        () = gateway.lifetime.shutdown.cancelled() => Err(End::shutting_down()),
    }
}

/// Why somebody who was let in has to go: their token expires, or their login ends before.
pub(in crate::server) async fn until_unwelcome(gateway: Arc<Gateway>, viewer: Viewer) -> End {
    tokio::select! {
        () = gateway.clock.sleep_until(viewer.expires_at) => End::expired(),
        () = gateway.until_refused(viewer) => End::close(4403, "Forbidden: the login was ended"),
    }
}
