//! The routes: the socket, media, and the control API.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use serde_json::json;

use super::Simulator;
use super::connection;
use super::control;
use super::media::{DownloadFault, HOST, fresh_path};
use super::registry::Registry;

/// The largest upload.
const UPLOAD_LIMIT: usize = 100 << 20;

/// All routes of the simulator.
pub(super) fn routes(simulator: Simulator) -> Router {
    let registry = simulator.registry().clone();
    Router::new()
        .route("/ws/chat", any(open_socket))
        .route("/mms/{*path}", post(upload))
        .fallback(download)
        .layer(DefaultBodyLimit::max(UPLOAD_LIMIT))
        .with_state(registry)
        .nest("/control", control::routes(simulator))
}

async fn open_socket(State(registry): State<Arc<Registry>>, upgrade: WebSocketUpgrade) -> Response {
    let tasks = registry.tasks.clone();
    upgrade
        .max_message_size(UPLOAD_LIMIT)
        .on_upgrade(move |socket| tasks.track_future(connection::serve(registry, socket)))
}

/// Stores ciphertext. A request to resume an upload is answered with 404.
async fn upload(State(registry): State<Arc<Registry>>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    if query.is_some_and(|query| query.contains("resume=1")) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = fresh_path();
    match registry.media().put(&path, body) {
        Ok(()) => {
            let url = format!("https://{HOST}{path}");
            axum::Json(json!({ "url": url, "direct_path": path })).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Serves ciphertext, all of it or the range that was asked for.
async fn download(State(registry): State<Arc<Registry>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(bytes) = registry.media().find(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Some(code) = registry.media().expired(uri.path()) {
        return refused(code);
    }
    let bytes = match registry.media().fault(uri.path()) {
        None => bytes,
        Some(DownloadFault::Missing(code)) => return refused(code),
        Some(DownloadFault::Truncated) => bytes.slice(..bytes.len() / 2),
        Some(DownloadFault::Tampered) => tampered(&bytes),
    };
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok())
        .and_then(|range| range.strip_prefix("bytes="));
    match range {
        None => bytes.into_response(),
        Some(range) => part(&bytes, range),
    }
}

fn refused(code: u16) -> Response {
    StatusCode::from_u16(code)
        .unwrap_or(StatusCode::NOT_FOUND)
        .into_response()
}

fn tampered(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}

/// `first-last`, `first-` or `-length`.
fn part(bytes: &Bytes, range: &str) -> Response {
    let length = bytes.len();
    let bounds = range.split_once('-').and_then(|(first, last)| {
        if first.is_empty() {
            let wanted = last.parse::<usize>().ok()?;
            return Some((length.saturating_sub(wanted), length));
        }
        let end = if last.is_empty() {
            length
        } else {
            last.parse::<usize>().ok()?.saturating_add(1).min(length)
        };
        Some((first.parse().ok()?, end))
    });
    match bounds {
        Some((start, end)) if start < end => {
            let named = format!("bytes {start}-{}/{length}", end - 1);
            let headers = [(header::CONTENT_RANGE, named)];
            (StatusCode::PARTIAL_CONTENT, headers, bytes.slice(start..end)).into_response()
        }
        _ => {
            let headers = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response()
        }
    }
}
