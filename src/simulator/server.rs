//! The routes: the socket, media, and the control API.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::json;

use super::Simulator;
use super::connection;
use super::control;
use super::media::DownloadFault;
use super::media_address::{fresh_direct_path, is_signed, path, token, url};
use super::registry::Registry;

/// The largest upload.
const UPLOAD_LIMIT: usize = 100 << 20;

/// All routes of the simulator.
pub(super) fn routes(simulator: Simulator) -> Router {
    let registry = simulator.registry().clone();
    Router::new()
        .route("/ws/chat", any(open_socket))
        .route("/mms/{*path}", post(upload).delete(remove))
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

/// A client's proof that it may use the media server, and its wishes.
#[derive(Deserialize)]
struct MediaQuery {
    /// The secret of `media_conn`.
    #[serde(default)]
    auth: String,
    /// The hash of the body, in base64 for URLs, with or without its padding.
    #[serde(default)]
    token: String,
    /// Asks how much of an upload arrived before.
    resume: Option<String>,
    /// The path to delete, in base64 for URLs.
    #[serde(default)]
    d_md: String,
}

/// Stores ciphertext. A request to resume an upload is answered with 404.
async fn upload(
    State(registry): State<Arc<Registry>>,
    Query(query): Query<MediaQuery>,
    body: Bytes,
) -> Response {
    if query.auth != registry.media().auth() {
        return (StatusCode::UNAUTHORIZED, "auth is not the one of media_conn").into_response();
    }
    if query.resume.is_some() {
        return StatusCode::NOT_FOUND.into_response();
    }
    if query.token.trim_end_matches('=') != token(&body) {
        return (StatusCode::BAD_REQUEST, "token is not the hash of the body").into_response();
    }
    let direct_path = fresh_direct_path();
    match registry.media().put(path(&direct_path), body) {
        Ok(()) => {
            let url = url(&direct_path);
            axum::Json(json!({ "url": url, "direct_path": direct_path })).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Deletes ciphertext, as devices do with history that they have read.
async fn remove(State(registry): State<Arc<Registry>>, Query(query): Query<MediaQuery>) -> Response {
    if query.auth != registry.media().auth() {
        return (StatusCode::UNAUTHORIZED, "auth is not the one of media_conn").into_response();
    }
    let named = BASE64_URL_SAFE_NO_PAD.decode(query.d_md.trim_end_matches('='));
    let named = named.ok().and_then(|named| String::from_utf8(named).ok());
    match named {
        Some(named) if registry.media().remove(path(&named)) => StatusCode::OK.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Serves ciphertext, all of it or the range that was asked for.
async fn download(State(registry): State<Arc<Registry>>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(bytes) = registry.media().find(uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !is_signed(uri.path(), uri.query()) {
        return (StatusCode::FORBIDDEN, "URL signature mismatch").into_response();
    }
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
