//! The stand-in for the simulation in builds without the simulator.

use std::net::SocketAddr;

use super::App;
use crate::config::{Config, WhatsAppConfig};

/// No simulator.
pub struct Simulation;

impl Simulation {
    pub(super) async fn start(_: &Config) -> anyhow::Result<Self> {
        Ok(Self)
    }

    pub(super) fn whatsapp(&self, config: &WhatsAppConfig) -> anyhow::Result<WhatsAppConfig> {
        Ok(config.clone())
    }

    pub(super) fn with_sale(&self, config: &Config, _: SocketAddr) -> anyhow::Result<Config> {
        Ok(config.clone())
    }

    pub(super) async fn stop(&self) {}
}

/// Starts no demonstration, which needs the simulator.
///
/// # Errors
/// None in this build.
pub async fn start_demo(_: &App) -> anyhow::Result<Option<String>> {
    Ok(None)
}
