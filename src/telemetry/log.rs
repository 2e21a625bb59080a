//! The log, on standard error, and the layer that makes spans the parts of traces.
//!
//! Only `amda` itself logs at the requested level. Dependencies log less, and the WhatsApp library nothing unless it is
//! asked for by name: its lines do not name the cause, and some contain phone numbers, which no log of AMDA may hold. Those
//! that are asked for stand in a span with the account's id. A session logs itself what it loses its connection by, and
//! when it tries again. What a dependency logs
//! below `info` is logged only when the operator names it: at `trace` the WebSocket library logs whole frames, and access
//! tokens with them.

use std::error::Error as StdError;
use std::io::{self, IsTerminal};

use thiserror::Error;
use tracing::{Dispatch, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{Directive, FilterExt as _, FilterFn, LevelFilter};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Filter, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use super::SpanExporter;
use super::trace_ids::{JsonLines, TraceIds};
use crate::config::{LogConfig, LogFormat, TracesConfig};
use crate::egress::Failure;

/// The levels of dependencies unless the operator asks for more. The WhatsApp library logs under targets of its own as
/// well as under its crates' names; a directive covers all targets that begin with its own.
const DEPENDENCY_LEVELS: [&str; 23] = [
    "whatsapp_rust=off",
    "wacore=off",
    "waproto=off",
    "Client=off",
    "Bot=off",
    "AppState=off",
    "Blocking=off",
    "Chatstate=off",
    "MessageQueue=off",
    "Mex=off",
    "PresenceHandler=off",
    "TcToken=off",
    "UnifiedSession=off",
    "blocklist=off",
    "usync=off",
    // Each try to reach a Redis that is away would be a line; AMDA logs the outage itself.
    "fred=off",
    "async_graphql=warn",
    "h2=warn",
    "hyper=warn",
    "rustls=warn",
    "tokio_postgres=warn",
    "tower_http=warn",
    "ureq=warn",
];

/// Error of setting up the log.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter is malformed.
    #[error("AMDA_LOG is not a list of levels, such as `info` or `info,amda=debug`")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The exporter of traces cannot be made.
    #[error("traces cannot be exported")]
    Traces(#[from] Failure),
    /// A log exists already.
    #[error("the log was set up twice")]
    Twice(#[from] TryInitError),
}

/// The spans of an account's session and of a subscription. They last for days, so they are no parts of a trace: what
/// happens in them begins a trace of its own.
const LASTING_SPANS: [&str; 2] = ["whatsapp", "subscription"];

/// Sets up the log of this process, and the export of its traces, which the returned exporter begins; once.
///
/// # Errors
/// When the filter is malformed, TLS cannot be set up, or the log is set up already.
pub fn start(
    config: &LogConfig,
    traces: Option<&TracesConfig>,
) -> Result<Option<SpanExporter>, TelemetryError> {
    let (subscriber, exporter) = subscriber(config, traces, io::stderr)?;
    subscriber.try_init()?;
    Ok(exporter)
}

/// What [`start`] sets up, for one test: a log that writes to `writer`, and the export of traces.
///
/// # Errors
/// When the filter is malformed, or TLS cannot be set up.
pub fn subscriber<W>(
    config: &LogConfig,
    traces: Option<&TracesConfig>,
    writer: W,
) -> Result<(Dispatch, Option<SpanExporter>), TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let (tracer, exporter) = traces.map(SpanExporter::new).transpose()?.unzip();
    let ids = TraceIds::default();
    let lines = lines(config, writer, ids.clone())?;
    let spans = tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(FilterFn::new(is_traced).with_max_level_hint(LevelFilter::DEBUG))
    });
    let subscriber = registry()
        .with(lines)
        .with(spans)
        .with(ids.with_filter(LevelFilter::OFF));
    Ok((Dispatch::new(subscriber), exporter))
}

/// The lines of the log, as the configuration wants them.
fn lines<S, W>(
    config: &LogConfig,
    writer: W,
    ids: TraceIds,
) -> Result<Box<dyn Layer<S> + Send + Sync>, TelemetryError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let levels = levels(&config.filter)?;
    let layer = fmt::layer().with_writer(writer);
    Ok(match config.format {
        LogFormat::Json => layer
            .json()
            .flatten_event(true)
            .map_event_format(|format| JsonLines { format, ids })
            .with_filter(levels)
            .boxed(),
        LogFormat::Text => {
            let is_terminal = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            layer
                .with_target(false)
                .with_ansi(is_terminal)
                .with_filter(levels)
                .boxed()
        }
    })
}

/// True for spans that become parts of traces. Those of libraries may hold anything.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && *metadata.level() <= Level::DEBUG
        && is_ours(metadata.target())
        && !LASTING_SPANS.contains(&metadata.name())
}

fn is_ours(target: &str) -> bool {
    target == "amda" || target.starts_with("amda::")
}

/// An error with its causes, on one line.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&dyn std::error::Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The levels of everything.
fn levels<S: Subscriber>(
    asked: &str,
) -> Result<impl Filter<S> + Send + Sync + 'static, tracing_subscriber::filter::ParseError> {
    Ok(filter(asked)?.and(unnamed_dependencies(asked)))
}

/// The filter: the levels of dependencies, overridden by the requested directives.
fn filter(asked: &str) -> Result<EnvFilter, tracing_subscriber::filter::ParseError> {
    let mut filter = EnvFilter::default();
    for directive in DEPENDENCY_LEVELS
        .into_iter()
        .chain(asked.split(','))
        .filter(|directive| !directive.is_empty())
    {
        filter = filter.add_directive(directive.parse::<Directive>()?);
    }
    Ok(filter)
}

/// Keeps dependencies that the requested directives do not name at `info`, whatever level is requested for everything.
fn unnamed_dependencies(asked: &str) -> FilterFn<impl Fn(&Metadata<'_>) -> bool + use<>> {
    let named: Vec<String> = asked
        .split(',')
        .filter_map(|directive| directive.split(['=', '[']).next())
        .map(|target| target.trim().to_owned())
        .filter(|target| !target.is_empty() && target.parse::<LevelFilter>().is_err())
        .collect();
    FilterFn::new(move |metadata: &Metadata<'_>| {
        let target = metadata.target();
        *metadata.level() <= Level::INFO
            || is_ours(target)
            || named.iter().any(|named| target.starts_with(named.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing::subscriber::with_default;
    use tracing::{debug, error, info, trace, warn};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(asked: &str, say: impl FnOnce()) -> String {
        logged_as(LogFormat::Text, asked, say)
    }

    fn logged_as(format: LogFormat, asked: &str, say: impl FnOnce()) -> String {
        let (written, ids) = (Lines::default(), TraceIds::default());
        let writer = written.clone();
        let config = LogConfig {
            filter: asked.to_owned(),
            format,
            slow_operation: None,
            slow_query: None,
        };
        let lines = lines(&config, move || writer.clone(), ids).unwrap();
        with_default(registry().with(lines), say);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_error_is_printed_with_its_causes() {
        #[derive(Debug, Error)]
        #[error("it cannot be written")]
        struct Consequence(#[source] io::Error);

        let told = chain(&Consequence(io::Error::other("the disk is full")));

        assert_eq!(told, "it cannot be written: the disk is full");
    }

    #[test]
    fn amda_speaks_and_the_whatsapp_library_does_not() {
        let log = logged("info", || {
            info!("linked an account");
            warn!(target: "Client/AppState", "decryption failed for 4915");
            warn!(target: "wacore_appstate::processor", "missing key");
            error!(target: "whatsapp_rust::client", "Failed to connect. Will retry...");
        });

        assert!(log.contains("linked an account"), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }

    #[test]
    fn the_library_speaks_when_it_is_asked_by_name() {
        let log = logged(
            "info,Client=warn",
            || warn!(target: "Client/AppState", "decryption failed"),
        );

        assert!(log.contains("decryption failed"), "{log}");
    }

    #[test]
    fn a_whole_log_level_leaves_dependencies_quiet() {
        let log = logged("trace", || {
            info!(target: "hyper::proto", "a frame");
            trace!(target: "tungstenite::protocol", "a message with a token");
            debug!(target: "sqlparser", "a query");
            trace!(target: "amda::server", "a request");
        });

        assert!(log.contains("a request"), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }

    #[test]
    fn a_dependency_that_is_named_logs_what_is_asked_of_it() {
        let log = logged("info,tungstenite=trace", || {
            trace!(target: "tungstenite::protocol", "a message");
            trace!(target: "tokio_util::codec", "a frame");
        });

        assert!(log.contains("a message") && !log.contains("a frame"), "{log}");
    }
}
