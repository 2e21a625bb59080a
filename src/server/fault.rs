use async_graphql::{ErrorExtensionValues, ServerError, Value};
use axum::http::StatusCode;

use super::AuthFailure;

/// Why a request was answered without being executed.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// The status for clients that understand `application/graphql-response+json`.
    pub(super) status: StatusCode,
    /// The request itself was in order, only its document was not: `application/json` clients then get 200, because
    /// they cannot tell another status from a proxy's.
    pub(super) is_well_formed: bool,
    /// What was wrong and what would be right.
    pub(super) error: Box<ServerError>,
}

impl Fault {
    /// The request cannot be read.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// The request can be read, but its document cannot be executed.
    pub(super) fn refused(code: &str, message: impl Into<String>) -> Self {
        Self {
            is_well_formed: true,
            ..Self::new(StatusCode::BAD_REQUEST, code, message)
        }
    }

    /// The document is no GraphQL.
    pub(super) fn syntax(error: impl Into<ServerError>) -> Self {
        let mut fault = Self::refused("BAD_USER_INPUT", "");
        let extensions = fault.error.extensions.take();
        *fault.error = error.into();
        fault.error.extensions = extensions;
        fault
    }

    /// Any status, code and message.
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let fault = Self {
            status,
            is_well_formed: false,
            error: Box::new(ServerError::new(message, None)),
        };
        fault.with("code", code)
    }

    /// Something failed that the client can do nothing about.
    pub(super) fn internal(request_id: &str) -> Self {
        let message = "something went wrong on our side; tell the operator the request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", message).with("requestId", request_id)
    }

    /// Nobody was recognised.
    pub(super) fn from_auth(failure: &AuthFailure, request_id: &str) -> Self {
        match failure {
            AuthFailure::Invalid | AuthFailure::Expired => {
                Self::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", failure.to_string())
            }
            AuthFailure::Unavailable(cause) => {
                tracing::error!(request.id = request_id, "{failure}: {cause}");
                Self::internal(request_id)
            }
        }
    }

    /// When the client may try again, where the budget or a limit says so.
    pub(super) fn retry_after_millis(&self) -> u64 {
        let extensions = self.error.extensions.as_ref();
        let millis = extensions.and_then(|extensions| extensions.get("retryAfterMs"));
        match millis {
            Some(Value::Number(millis)) => millis.as_u64().unwrap_or(0),
            _ => 0,
        }
    }

    /// Adds something to the error's extensions.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default)
            .set(name, value);
        self
    }
}
