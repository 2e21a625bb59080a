use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::http::{StatusCode, request};
use axum::response::{IntoResponse, Response};

use super::socket::Socket;
use crate::graphql::ClientInfo;
use crate::server::executor::{Caller, Executor};
use crate::server::layers::request_id;
use crate::server::{client, origin};
use crate::telemetry::TraceContext;

/// The one supported subprotocol.
pub(super) const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Buffer of a connection in each direction. Small, because most connections are idle most of the time.
const BUFFER_BYTES: usize = 4 * 1024;

/// Factor of the allowed length up to which a message that is too long gets a close frame with the reason; a longer one
/// breaks the connection.
const REFUSABLE_LENGTH_FACTOR: usize = 4;

/// Upgrades a request to a socket, unless a page of a foreign origin sent it.
pub(crate) fn upgrade(
    executor: &Arc<Executor>,
    upgrade: WebSocketUpgrade,
    parts: &request::Parts,
) -> Response {
    if !origin::is_allowed(&executor.settings, &parts.headers) {
        let message =
            "pages of this origin may not connect; the operator can allow it by AMDA_ALLOWED_ORIGINS";
        return (StatusCode::FORBIDDEN, message).into_response();
    }
    let speaks_protocol = upgrade
        .requested_protocols()
        .any(|protocol| protocol == SUBPROTOCOL);
    let caller = Caller {
        viewer: None,
        grant: None,
        client: ClientInfo {
            // A cookie that was rotated could not be set from here: the next refresh would bring the old one and end the
            // login. So sessions are refreshed over HTTP.
            refresh_cookie: None,
            ..client::of_request(&parts.extensions)
        },
        request_id: request_id(&parts.extensions),
        upgrade: TraceContext::current(),
    };
    let largest = executor
        .settings
        .sockets
        .message_bytes
        .saturating_mul(REFUSABLE_LENGTH_FACTOR);
    let executor = Arc::clone(executor);
    // Counted before the connection is handed over, so that a shutdown in between waits for it as well.
    let counted = executor.lifetime.sockets.token();
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(largest)
        .max_frame_size(largest)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(move |ws| {
            let socket = Box::new(Socket::new(executor, ws, caller));
            async move {
                socket.serve(speaks_protocol).await;
                drop(counted);
            }
        })
}
