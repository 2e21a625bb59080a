//! `GET /media/{token}?expires=…&signature=…`: the content of one file, or its thumbnail, to any client with the link.

use std::ops::Range;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use diesel::QueryResult;
use futures::{StreamExt, stream};
use serde::Deserialize;

use super::links::{LinkError, Links, Part};
use super::objects::{Object, Objects, ObjectsError};
use super::ranges::{self, Asked};
use super::store;
use crate::crypto::DataKey;
use crate::id::{MediaId, UserId};
use crate::work::{Core, Work, WorkError};

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

/// The route that serves signed links. It needs no sign-in, and its query must not be logged: it is the key.
pub fn routes(core: Core, objects: Objects, links: Links) -> Router {
    let shop = Arc::new(Shop { core, objects, links });
    Router::new().route("/media/{token}", get(serve)).with_state(shop)
}

#[derive(Debug)]
struct Shop {
    core: Core,
    objects: Objects,
    links: Links,
}

#[derive(Debug, Deserialize)]
struct Ticket {
    #[serde(default)]
    expires: String,
    #[serde(default)]
    signature: String,
}

/// Error of serving a link.
#[derive(Debug)]
enum Refusal {
    Link(LinkError),
    Unknown,
    Beyond(u64),
    Work(WorkError),
    Objects(ObjectsError),
}

async fn serve(
    State(shop): State<Arc<Shop>>,
    Path(token): Path<String>,
    Query(ticket): Query<Ticket>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match shop.answer(&token, &ticket, &method, &headers).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

impl Shop {
    async fn answer(
        &self,
        token: &str,
        ticket: &Ticket,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let now = self.core.clock.now();
        let (user, media, part) = self
            .links
            .verify(token, &ticket.expires, &ticket.signature, now)
            .map_err(Refusal::Link)?;
        match part {
            Part::Content => self.content(user, media, method, headers).await,
            Part::Thumbnail => self.thumbnail(user, media, method, headers).await,
        }
    }

    async fn content(
        &self,
        user: UserId,
        media: MediaId,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let (row, key) = self
            .find(user, async |work| {
                let row = store::load(work, &[media]).await?.pop();
                Ok(row.map(|row| (row, Arc::clone(&work.key))))
            })
            .await?;
        let object = Object::of(&row).ok_or(Refusal::Unknown)?;
        let etag = format!("\"{}\"", row.id);
        if matches(headers, header::IF_NONE_MATCH, &etag) {
            return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
        }
        let is_current = !headers.contains_key(header::IF_RANGE) || matches(headers, header::IF_RANGE, &etag);
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
        describe(
            response.headers_mut(),
            &row.mime_type,
            &etag,
            range.end - range.start,
        );
        set(response.headers_mut(), header::ACCEPT_RANGES, "bytes");
        if status == StatusCode::PARTIAL_CONTENT {
            let place = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            set(response.headers_mut(), header::CONTENT_RANGE, &place);
        }
        if method != Method::HEAD {
            *response.body_mut() = self.body(object, key, range).await?;
        }
        Ok(response)
    }

    /// A thumbnail is always sent whole: it is small.
    async fn thumbnail(
        &self,
        user: UserId,
        media: MediaId,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, Refusal> {
        let jpeg = self
            .find(user, async |work| {
                Ok(store::load_thumbnails(work, &[media]).await?.remove(&media))
            })
            .await?;
        let etag = format!("\"{media}-thumbnail\"");
        if matches(headers, header::IF_NONE_MATCH, &etag) {
            return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
        }
        let mut response = StatusCode::OK.into_response();
        describe(response.headers_mut(), "image/jpeg", &etag, jpeg.len() as u64);
        if method != Method::HEAD {
            *response.body_mut() = Body::from(jpeg);
        }
        Ok(response)
    }

    /// Finds something of the link's owner, who may be gone.
    async fn find<T>(
        &self,
        user: UserId,
        find: impl AsyncFnOnce(&mut Work) -> QueryResult<Option<T>>,
    ) -> Result<T, Refusal> {
        let read = async {
            let mut work = self.core.begin(user).await?;
            let found = find(&mut work).await?;
            work.rollback().await?;
            Ok::<_, WorkError>(found)
        };
        match read.await {
            Ok(found) => found.ok_or(Refusal::Unknown),
            Err(error) if is_no_user(&error) => Err(Refusal::Unknown),
            Err(error) => Err(Refusal::Work(error)),
        }
    }

    /// The bytes as a stream. Its first piece is read before anything is answered, so that a damaged file is an error
    /// and not an empty success; one that turns out damaged later ends the connection early.
    async fn body(&self, object: Object, key: Arc<DataKey>, range: Range<u64>) -> Result<Body, Refusal> {
        let media = object.media;
        let mut pieces = Box::pin(self.objects.read(object, key, range));
        let Some(first) = pieces.next().await else {
            return Ok(Body::empty());
        };
        let first = first.map_err(Refusal::Objects)?;
        let rest = pieces.inspect(move |piece| {
            if let Err(error) = piece {
                tracing::error!(media.id = %media, "a stored file cannot be read to its end: {error}");
            }
        });
        Ok(Body::from_stream(stream::iter([Ok(first)]).chain(rest)))
    }
}

fn describe(headers: &mut HeaderMap, mime_type: &str, etag: &str, length: u64) {
    let declared = mime_type.split(';').next().unwrap_or_default().trim();
    let shown = SHOWN
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(declared));
    let disposition = if shown.is_some() { "inline" } else { "attachment" };
    for (name, value) in [
        (header::CONTENT_TYPE, shown.unwrap_or("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_LENGTH, &length.to_string()),
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "private, no-store"),
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

fn matches(headers: &HeaderMap, name: HeaderName, etag: &str) -> bool {
    let listed = headers.get(name).and_then(|value| value.to_str().ok());
    listed.is_some_and(|listed| listed.split(',').any(|one| one.trim() == etag))
}

/// True when a unit of work failed because its user is gone.
pub(super) fn is_no_user(error: &WorkError) -> bool {
    use crate::vault::VaultError;
    matches!(
        error,
        WorkError::Vault(VaultError::Query(diesel::result::Error::NotFound))
    )
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
                tracing::error!("a stored file cannot be read: {error}");
                plain(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    format!("{error}; tell the operator"),
                )
            }
        }
    }
}
