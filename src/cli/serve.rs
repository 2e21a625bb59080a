//! `amda serve`: runs the server until it is stopped.

use std::io::{self, IsTerminal as _};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::report;
use crate::app::{App, Tuning, start_demo};
use crate::config::Config;
use crate::telemetry::SpanExporter;

pub(super) async fn run(config: &Config, traces: Option<SpanExporter>) -> anyhow::Result<()> {
    // Before the start, which it would end otherwise; the others end it and may.
    let hangup = listen(SignalKind::hangup(), "SIGHUP");
    let app = App::start(config, Tuning::in_service()).await?;
    let exporting = traces.map(|traces| {
        let metrics = app.services.core.metrics.clone();
        traces.start(move |exported, lost| {
            metrics.spans_exported.add(exported);
            metrics.spans_lost.add(lost);
        })
    });
    let terminate = listen(SignalKind::terminate(), "SIGTERM");
    match start_demo(&app).await {
        Ok(None) => {}
        Ok(Some(welcome)) => report::print(&welcome)?,
        Err(error) => {
            Box::pin(app.stop()).await?;
            return Err(error);
        }
    }
    let ended = Box::pin(app.run_until(stop_signal(terminate, hangup))).await;
    if let Some(exporting) = exporting {
        exporting.shut_down().await;
    }
    ended?;
    tracing::info!("stopped");
    Ok(())
}

/// Returns at Ctrl-C, at SIGTERM, which service managers send, and when the terminal is closed.
async fn stop_signal(mut terminate: Option<Signal>, mut hangup: Option<Signal>) {
    let has_terminal = io::stdin().is_terminal();
    loop {
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => {
                if let Err(error) = interrupted {
                    tracing::warn!("Ctrl-C cannot be handled: {error}");
                }
                break;
            }
            () = received(&mut terminate) => break,
            () = received(&mut hangup) => {
                if has_terminal {
                    break;
                }
                tracing::info!("SIGHUP changes nothing: the settings are read at the start, so restart AMDA to apply others");
            }
        }
    }
    tracing::info!("stopping; finishing what was begun");
}

fn listen(kind: SignalKind, name: &str) -> Option<Signal> {
    signal(kind)
        .inspect_err(|error| tracing::warn!("{name} cannot be handled and will kill AMDA at once: {error}"))
        .ok()
}

/// Returns when the signal comes; never when it cannot be listened for.
async fn received(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}
