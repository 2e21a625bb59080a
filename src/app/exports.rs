//! `GET /exports/{token}?expires=…&signature=…`: a table of analytics as CSV, for any holder of the link.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::features::analytics::{AnalyticsError, AnalyticsService, Export, ExportError};
use crate::media::Links;
use crate::telemetry;

/// The route that serves signed exports. It needs no sign-in, and its query must not be logged, because it grants
/// access.
pub(super) fn routes(service: AnalyticsService, links: Links) -> Router {
    Router::new()
        .route("/exports/{token}", get(serve))
        .with_state(Arc::new((service, links)))
}

#[derive(Debug, Deserialize)]
struct Ticket {
    #[serde(default)]
    expires: String,
    #[serde(default)]
    signature: String,
}

async fn serve(
    State(state): State<Arc<(AnalyticsService, Links)>>,
    Path(token): Path<String>,
    Query(ticket): Query<Ticket>,
) -> Response {
    let (service, links) = &*state;
    match table(service, links, &token, &ticket).await {
        Ok((name, csv)) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, disposition),
                (header::CACHE_CONTROL, "private, no-store".to_owned()),
            ];
            (headers, csv).into_response()
        }
        Err(error) => refusal(&error),
    }
}

async fn table(
    service: &AnalyticsService,
    links: &Links,
    token: &str,
    ticket: &Ticket,
) -> Result<(String, Vec<u8>), ExportError> {
    let now = service.now();
    let export = Export::verify(links, token, &ticket.expires, &ticket.signature, now)?;
    Ok((export.file_name(), export.csv(service).await?))
}

fn refusal(error: &ExportError) -> Response {
    let (status, text) = match error {
        ExportError::Analytics(AnalyticsError::Work(cause)) => {
            tracing::error!("an export could not be made: {}", telemetry::chain(cause));
            let text = "the table cannot be made now; try again later".to_owned();
            (StatusCode::INTERNAL_SERVER_ERROR, text)
        }
        // The link is no longer good, or the plan ended or the account went since it was signed.
        ExportError::Link(_) | ExportError::Analytics(_) => (StatusCode::FORBIDDEN, error.to_string()),
    };
    (status, text).into_response()
}
