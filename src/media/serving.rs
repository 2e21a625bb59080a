//! The answer to a request for a stored object: whole or a range of it, without it ever being whole in memory.

use std::ops::Range;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};

use super::links::LinkError;
use super::objects::{Object, Objects};
use super::objects_error::ObjectsError;
use super::ranges::{self, Asked};
use crate::crypto::DataKey;
use crate::work::WorkError;

/// The types that browsers show without running them. Everything else is offered for saving.
const SHOWN: [&str; 15] = [
    "audio/aac",
    "audio/amr",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/3gpp",
    "video/mp4",
    "video/ogg",
    "video/webm",
];

/// What browsers and caches may do with a content.
pub(super) const CACHE_CONTROL: &str = "private, no-store";

/// Error of serving a link.
#[derive(Debug)]
pub(super) enum Refusal {
    Link(LinkError),
    /// What the link names is gone.
    Unknown,
    /// So many bytes there are, and others were asked for.
    Beyond(u64),
    Work(WorkError),
    Objects(ObjectsError),
}

/// A file as the answer describes it.
pub(super) struct ServedFile<'a> {
    /// Its tag, which never changes: its content does not.
    pub(super) etag: String,
    pub(super) mime_type: &'a str,
    /// Its name for saving, in ASCII, for a file that this server made; without one, a browser shows it where it can.
    pub(super) name: Option<&'a str>,
}

/// Answers with the part of `object` that is asked for.
pub(super) async fn respond(
    objects: &Objects,
    object: Object,
    key: Arc<DataKey>,
    file: &ServedFile<'_>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let etag = file.etag.as_str();
    if matches(headers, header::IF_NONE_MATCH, etag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let is_current = !headers.contains_key(header::IF_RANGE) || matches(headers, header::IF_RANGE, etag);
    let range = headers
        .get(header::RANGE)
        .filter(|_| is_current)
        .and_then(|range| range.to_str().ok());
    let size = object.size_bytes;
    let (status, range) = match ranges::parse(range, size) {
        Asked::Whole => (StatusCode::OK, 0..size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Beyond => return Err(Refusal::Beyond(size)),
    };
    let mut response = status.into_response();
    describe(response.headers_mut(), file, range.end - range.start);
    set(response.headers_mut(), header::ACCEPT_RANGES, "bytes");
    if status == StatusCode::PARTIAL_CONTENT {
        let place = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        set(response.headers_mut(), header::CONTENT_RANGE, &place);
    }
    if method != Method::HEAD {
        *response.body_mut() = body(objects, object, key, range).await?;
    }
    Ok(response)
}

/// The bytes as a stream. Its first piece is read before anything is answered, so that a damaged file is an error
/// and not an empty success; one that turns out damaged later ends the connection early.
async fn body(
    objects: &Objects,
    object: Object,
    key: Arc<DataKey>,
    range: Range<u64>,
) -> Result<Body, Refusal> {
    let media = object.media;
    let mut pieces = Box::pin(objects.read(object, key, range));
    let Some(first) = pieces.next().await else {
        return Ok(Body::empty());
    };
    let first = first.map_err(Refusal::Objects)?;
    let rest = pieces.inspect(move |piece| {
        if let Err(error) = piece {
            let chain = crate::telemetry::chain(error);
            tracing::error!(media.id = %media, "a stored file cannot be read to its end: {chain}");
        }
    });
    Ok(Body::from_stream(stream::iter([Ok(first)]).chain(rest)))
}

/// The type and disposition with which a file is presented that a sender declared as `mime_type`.
pub(super) fn presented(mime_type: &str) -> (&'static str, &'static str) {
    let declared = mime_type.split(';').next().unwrap_or_default().trim();
    let known = SHOWN
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(declared));
    match known {
        Some(known) => (known, "inline"),
        None => ("application/octet-stream", "attachment"),
    }
}

pub(super) fn describe(headers: &mut HeaderMap, file: &ServedFile<'_>, length: u64) {
    let (mime_type, disposition) = match file.name {
        Some(name) => (file.mime_type, format!("attachment; filename=\"{name}\"")),
        None => {
            let (mime_type, disposition) = presented(file.mime_type);
            (mime_type, disposition.to_owned())
        }
    };
    for (name, value) in [
        (header::CONTENT_TYPE, mime_type),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::CONTENT_LENGTH, &length.to_string()),
        (header::ETAG, &file.etag),
        (header::CACHE_CONTROL, CACHE_CONTROL),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::REFERRER_POLICY, "no-referrer"),
        // Pages of other origins may show it: the link alone is the permission.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ] {
        set(headers, name, value);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("what is set here is ASCII");
    headers.insert(name, value);
}

pub(super) fn matches(headers: &HeaderMap, name: HeaderName, etag: &str) -> bool {
    let listed = headers.get(name).and_then(|value| value.to_str().ok());
    listed.is_some_and(|listed| listed.split(',').any(|one| one.trim() == etag))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let plain = |status: StatusCode, text: String| {
            let headers = [
                (header::CACHE_CONTROL, "no-store"),
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            ];
            (status, headers, text).into_response()
        };
        match self {
            Self::Link(error @ LinkError::Tampered) => plain(StatusCode::FORBIDDEN, error.to_string()),
            Self::Link(error @ LinkError::Expired(_)) => plain(StatusCode::GONE, error.to_string()),
            Self::Unknown => plain(StatusCode::NOT_FOUND, "this media is no longer kept".to_owned()),
            Self::Beyond(size) => {
                let text = format!("the file has {size} bytes; ask for some of those");
                let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE, text);
                let place = format!("bytes */{size}");
                set(response.headers_mut(), header::CONTENT_RANGE, &place);
                response
            }
            Self::Work(error) => {
                tracing::error!(
                    "a media link cannot be served: {}",
                    crate::telemetry::chain(&error)
                );
                let text = "something went wrong on our side; try again later".to_owned();
                plain(StatusCode::INTERNAL_SERVER_ERROR, text)
            }
            Self::Objects(error) => {
                tracing::error!(
                    "a stored file cannot be read: {}",
                    crate::telemetry::chain(&error)
                );
                plain(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    format!("{error}; tell the operator"),
                )
            }
        }
    }
}
