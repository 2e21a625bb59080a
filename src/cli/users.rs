//! `amda users`: what an operator does to users from outside.

use std::sync::Arc;

use anyhow::Context;
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use super::report;
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Config, Keys};
use crate::crypto::MasterKey;
use crate::db::server::Server;
use crate::db::{self, Db};
use crate::features::users::{TokenService, UsersConfig, UsersService};
use crate::hub::LocalHub;
use crate::id::Ids;
use crate::plan::Plan;
use crate::vault::Vault;
use crate::work::Core;

/// What can be done to users.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give a user a plan, as if they had bought it
    SetPlan {
        /// The user's e-mail address
        email: String,
        /// free or premium
        plan: Plan,
    },
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    let Command::SetPlan { email, plan } = command;
    let keys = Keys::load(&config.keys)?;
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = set_plan(server.url(), &keys, &email, plan).await;
    server.stop().await?;
    done?;
    report::print(&format!("{email} now has the plan {plan}"))?;
    Ok(())
}

async fn set_plan(url: &SecretString, keys: &Keys, email: &str, plan: Plan) -> anyhow::Result<()> {
    db::migrate(url).await?;
    users(url, keys)?.set_plan(email, plan).await?;
    Ok(())
}

fn users(url: &SecretString, keys: &Keys) -> anyhow::Result<UsersService> {
    let clock: SharedClock = Arc::new(SystemClock);
    let ids = Arc::new(Ids::new(Arc::clone(&clock)));
    let tokens = Arc::new(TokenService::new(Arc::clone(&clock), Arc::clone(&ids), &keys.jwt));
    let core = Core {
        db: Db::connect(url, 1)?,
        vault: Arc::new(Vault::new(MasterKey::from_base64(keys.master.expose_secret())?)),
        hub: Arc::new(LocalHub::default()),
        clock,
        ids,
    };
    // Nobody registers or comes in by this command, so what is decided about that has no effect.
    let config = UsersConfig {
        default_plan: Plan::Free,
        password_cost: 12,
        is_https: false,
        limits: None,
    };
    Ok(UsersService::new(core, tokens, config))
}
