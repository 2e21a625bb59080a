//! `GET /media/{token}?expires=…&signature=…`: the content of one file, or its thumbnail, to any client with the link.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use diesel::QueryResult;
use serde::Deserialize;

use super::links::{Links, Part};
use super::objects::{Object, Objects};
use super::serving::{Refusal, ServedFile, describe, matches, respond};
use super::store;
use crate::id::{MediaId, UserId};
use crate::work::{Core, Work, WorkError};

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
        let file = ServedFile {
            etag: format!("\"{}\"", row.id),
            mime_type: &row.mime_type,
            name: None,
        };
        respond(&self.objects, object, key, &file, method, headers).await
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
        let file = ServedFile {
            etag: format!("\"{media}-thumbnail\""),
            mime_type: "image/jpeg",
            name: None,
        };
        if matches(headers, header::IF_NONE_MATCH, &file.etag) {
            return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, file.etag)]).into_response());
        }
        let mut response = StatusCode::OK.into_response();
        describe(response.headers_mut(), &file, jpeg.len() as u64);
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
}

/// True when a unit of work failed because its user is gone.
pub(super) fn is_no_user(error: &WorkError) -> bool {
    use crate::vault::VaultError;
    matches!(
        error,
        WorkError::Vault(VaultError::Query(diesel::result::Error::NotFound))
    )
}
