//! AMDA as it is measured from outside.

use amda::config::{ClientLimits, DatabaseConfig, EmbeddedConfig};

use super::support::app::TestApp;

/// Starts AMDA with a PostgreSQL of its own that waits for the disk, as in service, and with the highest limits of a client
/// that an operator can set: one client is to keep it busy.
pub(super) async fn start_with_high_limits() -> TestApp {
    TestApp::start_with(|config| {
        config.database = DatabaseConfig::Embedded(EmbeddedConfig {
            folder: config.data_dir.join("postgres"),
            binaries: None,
            durable: true,
        });
        config.clients = ClientLimits {
            sockets: 10_000,
            cost_budget: 10_000_000,
        };
    })
    .await
}
