use std::time::Duration;

use secrecy::ExposeSecret;

use super::reading::{problem_of, read};

const RECEIVER: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel.example.org/tenant/");

#[test]
fn without_a_receiver_nothing_is_exported() {
    let config = read(&[("OTEL_SERVICE_NAME", "amda"), ("OTEL_TRACES_SAMPLER_ARG", "0.5")]).unwrap();

    assert!(config.traces.is_none());
}

#[test]
fn a_receiver_is_described_by_the_settings_of_opentelemetry() {
    let config = read(&[
        RECEIVER,
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "Authorization=Basic%20YTpi, x-scope=one",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.name=ours,deployment.environment.name=a%2Cb",
        ),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
    ])
    .unwrap();

    let traces = config.traces.unwrap();
    assert_eq!(
        traces.endpoint.as_str(),
        "https://otel.example.org/tenant/v1/traces"
    );
    let headers: Vec<(&str, &str)> = traces
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose_secret()))
        .collect();
    assert_eq!(headers, [("authorization", "Basic YTpi"), ("x-scope", "one")]);
    assert_eq!(traces.service_name, "ours");
    assert_eq!(traces.resource["deployment.environment.name"], "a,b");
    assert!((traces.ratio - 0.25).abs() < f64::EPSILON && !traces.trusts_traceparent);
}

#[test]
fn everything_is_exported_under_the_name_of_amda_unless_the_operator_says_otherwise() {
    let traces = read(&[RECEIVER]).unwrap().traces.unwrap();

    assert_eq!(traces.service_name, "amda");
    assert!((traces.ratio - 1.0).abs() < f64::EPSILON && traces.headers.is_empty());
}

#[test]
fn headers_are_never_shown_and_never_sent_in_the_open() {
    let secret = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20sesame");

    let config = read(&[RECEIVER, secret]).unwrap();
    let open = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"), secret]).unwrap_err();
    let malformed = problem_of("OTEL_EXPORTER_OTLP_HEADERS", "Bearer sesame");

    assert!(!format!("{config:?}").contains("sesame"));
    assert!(open.to_string().contains("use https"), "{open}");
    assert!(
        malformed.contains("`name=value`") && !malformed.contains("sesame"),
        "{malformed}"
    );
    let here = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318"), secret]);
    assert!(here.is_ok());
}

#[test]
fn a_wrong_value_is_answered_with_what_would_be_right() {
    for (name, wrong, right) in [
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "collector:4318",
            "http://localhost:4318",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://user:pass@otel.example.org",
            "without a password",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "`http/protobuf`"),
        ("OTEL_TRACES_SAMPLER_ARG", "10", "from 0 to 1"),
        ("OTEL_RESOURCE_ATTRIBUTES", "production", "`name=value`"),
        ("AMDA_TRUST_TRACEPARENT", "yes", "`true` or `false`"),
        ("AMDA_SLOW_QUERY", "fast", "such as 500ms"),
        ("AMDA_SLOW_OPERATION", "-1s", "such as 500ms"),
    ] {
        let problem = problem_of(name, wrong);
        assert!(problem.contains(right), "{problem}");
    }
}

#[test]
fn what_is_slow_is_told_as_a_time_with_a_unit_or_off() {
    let slow = |text| read(&[("AMDA_SLOW_QUERY", text)]).unwrap().log.slow_query;

    assert_eq!(
        read(&[]).unwrap().log.slow_query,
        Some(Duration::from_millis(500))
    );
    assert_eq!(
        read(&[]).unwrap().log.slow_operation,
        Some(Duration::from_secs(2))
    );
    assert_eq!(slow("250ms"), Some(Duration::from_millis(250)));
    assert_eq!(slow("1.5s"), Some(Duration::from_millis(1500)));
    assert_eq!(slow("off"), None);
}
