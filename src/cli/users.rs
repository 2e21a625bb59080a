//! `amda users`: the operator's management of users.

use anyhow::Context;
use clap::Subcommand;

use super::report;
use crate::app;
use crate::config::{Config, DatabaseUrls};
use crate::db::server::Server;
use crate::features::users;
use crate::plan::Plan;

/// The commands about users.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give a user a plan, as if they had bought it
    SetPlan {
        /// The user's e-mail address
        email: String,
        /// The plan: free or premium
        plan: Plan,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    let Command::SetPlan { email, plan } = command;
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = set_plan(config, server.urls(), &email, plan).await;
    server.stop().await?;
    done?;
    report::print(&format!("{email} now has the plan {plan}"))?;
    Ok(())
}

async fn set_plan(config: &Config, urls: &DatabaseUrls, email: &str, plan: Plan) -> anyhow::Result<()> {
    let core = app::core_for_command(config, urls).await?;
    users::set_plan(&core, email, plan).await?;
    Ok(())
}
