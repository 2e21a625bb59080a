//! `graphql-transport-ws`: subscriptions, and any other operation, over a WebSocket.
//!
//! ```text
//! upgrade (origin, subprotocol) -> Socket: one task per client, which reads, writes and keeps the time
//!     subscribe -> own execution: a task and a queue of its own, which waits while the client is slow
//!               -> Rooms: one execution for all who asked the same, its payload serialised once
//! ```
//!
//! The protocol is <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>. What it leaves open:
//!
//! - A subscription is shared when its field takes `after` and it is not given: then it starts at the present, with
//!   nothing before it, and whoever joins later misses nothing that was promised. One with a cursor replays for
//!   itself. Only the same login shares, and only the same document, operation and variables.
//! - A client that reads too slowly stops its own executions, which fall back to the table of events. On a shared one
//!   it cannot stop the others: when it is a whole backlog behind, its socket is closed with 1013 ("try again
//!   later"), and it resumes with `after`. Client libraries reconnect by themselves on this code. Nothing is ever left
//!   out in silence.
//! - 1009 closes a socket whose message is too long, 1013 one too many of a user, 1001 all of them at shutdown.

mod execution;
mod protocol;
mod rooms;
mod seats;
mod socket;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode, header, request};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::gateway::{Caller, Gateway};
use super::layers::request_id;
use super::{Settings, client};
use crate::graphql::ClientInfo;

pub(super) use execution::{Outcome, start};
pub(super) use rooms::Rooms;
pub(super) use seats::{Seat, Seats};
pub(super) use socket::until_unwelcome;

use socket::Socket;

/// The one subprotocol that is spoken.
const SUBPROTOCOL: &str = "graphql-transport-ws";

/// What a connection may buffer in each direction. Most are idle most of the time, and there are many.
const BUFFER_BYTES: usize = 4 * 1024;

/// How much longer than allowed a message may be and still get a polite refusal; one beyond breaks the connection.
const REFUSABLE: usize = 4;

/// What a socket may do.
#[derive(Debug, Clone, Copy)]
pub struct SocketLimits {
    /// How many sockets a user has at once; one who is not signed in counts by address.
    pub per_user: usize,
    /// How many operations run on a socket at once.
    pub subscriptions: usize,
    /// How many subscriptions a user has at once over all sockets; one who is not signed in counts by address.
    pub subscriptions_per_user: usize,
    /// How long a client's message may be.
    pub message_bytes: usize,
    /// How many events a client may be behind on a shared subscription.
    pub backlog: usize,
    /// How soon a client must introduce itself.
    pub init_within: Duration,
    /// How often a client is asked whether it lives; it has as long again to show it.
    pub ping_every: Duration,
    /// How long a client may take to read what was written to it.
    pub read_within: Duration,
}

impl SocketLimits {
    /// What serves browsers with many tabs and leaves the server its memory.
    pub const STANDARD: Self = Self {
        per_user: 50,
        subscriptions: 100,
        subscriptions_per_user: 100,
        message_bytes: 256 * 1024,
        backlog: 128,
        init_within: Duration::from_secs(10),
        ping_every: Duration::from_secs(20),
        read_within: Duration::from_secs(30),
    };
}

/// Turns a request into a socket, unless another site's page sent it.
pub(super) fn upgrade(gateway: &Arc<Gateway>, upgrade: WebSocketUpgrade, parts: &request::Parts) -> Response {
    if !is_from_friend(&gateway.settings, &parts.headers) {
        let message =
            "pages of this origin may not connect; the operator can allow it by AMDA_ALLOWED_ORIGINS";
        return (StatusCode::FORBIDDEN, message).into_response();
    }
    let is_spoken = upgrade
        .requested_protocols()
        .any(|protocol| protocol == SUBPROTOCOL);
    let caller = Caller {
        viewer: None,
        client: ClientInfo {
            // A cookie that was rotated could not be set from here: the next refresh would bring the old one and end the
            // login. So sessions are refreshed over HTTP.
            refresh_cookie: None,
            ..client::info(&gateway.settings, &parts.headers, &parts.extensions)
        },
        request_id: request_id(&parts.extensions),
    };
    let largest = gateway.settings.sockets.message_bytes.saturating_mul(REFUSABLE);
    let gateway = Arc::clone(gateway);
    // Counted before the connection is handed over, so that a shutdown in between waits for it as well.
    let counted = gateway.lifetime.sockets.token();
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(largest)
        .max_frame_size(largest)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(move |ws| async move {
            Socket::new(gateway, ws, caller).serve(is_spoken).await;
            drop(counted);
        })
}

/// Whether the page that connects is this server's own or an allowed one. What is no page sends no `Origin`.
fn is_from_friend(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()) else {
        return false;
    };
    let serialised = origin.origin().ascii_serialization();
    if serialised == settings.public_url.origin().ascii_serialization()
        || settings.allowed_origins.contains(&serialised)
    {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let own = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    own.is_some_and(|own| matches!(own.scheme(), "http" | "https") && own.origin() == origin.origin())
}
