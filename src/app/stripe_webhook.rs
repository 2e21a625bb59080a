//! `POST /webhooks/stripe`: the door for Stripe's webhooks, open to whoever can sign.
//!
//! A webhook is answered once it is stored. Whatever is wrong with one, the answer does not say it.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tokio::time::timeout;

use crate::features::billing::{BillingService, WebhookError};
use crate::telemetry;

/// The largest body. Stripe's are some kilobytes.
const MAX_BODY_BYTES: usize = 256 << 10;
/// The time for storing one, after which Stripe is to send it again.
const STORE_TIMEOUT: Duration = Duration::from_secs(8);

/// The route; none where nothing is sold.
pub(super) fn routes(service: BillingService) -> Router {
    if !service.is_enabled() {
        return Router::new();
    }
    Router::new()
        .route("/webhooks/stripe", post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(service)
}

async fn receive(
    State(service): State<BillingService>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return rejection.status().into_response(),
    };
    let signature = headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok());
    match timeout(STORE_TIMEOUT, service.receive(&body, signature)).await {
        Ok(Ok(())) => StatusCode::OK.into_response(),
        Ok(Err(error @ (WebhookError::Signature(_) | WebhookError::NoEvent(_)))) => {
            tracing::debug!("refused a webhook: {error}");
            StatusCode::BAD_REQUEST.into_response()
        }
        Ok(Err(WebhookError::Disabled)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(WebhookError::Db(error))) => {
            tracing::warn!(
                "a webhook of Stripe's cannot be stored now: {}",
                telemetry::chain(&error)
            );
            busy()
        }
        Err(_) => {
            tracing::warn!("a webhook of Stripe's could not be stored in time");
            busy()
        }
    }
}

/// Stripe sends the webhook again.
fn busy() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "60")]).into_response()
}
