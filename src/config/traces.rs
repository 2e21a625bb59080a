//! The receiver of traces, by the names that OpenTelemetry gives its settings.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use super::loopback::names_this_machine;
use super::reader::{Reader, Setting};
use super::settings::switch;

const ENDPOINT: Setting = Setting::new(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "a web address without a password, such as http://localhost:4318, to which /v1/traces is added; what a receiver asks for \
     goes into OTEL_EXPORTER_OTLP_HEADERS",
);
const HEADERS: Setting = Setting::secret(
    "OTEL_EXPORTER_OTLP_HEADERS",
    "headers of HTTP as `name=value`, with commas between, such as `authorization=Basic%20abc`; special characters of a value \
     percent-encoded",
);
const PROTOCOL: Setting = Setting::new(
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "`http/protobuf`, which receivers take on port 4318; gRPC and JSON are not spoken",
);
const SERVICE_NAME: Setting = Setting::new("OTEL_SERVICE_NAME", "a name of 1 to 100 characters");
const SAMPLER_ARG: Setting = Setting::new(
    "OTEL_TRACES_SAMPLER_ARG",
    "the part of all traces that is exported, from 0 to 1, such as 0.1",
);
const RESOURCE: Setting = Setting::new(
    "OTEL_RESOURCE_ATTRIBUTES",
    "`name=value`, with commas between, such as `deployment.environment.name=production`; special characters of a value \
     percent-encoded",
);
const TRUST_TRACEPARENT: Setting = Setting::new("AMDA_TRUST_TRACEPARENT", "`true` or `false`");

/// The receiver of traces, and which traces it is sent.
#[derive(Debug, Clone)]
pub struct TracesConfig {
    /// The address to which spans are posted.
    pub endpoint: Url,
    /// Headers of each post: their names in lower case, and their values, which may be secret.
    pub headers: Vec<(String, SecretString)>,
    /// The name of this server among others at the receiver.
    pub service_name: String,
    /// Further attributes of this server.
    pub resource: BTreeMap<String, String>,
    /// The part of the traces that begin here which is exported, from 0 to 1.
    pub ratio: f64,
    /// The `traceparent` of requests comes from a proxy that decides which traces are exported.
    pub trusts_traceparent: bool,
}

/// Reads the receiver; without its address, nothing is exported.
pub(super) fn read(reader: &mut Reader) -> Option<TracesConfig> {
    let endpoint = reader.value(&ENDPOINT, None, endpoint);
    let headers = reader.value(&HEADERS, None, headers).unwrap_or_default();
    reader.value(&PROTOCOL, None, |text| (text == "http/protobuf").then_some(()));
    let service_name = reader.value(&SERVICE_NAME, None, service_name);
    let ratio = reader.value(&SAMPLER_ARG, None, ratio).unwrap_or(1.0);
    let mut resource = reader.value(&RESOURCE, None, pairs).unwrap_or_default();
    let trusts_traceparent = reader.value(&TRUST_TRACEPARENT, None, switch).unwrap_or(false);
    let endpoint = endpoint?;
    if !headers.is_empty() && endpoint.scheme() != "https" && !names_this_machine(&endpoint) {
        let message = format!(
            "it would be sent in the open to {}; use https, or a receiver on this machine",
            endpoint.origin().ascii_serialization()
        );
        reader.reject(&HEADERS, message);
    }
    let named = resource.remove("service.name");
    Some(TracesConfig {
        endpoint,
        headers,
        service_name: service_name.or(named).unwrap_or_else(|| "amda".to_owned()),
        resource,
        ratio,
        trusts_traceparent,
    })
}

/// The address of the receiver's traces, from that of the receiver.
fn endpoint(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let has_more = url.query().is_some() || url.fragment().is_some();
    if !is_web || has_more || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(url)
}

fn headers(text: &str) -> Option<Vec<(String, SecretString)>> {
    let header = |(name, value): (String, String)| {
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        let is_value = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        (is_name && is_value).then(|| (name.to_ascii_lowercase(), SecretString::from(value)))
    };
    pairs(text)?.into_iter().map(header).collect()
}

/// Parses `name=value` with commas between, the values percent-encoded.
fn pairs(text: &str) -> Option<BTreeMap<String, String>> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        let name = name.trim();
        (!name.is_empty()).then(|| (name.to_owned(), value.into_owned()))
    };
    text.split(',')
        .filter(|text| !text.trim().is_empty())
        .map(pair)
        .collect()
}

fn service_name(text: &str) -> Option<String> {
    (text.chars().count() <= 100 && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn ratio(text: &str) -> Option<f64> {
    text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio))
}
