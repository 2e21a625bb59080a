//! A client of `graphql-transport-ws`.
//!
//! ```ignore
//! let mut socket = Socket::open(address, Some(&access_token)).await;
//! let liked = socket.subscribe("subscription { statusLikeChanged { statusLike { state } } }", json!({})).await;
//! // … something happens …
//! let event = socket.next_event(SOON).await;
//! assert_eq!(event["statusLikeChanged"]["statusLike"]["state"], "LIKED");
//! socket.complete(&liked).await;
//! ```
//!
//! Every wait has a deadline and panics, with what came instead, when it passes.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A deadline for what should happen at once: generous, because the machine may be busy.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// One connection, over plain TCP or whatever else carries it.
#[derive(Debug)]
pub(crate) struct Socket<S = MaybeTlsStream<TcpStream>> {
    stream: WebSocketStream<S>,
    subscriptions: usize,
}

impl Socket {
    /// Connects and introduces itself with `token`, or as nobody; the server must agree.
    pub(crate) async fn open(address: SocketAddr, token: Option<&str>) -> Self {
        let mut socket = Self::connect(address).await;
        socket.introduce(token).await;
        socket
    }

    /// Connects and says nothing yet.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(Self::handshake(address)).await.unwrap()
    }

    /// The request that [`Self::connect`] sends, to be changed and passed to [`Self::connect_with`].
    pub(crate) fn handshake(address: SocketAddr) -> Request {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        request
    }

    /// Connects by any handshake.
    pub(crate) async fn connect_with(handshake: Request) -> Result<Self, tungstenite::Error> {
        let (stream, _) = tokio_tungstenite::connect_async(handshake).await?;
        Ok(Self::over(stream))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// A connection that is open.
    pub(crate) fn over(stream: WebSocketStream<S>) -> Self {
        Self {
            stream,
            subscriptions: 0,
        }
    }

    /// Introduces itself with `token`, or as nobody; the server must agree.
    pub(crate) async fn introduce(&mut self, token: Option<&str>) {
        let payload = token.map_or(json!({}), |token| json!({ "token": token }));
        self.send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(self.next_message(SOON).await, json!({ "type": "connection_ack" }));
    }

    /// Starts an operation and returns its id.
    pub(crate) async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        self.subscriptions += 1;
        let id = self.subscriptions.to_string();
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
        id
    }

    /// Ends an operation.
    pub(crate) async fn complete(&mut self, id: &str) {
        self.send(json!({ "id": id, "type": "complete" })).await;
    }

    /// Sends any message of the protocol.
    pub(crate) async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    /// Sends any WebSocket message.
    pub(crate) async fn send_raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// The `data` of the next event of whichever subscription; nothing but `next` may come before it.
    pub(crate) async fn next_event(&mut self, within: Duration) -> Value {
        let mut message = self.next_message(within).await;
        assert_eq!(message["type"], "next", "an event was expected, {message:#} came");
        assert!(
            message["payload"].get("errors").is_none(),
            "an event with errors came: {message:#}"
        );
        message["payload"]["data"].take()
    }

    /// The next message of the protocol; the server's own pings are answered and passed over.
    pub(crate) async fn next_message(&mut self, within: Duration) -> Value {
        loop {
            match self.next_frame(within).await {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "ping" {
                        return message;
                    }
                    self.send(json!({ "type": "pong" })).await;
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("a message was expected, {other:?} came"),
            }
        }
    }

    /// Waits for the server to close the socket; returns the code and the reason. Messages before it are passed over.
    pub(crate) async fn closed(&mut self, within: Duration) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.next_frame(within).await {
                let frame = frame.expect("the server gives a code");
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }

    /// Whatever the server sends next.
    pub(crate) async fn next_frame(&mut self, within: Duration) -> Message {
        let next = tokio::time::timeout(within, self.stream.next()).await;
        next.unwrap_or_else(|_| panic!("nothing came within {within:?}"))
            .expect("the connection is open")
            .unwrap()
    }
}
