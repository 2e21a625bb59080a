use async_graphql::{ErrorExtensionValues, ServerError, Value};
use axum::http::StatusCode;

use super::AuthFailure;
use crate::graphql::ErrorCode;
use crate::telemetry;

/// Error that answers a request which was not executed.
#[derive(Debug, Clone)]
pub(super) struct RequestError {
    /// The HTTP status for clients that accept `application/graphql-response+json`.
    pub(super) status: StatusCode,
    /// The request was well formed and only its document was refused: `application/json` clients then get 200, because
    /// they cannot tell another status from a proxy's.
    pub(super) is_well_formed: bool,
    /// The error with its code: what was wrong and what would be right.
    pub(super) error: Box<ServerError>,
}

impl RequestError {
    /// 400: the request cannot be parsed.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message)
    }

    /// 400: the request is well formed, but its document cannot be executed.
    pub(super) fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            is_well_formed: true,
            ..Self::new(StatusCode::BAD_REQUEST, code, message)
        }
    }

    /// 400: the document is not valid GraphQL syntax.
    pub(super) fn syntax(error: impl Into<ServerError>) -> Self {
        let mut refused = Self::refused(ErrorCode::BadUserInput, "");
        let extensions = refused.error.extensions.take();
        *refused.error = error.into();
        refused.error.extensions = extensions;
        refused
    }

    /// An error of any status, code and message.
    pub(super) fn new(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        let error = Self {
            status,
            is_well_formed: false,
            error: Box::new(ServerError::new(message, None)),
        };
        error.with_extension("code", code.to_value())
    }

    /// 500: something failed that the client can do nothing about.
    pub(super) fn internal(request_id: &str) -> Self {
        let message = "something went wrong on our side; tell the operator the request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, message)
            .with_extension("requestId", request_id)
    }

    /// 401 for a token that is not valid, 403 for one whose holder is not let in, 503 when its issuer is away; 500, logged with
    /// its causes, when the check itself failed.
    pub(super) fn from_auth(failure: &AuthFailure, request_id: &str) -> Self {
        match failure {
            AuthFailure::Invalid | AuthFailure::Expired => Self::new(
                StatusCode::UNAUTHORIZED,
                ErrorCode::Unauthenticated,
                failure.to_string(),
            ),
            AuthFailure::Refused { code, message } => {
                let status = match code {
                    ErrorCode::IssuerUnavailable => StatusCode::SERVICE_UNAVAILABLE,
                    ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
                    _ => StatusCode::FORBIDDEN,
                };
                Self::new(status, *code, message.clone())
            }
            AuthFailure::Unavailable(_) => {
                tracing::error!(request.id = request_id, "{}", telemetry::chain(failure));
                Self::internal(request_id)
            }
        }
    }

    /// The error with one more extension.
    pub(super) fn with_extension(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default)
            .set(name, value);
        self
    }
}
