//! The way of a message, and of an operation.

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::observer::{Exported, Observer};
use crate::support::websocket::SOON;

/// The kinds of spans in OTLP.
const SERVER: i32 = 2;
const CONSUMER: i32 = 5;

fn named<'a>(spans: &'a [Exported], trace: &str, name: &str) -> Option<&'a Exported> {
    spans.iter().find(|span| span.trace == trace && span.name == name)
}

/// The first span of events that WhatsApp delivered, and not of what a session tells of itself, whose trace reaches a socket.
fn delivered(spans: &[Exported]) -> Option<&Exported> {
    spans.iter().find(|span| {
        span.name == "ingest"
            && !span.attribute("wait_ms").is_empty()
            && named(spans, &span.trace, "socket_write").is_some()
    })
}

/// The first span with this name whose trace has also a span with the other one.
fn begun<'a>(spans: &'a [Exported], name: &str, end: &str) -> Option<&'a Exported> {
    spans
        .iter()
        .find(|span| span.name == name && named(spans, &span.trace, end).is_some())
}

#[tokio::test]
async fn a_message_is_followed_from_whatsapp_to_the_socket() {
    let mut observer = Observer::start("amda=debug", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("way@example.org", "5511900000601").await;
    let bob = phone.contact("5511800000601", "Bob").await;
    let mut socket = user.subscribe_from_now("events", "kind").await;

    phone
        .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
        .await;
    while socket.next_event(SOON).await["events"]["kind"] != "STATUS_LIKED" {}
    let spans = observer
        .until(|spans| {
            let ingest = delivered(spans);
            ingest.is_some_and(|ingest| named(spans, &ingest.trace, "statuses").is_some())
        })
        .await;

    let ingest = delivered(&spans).unwrap();
    let child = |name: &str| named(&spans, &ingest.trace, name).unwrap();
    assert_eq!((ingest.parent.as_str(), ingest.kind), ("", CONSUMER));
    for (name, parent) in [
        ("batch", "ingest"),
        ("messages", "batch"),
        ("statuses", "batch"),
        ("commit", "batch"),
        ("publish", "batch"),
        ("socket_write", "publish"),
    ] {
        assert_eq!(child(name).parent, child(parent).id, "{name}");
    }
    for (span, attribute) in [
        ("ingest", "wait_ms"),
        ("batch", "begin_ms"),
        ("batch", "statements_ms"),
        ("batch", "commit_ms"),
        ("batch", "publish_ms"),
    ] {
        let time: Result<f64, _> = child(span).attribute(attribute).parse();
        assert!(
            time.is_ok_and(|time| time >= 0.0),
            "{attribute} of {:#?}",
            child(span)
        );
    }
    let lines = observer.log.lines_with("committed a batch of events");
    let line = lines
        .iter()
        .find(|line| line["trace_id"] == ingest.trace.as_str());
    let line = line.expect("the log has a line of the batch");
    assert!(line["longest"].as_str().unwrap().contains(" ms"), "{line}");
    assert!(line["span"]["commit_ms"].is_number(), "{line}");
    app.stop().await;
    exporter.shut_down().await;
}

#[tokio::test]
async fn an_operation_is_named_by_its_type_and_name_and_its_log_by_trace_and_request() {
    let mut observer = Observer::start("info", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let app =
        TestApp::start_with(|config| config.log.slow_operation = Some(std::time::Duration::from_nanos(1)))
            .await;
    let user = app.register("operation@example.org").await;

    let reply = user
        .client
        .request(reqwest::Method::POST, "/graphql")
        .header("x-request-id", "request-of-the-test")
        .json(&json!({"query": "query Home { viewer { id } }"}));
    crate::support::graphql::Reply::read(reply).await;
    let spans = observer
        .until(|spans| begun(spans, "POST /graphql", "QUERY Home").is_some())
        .await;

    let operation = spans.iter().find(|span| span.name == "QUERY Home").unwrap();
    let request = named(&spans, &operation.trace, "POST /graphql").expect("the request is its parent");
    assert_eq!((&operation.parent, request.kind), (&request.id, SERVER));
    assert_eq!(request.attribute("request.id"), "request-of-the-test");
    assert_eq!(request.attribute("status"), "200");
    assert_eq!(operation.attribute("fields"), "viewer");
    assert!(!operation.attribute("user.id").is_empty());
    let register = spans.iter().find(|span| span.name == "MUTATION register");
    let register = register.expect("an operation without a name goes by its fields");
    assert_eq!(register.attribute("user.id"), "");
    let lines = observer.log.lines_with("slow QUERY Home");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["trace_id"], operation.trace.as_str());
    assert_eq!(lines[0]["spans"][0]["request.id"], "request-of-the-test");
    app.stop().await;
    exporter.shut_down().await;
}
