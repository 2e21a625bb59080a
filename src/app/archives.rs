//! `GET /archives/{token}?expires=…&signature=…`: the archive of a data export, to any holder of the link.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::features::data_export::{DataExportError, DataExportsService, Download};
use crate::media::{self, LinkError, Links, Objects};
use crate::telemetry;

/// The route that serves signed links to archives. It needs no sign-in, and its query must not be logged, because it grants
/// access.
pub(super) fn routes(service: DataExportsService, objects: Objects, links: Links) -> Router {
    Router::new()
        .route("/archives/{token}", get(serve))
        .with_state(Arc::new(Desk {
            service,
            objects,
            links,
        }))
}

struct Desk {
    service: DataExportsService,
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

/// Error of serving an archive.
enum Refusal {
    Link(LinkError),
    Gone,
    Export(DataExportError),
}

async fn serve(
    State(desk): State<Arc<Desk>>,
    Path(token): Path<String>,
    Query(ticket): Query<Ticket>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    match find(&desk, &token, &ticket).await {
        Ok(found) => {
            let Download {
                archive,
                key,
                file_name,
            } = found;
            media::serve_archive(&desk.objects, archive, key, &file_name, &method, &headers).await
        }
        Err(refusal) => refused(&refusal),
    }
}

async fn find(desk: &Desk, token: &str, ticket: &Ticket) -> Result<Download, Refusal> {
    let now = desk.service.now();
    let (user, export) = desk
        .links
        .verify_archive(token, &ticket.expires, &ticket.signature, now)
        .map_err(Refusal::Link)?;
    let found = desk.service.find_download(user, export.into()).await;
    found.map_err(Refusal::Export)?.ok_or(Refusal::Gone)
}

fn refused(refusal: &Refusal) -> Response {
    let (status, text) = match refusal {
        Refusal::Link(error @ LinkError::Tampered) => (StatusCode::FORBIDDEN, error.to_string()),
        Refusal::Link(error @ LinkError::Expired(_)) => (StatusCode::GONE, error.to_string()),
        Refusal::Gone => (StatusCode::NOT_FOUND, "this export is no longer kept".to_owned()),
        Refusal::Export(cause) => {
            tracing::error!("an export cannot be served: {}", telemetry::chain(cause));
            let text = "something went wrong on our side; try again later".to_owned();
            (StatusCode::INTERNAL_SERVER_ERROR, text)
        }
    };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
    ];
    (status, headers, text).into_response()
}
