//! The response of an execution, made fit for clients: error codes added, internal errors masked, serialised.

use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use serde::Serialize;

use super::request_error::RequestError;
use crate::graphql::ErrorCode;

/// True when nothing was executed: the document was refused before the first resolver.
pub(super) fn is_request_error(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Gives every error a code, and masks errors that a resolver let through by mistake.
///
/// A resolver's own errors are made by `crate::graphql`, with a code. An error without a code that wraps another one
/// came from a bare `?` and may say anything; one that wraps nothing is the GraphQL library's message about the
/// client's input.
pub(super) fn normalise_errors(response: &mut Response, request_id: &str) {
    for error in &mut response.errors {
        let is_coded = error
            .extensions
            .as_ref()
            .is_some_and(|extensions| extensions.get("code").is_some());
        if is_coded {
            continue;
        }
        if error.source.is_some() {
            tracing::error!(request.id = request_id, "a resolver failed: {}", error.message);
            let masked = RequestError::internal(request_id).error;
            error.message = masked.message;
            error.extensions = masked.extensions;
        } else {
            error
                .extensions
                .get_or_insert_with(ErrorExtensionValues::default)
                .set("code", ErrorCode::BadUserInput.to_value());
        }
    }
}

/// The longest time that one of these errors says to wait, in milliseconds; none when none says so.
pub(super) fn retry_after_millis(errors: &[ServerError]) -> Option<u64> {
    let told = errors.iter().filter_map(|error| {
        let millis = error.extensions.as_ref()?.get("retryAfterMs")?;
        match millis {
            Value::Number(millis) => millis.as_u64(),
            _ => None,
        }
    });
    told.max()
}

/// The code of each error.
pub(super) fn codes(errors: &[ServerError]) -> impl Iterator<Item = String> {
    errors
        .iter()
        .filter_map(|error| match error.extensions.as_ref()?.get("code")? {
            Value::String(code) => Some(code.clone()),
            Value::Enum(code) => Some(code.to_string()),
            _ => None,
        })
}

/// The response as JSON. A request error has no `data` at all.
pub(super) fn to_json(response: &Response) -> String {
    #[derive(Serialize)]
    struct ErrorsOnly<'a> {
        errors: &'a [ServerError],
    }
    let json = if is_request_error(response) {
        serde_json::to_string(&ErrorsOnly {
            errors: &response.errors,
        })
    } else {
        serde_json::to_string(response)
    };
    json.expect("a response has only string keys and finite numbers")
}

/// The errors alone as a JSON list, as `graphql-transport-ws` sends them.
pub(super) fn errors_to_json(errors: &[ServerError]) -> String {
    serde_json::to_string(errors).expect("an error has only string keys and finite numbers")
}
