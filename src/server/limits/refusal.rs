use async_graphql::Value;

use crate::graphql::ErrorCode;
use crate::server::request_error::RequestError;

/// The longest part of a client's own text that an error repeats, in characters.
const MAX_QUOTED_CHARS: usize = 64;

/// The error of a document that asks for more of `what` than is allowed.
pub(super) fn too_much(what: &str, requested: u64, allowed: u64) -> RequestError {
    let message = format!("the document asks for {requested} {what}; {allowed} are allowed");
    too_much_because(message, what, requested, allowed)
}

/// As [`too_much`], with a message of its own.
pub(super) fn too_much_because(message: String, what: &str, requested: u64, allowed: u64) -> RequestError {
    // A count that saturated is shown as the largest integer that JSON clients can hold.
    let requested = requested.min(1 << 53);
    RequestError::refused(ErrorCode::CostLimit, message)
        .with_extension("limit", what)
        .with_extension("requested", Value::from(requested))
        .with_extension("allowed", Value::from(allowed))
}

/// A name that a client chose, cut to what an error may repeat.
pub(super) fn clipped(name: &str) -> &str {
    let end = name.char_indices().nth(MAX_QUOTED_CHARS);
    end.map_or(name, |(end, _)| &name[..end])
}
