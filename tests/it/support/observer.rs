//! A log in memory, and a receiver of OTLP on loopback: what an operator sees of a server.
//!
//! ```ignore
//! let mut observer = Observer::start("info", |_| {}).await;
//! let _observed = observer.observe();
//! // … something happens on this thread …
//! let spans = observer.until(|spans| spans.iter().any(|span| span.name == "publish")).await;
//! ```

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use amda::config::{LogConfig, LogFormat, TracesConfig};
use amda::telemetry::{self, RunningExporter, SpanExporter};
use axum::body::Bytes;
use data_encoding::HEXLOWER;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;
use tracing::Dispatch;
use tracing::dispatcher::{self, DefaultGuard};
use tracing::subscriber::NoSubscriber;

use super::receiver::Receiver;

/// A subscriber that takes nothing and stays, see [`ask_every_subscriber`].
static BYSTANDER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));

/// Has `tracing` ask all subscribers about a span, before a test sets one for its own threads. As long as it knows one
/// alone, it asks only the thread that reaches a span first, and keeps the answer: where that is a thread of another test,
/// without a subscriber, nobody is ever shown the span.
pub(crate) fn ask_every_subscriber() {
    LazyLock::force(&BYSTANDER);
}

/// The lines of a log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines that contain `text`, as JSON.
    pub(crate) fn lines_with(&self, text: &str) -> Vec<Value> {
        let log = self.text();
        let lines = log.lines().filter(|line| line.contains(text));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A span as the receiver got it.
#[derive(Debug, Clone)]
pub(crate) struct Exported {
    pub(crate) name: String,
    pub(crate) kind: i32,
    pub(crate) trace: String,
    pub(crate) id: String,
    /// Empty for the first one of a trace.
    pub(crate) parent: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// The traces that it is linked to.
    pub(crate) links: Vec<String>,
}

impl Exported {
    fn read(span: Span) -> Self {
        let attributes = span.attributes.into_iter();
        Self {
            name: span.name,
            kind: span.kind,
            trace: HEXLOWER.encode(&span.trace_id),
            id: HEXLOWER.encode(&span.span_id),
            parent: HEXLOWER.encode(&span.parent_span_id),
            attributes: attributes.map(|pair| (pair.key, text(pair.value))).collect(),
            links: span
                .links
                .iter()
                .map(|link| HEXLOWER.encode(&link.trace_id))
                .collect(),
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(any_value::Value::StringValue(text)) => text,
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        Some(any_value::Value::DoubleValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

/// The spans in the body of a request to a receiver.
pub(crate) fn spans_in(body: &Bytes) -> Vec<Exported> {
    let request = ExportTraceServiceRequest::decode(body.as_ref()).expect("it is OTLP");
    let scopes = request
        .resource_spans
        .into_iter()
        .flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).map(Exported::read).collect()
}

/// What was told of the spans that were sent, and of those that were lost.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) taken: u64,
    pub(crate) lost: u64,
}

/// A log, and a receiver of traces.
pub(crate) struct Observer {
    pub(crate) log: Log,
    pub(crate) receiver: Receiver,
    pub(crate) traces: TracesConfig,
    /// Everything that the receiver was sent.
    pub(crate) bodies: Vec<Bytes>,
    pub(crate) dispatch: Dispatch,
    exporter: Option<SpanExporter>,
    counted: watch::Sender<Counted>,
}

impl Observer {
    /// Listens; what is logged is JSON of the levels `filter`. `change` changes how traces are exported.
    pub(crate) async fn start(filter: &str, change: impl FnOnce(&mut TracesConfig)) -> Self {
        ask_every_subscriber();
        let receiver = Receiver::start().await;
        let mut traces = TracesConfig {
            endpoint: format!("http://{}/v1/traces", receiver.address).parse().unwrap(),
            headers: vec![("authorization".to_owned(), "Bearer sesame".into())],
            service_name: "amda-test".to_owned(),
            resource: BTreeMap::new(),
            ratio: 1.0,
            trusts_traceparent: false,
        };
        change(&mut traces);
        let config = LogConfig {
            filter: filter.to_owned(),
            format: LogFormat::Json,
            slow_operation: None,
            slow_query: None,
        };
        let log = Log::default();
        let writer = log.clone();
        let (dispatch, exporter) =
            telemetry::subscriber(&config, Some(&traces), move || writer.clone()).unwrap();
        Self {
            log,
            receiver,
            traces,
            bodies: Vec::new(),
            dispatch,
            exporter,
            counted: watch::Sender::default(),
        }
    }

    /// Begins to observe this thread.
    pub(crate) fn observe(&mut self) -> (DefaultGuard, RunningExporter) {
        let observed = dispatcher::set_default(&self.dispatch);
        (observed, self.export())
    }

    /// Begins to export.
    pub(crate) fn export(&mut self) -> RunningExporter {
        let counted = self.counted.clone();
        let exporter = self.exporter.take().expect("it is begun once");
        exporter.start(move |taken, lost| {
            counted.send_modify(|counted| {
                counted.taken += taken;
                counted.lost += lost;
            });
        })
    }

    /// What was told of spans so far.
    pub(crate) fn counted(&self) -> Counted {
        *self.counted.borrow()
    }

    /// Waits until what was told of spans `is_so`.
    pub(crate) async fn until_counted(&self, is_so: impl Fn(&Counted) -> bool) {
        let mut counted = self.counted.subscribe();
        let waiting = timeout(
            Duration::from_secs(40),
            counted.wait_for(|counted| is_so(counted)),
        );
        let told = waiting.await.is_ok();
        assert!(told, "only {:?} was told", self.counted());
    }

    /// The spans that the receiver was sent so far.
    pub(crate) fn spans(&mut self) -> Vec<Exported> {
        let heard = self.receiver.drain();
        self.bodies.extend(heard.into_iter().map(|heard| heard.body));
        self.bodies.iter().flat_map(spans_in).collect()
    }

    /// Waits until the receiver was sent spans that are enough; returns all.
    pub(crate) async fn until(&mut self, is_enough: impl Fn(&[Exported]) -> bool) -> Vec<Exported> {
        let waiting = async {
            loop {
                let spans = self.spans();
                if is_enough(&spans) {
                    return;
                }
                let heard = self.receiver.next().await;
                self.bodies.push(heard.body);
            }
        };
        let was_enough = timeout(Duration::from_secs(40), waiting).await.is_ok();
        let spans = self.spans();
        assert!(was_enough, "not enough in {spans:#?}");
        spans
    }
}
