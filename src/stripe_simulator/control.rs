//! The control API: JSON over HTTP, a thin layer over the methods of [`StripeSimulator`].

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::StripeSimulatorError;
use super::requests::AnsweredRequest;
use super::webhooks::Delivery;
use super::{Action, StripeSimulator};

/// The routes under `/control`.
pub(super) fn routes(simulator: StripeSimulator) -> Router {
    Router::new()
        .route("/actions", post(act))
        .route("/requests", get(requests))
        .route("/deliveries", get(deliveries))
        .fallback(nowhere)
        .method_not_allowed_fallback(wrong_method)
        .with_state(simulator)
}

/// A refusal as JSON.
struct Refused(StatusCode, String);

impl From<StripeSimulatorError> for Refused {
    fn from(error: StripeSimulatorError) -> Self {
        let status = match &error {
            StripeSimulatorError::Unknown { .. } => StatusCode::NOT_FOUND,
            StripeSimulatorError::Invalid { .. } => StatusCode::BAD_REQUEST,
            StripeSimulatorError::Refused { status, .. } => {
                StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST)
            }
            StripeSimulatorError::NotLoopback { .. }
            | StripeSimulatorError::Listen { .. }
            | StripeSimulatorError::Storage { .. }
            | StripeSimulatorError::Snapshot { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

async fn nowhere() -> Refused {
    Refused(
        StatusCode::NOT_FOUND,
        "there is nothing here: POST /control/actions makes things happen".to_owned(),
    )
}

async fn wrong_method() -> Refused {
    Refused(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not take this method: reading is GET, doing is POST".to_owned(),
    )
}

async fn act(State(simulator): State<StripeSimulator>, body: Bytes) -> Result<Json<Value>, Refused> {
    let action: Action = serde_json::from_slice(&body).map_err(|error| {
        Refused(
            StatusCode::BAD_REQUEST,
            format!("the body is not an action: {error}"),
        )
    })?;
    Ok(Json(simulator.act(action)?))
}

async fn requests(State(simulator): State<StripeSimulator>) -> Json<Vec<AnsweredRequest>> {
    Json(simulator.requests())
}

async fn deliveries(State(simulator): State<StripeSimulator>) -> Json<Vec<Delivery>> {
    Json(simulator.deliveries())
}
