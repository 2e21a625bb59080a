//! `amda serve`.

use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Tuning};
use crate::config::Config;

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let app = App::start(config, Tuning::in_service()).await?;
    #[cfg(feature = "simulator")]
    if app.simulator.is_some() {
        let stop = app.stopping();
        match crate::app::demo::begin(&app, stop).await {
            Ok(welcome) => super::report::print(&welcome)?,
            Err(error) => {
                app.stop().await?;
                return Err(error);
            }
        }
    }
    app.run_until(asked_to_stop()).await
}

/// Ctrl-C, or the signal that service managers send.
async fn asked_to_stop() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!("SIGTERM will end AMDA at once: {error}");
            return tokio::signal::ctrl_c().await.unwrap_or(());
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping; what was begun is being finished");
}
