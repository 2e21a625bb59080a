//! Trace contexts of requests.

use axum::http::HeaderValue;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::graphql::Reply;
use crate::support::observer::Observer;
use crate::support::websocket::Socket;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

async fn ask(app: &TestApp, traceparent: &str) {
    let request = app
        .client()
        .request(reqwest::Method::POST, "/graphql")
        .header("traceparent", traceparent)
        .json(&json!({"query": "query Asked { serverInfo { version } }"}));
    assert_eq!(Reply::read(request).await.status, 200);
}

fn sampled() -> String {
    format!("00-{TRACE}-{SPAN}-01")
}

#[tokio::test]
async fn the_trace_of_a_client_is_named_and_decides_nothing() {
    let mut observer = Observer::start("info", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let traces = observer.traces.clone();
    let app = TestApp::start_with(|config| config.traces = Some(traces)).await;

    ask(&app, &sampled()).await;
    ask(&app, &format!("00-{}-{SPAN}-01", TRACE.to_uppercase())).await;
    let spans = observer
        .until(|spans| spans.iter().filter(|span| span.name == "POST /graphql").count() == 2)
        .await;

    let requests: Vec<_> = spans.iter().filter(|span| span.name == "POST /graphql").collect();
    assert!(
        requests
            .iter()
            .all(|span| span.trace != TRACE && span.parent.is_empty())
    );
    let linked: Vec<_> = requests.iter().flat_map(|span| &span.links).collect();
    assert_eq!(linked, [TRACE], "a malformed one is ignored");
    app.stop().await;
    exporter.shut_down().await;
}

#[tokio::test]
async fn the_trace_of_a_trusted_proxy_is_continued_and_decides_whether_it_is_exported() {
    let mut observer = Observer::start("info", |traces| {
        traces.trusts_traceparent = true;
        traces.ratio = 0.0;
    })
    .await;
    let (_observed, exporter) = observer.observe();
    let traces = observer.traces.clone();
    let app = TestApp::start_with(|config| config.traces = Some(traces)).await;

    ask(&app, &format!("00-{}-{SPAN}-00", TRACE.replace('0', "1"))).await;
    ask(&app, &sampled()).await;
    app.stop().await;
    exporter.shut_down().await;
    let spans = observer.spans();

    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert!(
        names.contains(&"POST /graphql") && names.contains(&"QUERY Asked"),
        "{names:?}"
    );
    assert!(spans.iter().all(|span| span.trace == TRACE), "{spans:#?}");
    let request = spans.iter().find(|span| span.name == "POST /graphql").unwrap();
    assert_eq!(request.parent, SPAN);
}

#[tokio::test]
async fn an_operation_on_a_socket_names_the_trace_in_which_the_socket_was_opened() {
    let mut observer = Observer::start("info", |traces| traces.trusts_traceparent = true).await;
    let (_observed, exporter) = observer.observe();
    let traces = observer.traces.clone();
    let app = TestApp::start_with(|config| config.traces = Some(traces)).await;
    let mut handshake = Socket::handshake(app.app.address);
    let traceparent = HeaderValue::from_str(&sampled()).unwrap();
    handshake.headers_mut().insert("traceparent", traceparent);

    let mut socket = Socket::connect_with(handshake).await.unwrap();
    socket.introduce(None).await;
    socket
        .subscribe("query Once { serverInfo { version } }", json!({}))
        .await;
    let spans = observer
        .until(|spans| {
            ["GET /graphql", "QUERY Once", "socket_operation"]
                .iter()
                .all(|name| spans.iter().any(|span| span.name == *name))
        })
        .await;

    let upgrade = spans.iter().find(|span| span.name == "GET /graphql").unwrap();
    assert_eq!((upgrade.trace.as_str(), upgrade.parent.as_str()), (TRACE, SPAN));
    let operation = spans.iter().find(|span| span.name == "QUERY Once").unwrap();
    assert_ne!(operation.trace, TRACE);
    let around = spans.iter().find(|span| span.name == "socket_operation").unwrap();
    assert_eq!((&around.trace, &around.id), (&operation.trace, &operation.parent));
    assert_eq!(around.links, [TRACE]);
    assert!(!around.attribute("request.id").is_empty());
    app.stop().await;
    exporter.shut_down().await;
}
