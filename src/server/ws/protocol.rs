//! The messages of `graphql-transport-ws`, and the codes that end a connection.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes};
use serde_json::{Map, Value};

use crate::server::client::strip_bearer;
use crate::server::limits::check_json;

/// Maximum length of a close frame's reason, in bytes.
const MAX_REASON_BYTES: usize = 122;

/// A message of a client.
#[derive(Debug)]
pub(super) enum Incoming {
    Init(Map<String, Value>),
    Ping(Option<Value>),
    Pong,
    Subscribe { id: String, payload: Value },
    Complete { id: String },
}

/// The end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConnectionEnd {
    /// The client is gone, or closed the connection.
    Gone,
    /// The server closes with this code and reason.
    Close(u16, String),
}

impl ConnectionEnd {
    pub(super) fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close(code, reason.into())
    }

    pub(super) fn expired() -> Self {
        Self::close(4403, "token expired")
    }

    pub(super) fn shutting_down() -> Self {
        Self::close(1001, "the server is shutting down; connect again")
    }
}

impl Incoming {
    /// Parses a message.
    ///
    /// # Errors
    /// The end of the connection, when the message is not one of the protocol's.
    pub(super) fn parse(text: &str) -> Result<Self, ConnectionEnd> {
        check_json(text.as_bytes()).map_err(|error| invalid(&error.error.message))?;
        let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
            return Err(invalid("it is not a JSON object"));
        };
        let kind = message.remove("type");
        let payload = message.remove("payload").filter(|payload| !payload.is_null());
        if payload.as_ref().is_some_and(|payload| !payload.is_object()) {
            return Err(invalid("`payload` must be an object"));
        }
        let mut id = || match message.remove("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok(id),
            _ => Err(invalid("`id` must be a string that is not empty")),
        };
        let parsed = match kind.as_ref().and_then(Value::as_str) {
            Some("connection_init") => Self::Init(match payload {
                Some(Value::Object(payload)) => payload,
                _ => Map::new(),
            }),
            Some("ping") => Self::Ping(payload),
            Some("pong") => Self::Pong,
            Some("subscribe") => Self::Subscribe {
                id: id()?,
                payload: payload.ok_or_else(|| invalid("`payload` must be an object with a `query`"))?,
            },
            Some("complete") => Self::Complete { id: id()? },
            Some(_) => return Err(invalid("`type` is not one that a client sends")),
            None => return Err(invalid("`type` must be a string")),
        };
        Ok(parsed)
    }
}

/// The end of a connection whose client events something that is not in the protocol.
pub(super) fn invalid(what: &str) -> ConnectionEnd {
    ConnectionEnd::close(4400, format!("Invalid message: {what}"))
}

/// `connection_ack`.
pub(super) fn ack() -> Message {
    Message::Text(Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#))
}

/// `ping`.
pub(super) fn ping() -> Message {
    Message::Text(Utf8Bytes::from_static(r#"{"type":"ping"}"#))
}

/// `pong`, with the payload of the ping.
pub(super) fn pong(payload: Option<&Value>) -> Message {
    match payload {
        Some(payload) => Message::text(format!(r#"{{"type":"pong","payload":{payload}}}"#)),
        None => Message::Text(Utf8Bytes::from_static(r#"{"type":"pong"}"#)),
    }
}

/// `next` or `error`; `id` and `payload` must be JSON.
pub(super) fn with_payload(kind: &str, id: &str, payload: &str) -> Message {
    let mut text = String::with_capacity(id.len() + payload.len() + kind.len() + 32);
    for part in [
        r#"{"id":"#,
        id,
        r#","type":""#,
        kind,
        r#"","payload":"#,
        payload,
        "}",
    ] {
        text.push_str(part);
    }
    Message::text(text)
}

/// `complete`; `id` must be JSON.
pub(super) fn complete(id: &str) -> Message {
    Message::text(format!(r#"{{"id":{id},"type":"complete"}}"#))
}

/// A close frame, its reason cut to what fits.
pub(super) fn close(code: u16, reason: &str) -> Message {
    let reason = &reason[..reason.floor_char_boundary(MAX_REASON_BYTES)];
    Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }))
}

/// The access token in the payload of `connection_init`: `token`, `authToken` or `Authorization`, at the top or in
/// `headers`.
pub(super) fn token_of(payload: &Map<String, Value>) -> Result<Option<String>, ConnectionEnd> {
    let named = ["token", "authToken"].iter().find_map(|name| payload.get(*name));
    let header = |object: &Map<String, Value>| {
        let found = object
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        found.map(|(_, value)| value.clone())
    };
    let in_headers = || header(payload.get("headers")?.as_object()?);
    match named.cloned().or_else(|| header(payload)).or_else(in_headers) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(strip_bearer(&text).unwrap_or(text.trim()).to_owned())),
        Some(_) => Err(invalid("the token must be a string")),
    }
}
