//! The simulated WhatsApp server that the configuration asks for.

use super::{App, demo};
use crate::config::{Config, WhatsAppConfig};
use crate::simulator::{Simulator, SimulatorConfig};

/// The simulator, where the configuration asks for one.
pub struct Simulation(Option<Simulator>);

impl Simulation {
    /// Starts the simulator if the configuration asks for it.
    pub(super) async fn start(config: &Config) -> anyhow::Result<Self> {
        let Some(wanted) = &config.simulator else {
            return Ok(Self(None));
        };
        let config = SimulatorConfig {
            listen: wanted.listen,
            data_dir: Some(config.data_dir.join("simulator")),
        };
        Ok(Self(Some(Simulator::start(config).await?)))
    }

    /// The simulator; none when the real WhatsApp is used.
    pub const fn simulator(&self) -> Option<&Simulator> {
        self.0.as_ref()
    }

    /// The configuration of WhatsApp, with the simulator's addresses if there is one.
    pub(super) fn whatsapp(&self, config: &WhatsAppConfig) -> anyhow::Result<WhatsAppConfig> {
        let mut config = config.clone();
        if let Some(simulator) = &self.0 {
            config.websocket_url = simulator.websocket_url().parse()?;
            config.media_url = Some(simulator.media_base_url().parse()?);
        }
        Ok(config)
    }

    /// Stops the simulator.
    pub(super) async fn stop(&self) {
        if let Some(simulator) = &self.0 {
            simulator.shutdown().await;
        }
    }
}

/// Starts the demonstration if WhatsApp is simulated; returns the text for the person at the terminal.
///
/// # Errors
/// As [`demo::begin`].
pub async fn start_demo(app: &App) -> anyhow::Result<Option<String>> {
    match app.simulation.simulator() {
        Some(_) => demo::begin(app, app.stopping()).await.map(Some),
        None => Ok(None),
    }
}
