//! The simulated WhatsApp server and the simulated Stripe that the configuration asks for.

use std::net::SocketAddr;

use super::{App, demo, stripe_simulation};
use crate::config::{Config, WhatsAppConfig};
use crate::simulator::{Simulator, SimulatorConfig};
use crate::stripe_simulator::StripeSimulator;

/// The simulators, where the configuration asks for them.
pub struct Simulation {
    whatsapp: Option<Simulator>,
    stripe: Option<StripeSimulator>,
}

impl Simulation {
    /// Starts the simulators that the configuration asks for.
    pub(super) async fn start(config: &Config) -> anyhow::Result<Self> {
        let whatsapp = match &config.simulator {
            Some(wanted) => {
                let config = SimulatorConfig {
                    listen: wanted.listen,
                    data_dir: Some(config.data_dir.join("simulator")),
                };
                Some(Simulator::start(config).await?)
            }
            None => None,
        };
        let stripe = match &config.stripe_simulator {
            Some(wanted) if config.billing.is_none() => {
                let folder = config.data_dir.join("stripe-simulator");
                Some(stripe_simulation::start(wanted.listen, folder).await?)
            }
            _ => None,
        };
        Ok(Self { whatsapp, stripe })
    }

    /// The simulated WhatsApp; none when the real one is used.
    pub const fn simulator(&self) -> Option<&Simulator> {
        self.whatsapp.as_ref()
    }

    /// The simulated Stripe; none when another sells, or none.
    pub const fn stripe(&self) -> Option<&StripeSimulator> {
        self.stripe.as_ref()
    }

    /// The configuration of WhatsApp, with the simulator's addresses if there is one.
    pub(super) fn whatsapp(&self, config: &WhatsAppConfig) -> anyhow::Result<WhatsAppConfig> {
        let mut config = config.clone();
        if let Some(simulator) = &self.whatsapp {
            config.websocket_url = simulator.websocket_url().parse()?;
            config.media_url = Some(simulator.media_base_url().parse()?);
        }
        Ok(config)
    }

    /// The configuration of a server at `address`, with the sale by the simulated Stripe if there is one.
    pub(super) fn with_sale(&self, config: &Config, address: SocketAddr) -> anyhow::Result<Config> {
        let mut config = config.clone();
        if let Some(stripe) = &self.stripe {
            let own = format!("http://{address}");
            let origins = std::iter::once(own).chain(config.allowed_origins.iter().cloned());
            config.billing = Some(stripe_simulation::sale(stripe, address, origins.collect())?);
        }
        Ok(config)
    }

    /// Stops the simulators.
    pub(super) async fn stop(&self) {
        if let Some(simulator) = &self.whatsapp {
            simulator.shutdown().await;
        }
        if let Some(stripe) = &self.stripe {
            stripe.shutdown().await;
        }
    }
}

/// Starts the demonstration if WhatsApp is simulated; returns the text for the person at the terminal.
///
/// # Errors
/// As [`demo::begin`].
pub async fn start_demo(app: &App) -> anyhow::Result<Option<String>> {
    match app.simulation.simulator() {
        // The future of the whole demonstration is large.
        Some(_) => Box::pin(demo::begin(app, app.stopping())).await.map(Some),
        None => Ok(None),
    }
}
