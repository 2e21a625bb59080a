//! `amda serve`: runs the server until it is stopped.

use tokio::signal::unix::{SignalKind, signal};

use super::report;
use crate::app::{App, Tuning, start_demo};
use crate::config::Config;

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let app = App::start(config, Tuning::in_service()).await?;
    match start_demo(&app).await {
        Ok(None) => {}
        Ok(Some(welcome)) => report::print(&welcome)?,
        Err(error) => {
            app.stop().await?;
            return Err(error);
        }
    }
    app.run_until(stop_signal()).await
}

/// Returns at Ctrl-C, or at SIGTERM, which service managers send.
async fn stop_signal() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!("SIGTERM cannot be handled and will kill AMDA at once: {error}");
            return tokio::signal::ctrl_c().await.unwrap_or(());
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping; finishing what was begun");
}
