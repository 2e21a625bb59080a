//! `amda migrate`: brings the database's tables up to date.

use anyhow::Context;

use super::report;
use crate::config::Config;
use crate::db;
use crate::db::server::Server;

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let server = Server::reach_or_create(&config.database)
        .await
        .context("the database does not start")?;
    let migrated = db::migrate(server.urls()).await;
    server.stop().await?;
    let applied = migrated?;
    for name in &applied {
        report::print(&format!("applied {name}"))?;
    }
    if applied.is_empty() {
        report::print("the database is up to date")?;
    }
    Ok(())
}
