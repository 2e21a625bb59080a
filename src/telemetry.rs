//! The log, on standard error.
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
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, FilterFn, LevelFilter};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use crate::config::{LogConfig, LogFormat};

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
    /// A log exists already.
    #[error("the log was set up twice")]
    Twice(#[from] TryInitError),
}

/// Sets up the log of this process; once.
///
/// # Errors
/// When the filter is malformed or the log is set up already.
pub fn start(config: &LogConfig) -> Result<(), TelemetryError> {
    let subscriber = fmt()
        .with_env_filter(filter(&config.filter)?)
        .with_writer(io::stderr);
    match config.format {
        LogFormat::Json => subscriber
            .json()
            .flatten_event(true)
            .finish()
            .with(unnamed_dependencies(&config.filter))
            .try_init()?,
        LogFormat::Text => {
            let is_terminal = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            subscriber
                .with_target(false)
                .with_ansi(is_terminal)
                .finish()
                .with(unnamed_dependencies(&config.filter))
                .try_init()?;
        }
    }
    Ok(())
}

/// An error with its causes, on one line.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error: &&dyn std::error::Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
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
            || target == "amda"
            || target.starts_with("amda::")
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
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = fmt()
            .with_env_filter(filter(asked).unwrap())
            .with_writer(move || writer.clone())
            .finish()
            .with(unnamed_dependencies(asked));
        with_default(subscriber, say);
        let bytes = lines.0.lock().unwrap().clone();
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
