//! OTLP over HTTP, as protobuf, see <https://opentelemetry.io/docs/specs/otlp/>.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message as _;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;
use url::Url;

use super::presentation::present;
use crate::config::TracesConfig;
use crate::egress::{Egress, Failure, Reach, SystemNames, Timeouts};

const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(3),
    total: Duration::from_secs(10),
};

/// The receiver of spans.
pub(super) struct Receiver {
    egress: Egress,
    url: Url,
    headers: Vec<(String, SecretString)>,
}

/// Spans as they are sent.
pub(super) struct Payload {
    bytes: Vec<u8>,
    /// The number of spans in it.
    pub(super) spans: u64,
}

/// Failure to send spans.
#[derive(Debug, Error)]
pub(super) enum SendError {
    #[error(transparent)]
    NoAnswer(#[from] Failure),
    #[error("it answers with the status {status}; see its log, and OTEL_EXPORTER_OTLP_HEADERS")]
    Refused { status: u16 },
}

impl SendError {
    /// True when the same spans may be taken later, see
    /// <https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes>.
    pub(super) const fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer(Failure::Refused(_)) => false,
            Self::NoAnswer(_) => true,
            Self::Refused { status } => matches!(status, 429 | 502 | 503 | 504),
        }
    }
}

impl Payload {
    /// Spans of the server that `resource` describes.
    pub(super) fn of(mut spans: Vec<SpanData>, resource: &Resource) -> Self {
        spans.iter_mut().for_each(present);
        let number = spans.len() as u64;
        let resource = ResourceAttributesWithSchema::from(resource);
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(spans, &resource),
        };
        Self {
            bytes: request.encode_to_vec(),
            spans: number,
        }
    }
}

impl Receiver {
    /// The receiver of the configuration.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new(config: &TracesConfig) -> Result<Self, Failure> {
        Ok(Self {
            egress: Egress::new(Reach::OwnNetwork, TIMEOUTS, Arc::new(SystemNames))?,
            url: config.endpoint.clone(),
            headers: config.headers.clone(),
        })
    }

    /// The receiver's address for the log, without the path.
    pub(super) fn address(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Sends spans once. Returns how many of them the receiver took.
    ///
    /// # Errors
    /// [`SendError`]; then it took none.
    pub(super) async fn send(&self, payload: &Payload) -> Result<u64, SendError> {
        let headers: Vec<(&str, String)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret().to_owned()))
            .collect();
        let reply = self
            .egress
            .post(
                &self.url,
                "application/x-protobuf",
                &headers,
                payload.bytes.clone(),
            )
            .await?;
        if !reply.is_success() {
            return Err(SendError::Refused { status: reply.status });
        }
        // An answer that does not parse rejects nothing.
        let answer = ExportTraceServiceResponse::decode(reply.body.as_slice()).unwrap_or_default();
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        Ok(payload.spans.saturating_sub(u64::try_from(rejected).unwrap_or(0)))
    }
}
