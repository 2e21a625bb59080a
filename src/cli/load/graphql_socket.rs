//! A user's connection with a server: `graphql-transport-ws`, by which every operation can be sent.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// Time limit of the answer to a query or a mutation.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection with one server, signed in as one user.
pub(super) struct GraphqlSocket {
    stream: WebSocketStream<TcpStream>,
    operations: u32,
}

impl GraphqlSocket {
    /// Connects with the server at `address` as the user whom `token` names.
    pub(super) async fn open(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}/graphql").into_client_request()?;
        let protocol = "graphql-transport-ws".parse()?;
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (stream, _) = tokio_tungstenite::client_async(request, stream).await?;
        let mut socket = Self {
            stream,
            operations: 0,
        };
        let init = json!({ "type": "connection_init", "payload": { "token": token } });
        socket.send(&init).await?;
        let answer = timeout(ANSWER_TIMEOUT, socket.next_message())
            .await
            .context("a server does not answer in time")??;
        if answer["type"] != "connection_ack" {
            bail!("a server refused a user: {answer}");
        }
        Ok(socket)
    }

    /// Runs a query or a mutation, while nothing is subscribed to; returns its data.
    pub(super) async fn run(&mut self, query: &str, variables: Value) -> anyhow::Result<Value> {
        self.subscribe(query, variables).await?;
        let answer = async {
            let data = self.next_event().await?;
            let end = self.next_message().await?;
            if end["type"] != "complete" {
                bail!("a server answered twice: {end}");
            }
            Ok(data)
        };
        timeout(ANSWER_TIMEOUT, answer)
            .await
            .context("a server does not answer in time")?
    }

    /// Starts a subscription.
    pub(super) async fn subscribe(&mut self, query: &str, variables: Value) -> anyhow::Result<()> {
        self.operations += 1;
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "id": self.operations.to_string(), "type": "subscribe", "payload": payload }))
            .await
    }

    /// The data of the next event.
    pub(super) async fn next_event(&mut self) -> anyhow::Result<Value> {
        let mut message = self.next_message().await?;
        let has_errors = message["payload"].get("errors").is_some();
        if message["type"] != "next" || has_errors {
            bail!("a server answered with an error: {message}");
        }
        Ok(message["payload"]["data"].take())
    }

    async fn next_message(&mut self) -> anyhow::Result<Value> {
        loop {
            let frame = self.stream.next().await.context("a server closed a socket")??;
            match frame {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text)?;
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                    self.send(&json!({ "type": "pong" })).await?;
                }
                Message::Close(reason) => bail!("a server closed a socket: {reason:?}"),
                Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    async fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        self.stream.send(Message::text(message.to_string())).await?;
        Ok(())
    }
}
