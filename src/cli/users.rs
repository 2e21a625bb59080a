//! `amda users`: what an operator does to users from outside.

use anyhow::Context;
use clap::Subcommand;
use secrecy::SecretString;

use super::report;
use crate::config::Config;
use crate::db::server::Server;
use crate::db::{self, Db};
use crate::features::users;
use crate::plan::Plan;

/// What can be done to users.
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
    let done = set_plan(server.url(), &email, plan).await;
    server.stop().await?;
    done?;
    report::print(&format!("{email} now has the plan {plan}"))?;
    Ok(())
}

async fn set_plan(url: &SecretString, email: &str, plan: Plan) -> anyhow::Result<()> {
    db::migrate(url).await?;
    let db = Db::connect(url, 1)?;
    users::set_plan(&db, email, plan).await?;
    Ok(())
}
