use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Rejection;
use super::receive::{ARRIVES_WITHIN, LEAST_SPEED};
use crate::media::{LinkError, ObjectsError, StorageFull};
use crate::work::WorkError;

/// The reason why an upload is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    Link(LinkError),
    Unknown,
    Settled,
    TooLarge(u32),
    Interrupted,
    TooSlow,
    Busy,
    Late,
    Full(StorageFull),
    Rejected(Rejection),
    Work(WorkError),
    Objects(ObjectsError),
    Ending,
}

impl From<WorkError> for Refusal {
    fn from(error: WorkError) -> Self {
        Self::Work(error)
    }
}

impl From<diesel::result::Error> for Refusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Link(LinkError::Tampered) => (
                StatusCode::FORBIDDEN,
                "this link was not signed by this server, or was changed; ask the API for an upload again"
                    .to_owned(),
            ),
            Self::Link(LinkError::Expired(at)) => (
                StatusCode::GONE,
                format!("this link was good until {at}; ask the API for an upload again"),
            ),
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "there is no such upload any more; ask the API for another".to_owned(),
            ),
            Self::Settled => (
                StatusCode::CONFLICT,
                "a file was sent to this link before; ask the API for another upload".to_owned(),
            ),
            Self::TooLarge(most) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!(
                    "the file is larger than the {most} bytes that were announced; announce its real size"
                ),
            ),
            Self::Interrupted => (
                StatusCode::BAD_REQUEST,
                "the file did not arrive whole; send it again".to_owned(),
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                format!(
                    "the file came too slowly: send at least {} KiB a second, and all of it within {} s",
                    LEAST_SPEED / 1024,
                    ARRIVES_WITHIN.as_secs()
                ),
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too many files arrive at once; send it again in some seconds".to_owned(),
            ),
            Self::Late => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the file took too long to be kept; send it again".to_owned(),
            ),
            Self::Full(full) => (StatusCode::INSUFFICIENT_STORAGE, full.to_string()),
            Self::Rejected(why) => (StatusCode::UNPROCESSABLE_ENTITY, why.to_string()),
            Self::Work(error) => {
                tracing::error!("an upload cannot be kept: {}", crate::telemetry::chain(&error));
                failed()
            }
            Self::Objects(ObjectsError::DiskFull(full)) => {
                tracing::warn!("an upload is refused: {full}");
                let text = "this server has no room left; tell its operator, and send the file again later";
                (StatusCode::INSUFFICIENT_STORAGE, text.to_owned())
            }
            Self::Objects(error) => {
                tracing::error!("an upload cannot be written: {}", crate::telemetry::chain(&error));
                failed()
            }
            Self::Ending => (
                StatusCode::SERVICE_UNAVAILABLE,
                "the server is ending; send the file again".to_owned(),
            ),
        };
        let headers = [
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        ];
        let mut response = (status, headers, text).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let soon = header::HeaderValue::from_static("5");
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }
}

fn failed() -> (StatusCode, String) {
    let text = "something went wrong on our side; send the file again later".to_owned();
    (StatusCode::INTERNAL_SERVER_ERROR, text)
}
