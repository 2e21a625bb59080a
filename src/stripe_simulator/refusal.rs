//! Refusals in the shape of Stripe's errors.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The `type` of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    InvalidRequest,
    Card,
    Idempotency,
    Api,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request_error",
            Self::Card => "card_error",
            Self::Idempotency => "idempotency_error",
            Self::Api => "api_error",
        }
    }
}

/// An answer that is an error.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    kind: Kind,
    code: Option<&'static str>,
    decline_code: Option<&'static str>,
    param: Option<String>,
    pub(super) message: String,
}

pub(super) type Result<T, E = Refusal> = std::result::Result<T, E>;

impl Refusal {
    /// A request that is wrong: status 400.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: Kind::InvalidRequest,
            code: None,
            decline_code: None,
            param: None,
            message: message.into(),
        }
    }

    /// A card that was declined: status 402.
    pub(super) fn declined(code: &'static str, decline_code: Option<&'static str>, message: &str) -> Self {
        Self {
            status: 402,
            kind: Kind::Card,
            code: Some(code),
            decline_code,
            ..Self::invalid(message)
        }
    }

    /// A key of idempotency that was used for something else: status 400.
    pub(super) fn idempotency(message: String) -> Self {
        Self {
            kind: Kind::Idempotency,
            ..Self::invalid(message)
        }
    }

    /// A failure of the server itself: status 500.
    pub(super) fn server() -> Self {
        Self {
            status: 500,
            kind: Kind::Api,
            ..Self::invalid("An unknown error occurred")
        }
    }

    /// The object of the URL does not exist: status 404.
    pub(super) fn missing(word: &str, id: &str) -> Self {
        Self::no_such(word, id, "id").with_status(404)
    }

    /// The object that a parameter names does not exist: status 400.
    pub(super) fn no_such(word: &str, id: &str, param: &str) -> Self {
        Self::invalid(format!("No such {word}: '{id}'"))
            .code("resource_missing")
            .param(param)
    }

    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    pub(super) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(super) const fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({ "message": self.message, "type": self.kind.name() });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            let page = code.replace('_', "-");
            error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{page}"));
        }
        if let Some(decline_code) = self.decline_code {
            error["decline_code"] = json!(decline_code);
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body())).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_shape_of_stripes_errors() {
        let refusal = Refusal::no_such("customer", "cus_x", "customer");

        assert_eq!(
            refusal.body(),
            json!({ "error": {
                "type": "invalid_request_error",
                "code": "resource_missing",
                "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
                "param": "customer",
                "message": "No such customer: 'cus_x'",
            }})
        );
    }
}
