//! `amda users`: what an operator does to users from outside.

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use secrecy::SecretString;

use super::report;
use crate::config::Config;
use crate::db::schema::users;
use crate::db::server::Server;
use crate::db::{self, Db};
use crate::id::UserId;

/// What can be done to users.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Give a user a plan, as if they had bought it
    SetPlan {
        /// The user's e-mail address
        email: String,
        /// The plan
        plan: Plan,
    },
}

/// A plan, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Plan {
    /// The limits of Free
    Free,
    /// The limits of Premium
    Premium,
}

define_sql_function! {
    /// The user of an e-mail address, whatever its case.
    fn amda_user_by_email(wanted: Text) -> Nullable<diesel::sql_types::Uuid>;
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    let Command::SetPlan { email, plan } = command;
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = set_plan(server.url(), &email, plan).await;
    server.stop().await?;
    done?;
    report::print(&format!("{email} now has the plan {}", plan.as_typed()))?;
    Ok(())
}

async fn set_plan(url: &SecretString, email: &str, plan: Plan) -> anyhow::Result<()> {
    db::migrate(url).await?;
    let db = Db::connect(url, 1)?;
    let mut tx = db.begin_for_nobody().await?;
    let found: Option<UserId> = diesel::select(amda_user_by_email(email))
        .get_result(&mut tx)
        .await?;
    tx.rollback().await?;
    let Some(user) = found else {
        bail!("no user has the e-mail address {email}; check its spelling, or let them register first");
    };
    let mut tx = db.begin(user).await?;
    diesel::update(users::table.find(user))
        .set(users::plan.eq(plan.as_kept()))
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

impl Plan {
    const fn as_kept(self) -> &'static str {
        match self {
            Self::Free => "FREE",
            Self::Premium => "PREMIUM",
        }
    }

    const fn as_typed(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Premium => "premium",
        }
    }
}
