//! Spans as a receiver shows them: what the log writes into fields becomes their name, kind and status.

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

/// The code of an error that is a fault of the server.
const FAULTS: [&str; 2] = ["INTERNAL", "TIMEOUT"];

/// Gives a span its name, kind and status.
pub(super) fn present(span: &mut SpanData) {
    let name = match span.name.as_ref() {
        "http" => {
            span.span_kind = SpanKind::Server;
            if text(span, "status")
                .parse()
                .is_ok_and(|status: u16| status >= 500)
            {
                span.status = Status::error("");
            }
            words(span, ["method", "route"])
        }
        "operation" => {
            let errors = text(span, "errors");
            if errors.split(' ').any(|code| FAULTS.contains(&code)) {
                span.status = Status::error(errors);
            }
            words(span, ["type", "name"])
        }
        "feature" => text(span, "feature.name"),
        "job" => {
            span.span_kind = SpanKind::Consumer;
            words(span, ["job.kind", ""])
        }
        "ingest" | "asked" => {
            span.span_kind = SpanKind::Consumer;
            return;
        }
        _ => return,
    };
    if !name.is_empty() {
        span.name = name.into();
    }
}

/// The values of two fields with a space between.
fn words(span: &SpanData, fields: [&str; 2]) -> String {
    let [first, second] = fields.map(|field| text(span, field));
    format!("{first} {second}").trim().to_owned()
}

/// The value of a field as text; empty where there is none.
fn text(span: &SpanData, field: &str) -> String {
    let attribute = span.attributes.iter().find(|pair| pair.key.as_str() == field);
    attribute.map_or_else(String::new, |pair| pair.value.as_str().into_owned())
}
