//! `amda invite`: prints a code that lets one person register.

use anyhow::Context;
use chrono::{SecondsFormat, TimeDelta};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};

use super::report;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, RegistrationPolicy};
use crate::db::server::Server;
use crate::db::{self, Db};
use crate::features::users::{self, Invitation};

/// The life of an invitation.
#[derive(Debug, Args)]
pub(super) struct Invite {
    /// Number of days for which the code is good
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
    days: u16,
}

pub(super) async fn run(invite: &Invite, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let made = make(invite, &server.urls().app).await;
    server.stop().await?;
    let Invitation { code, expires_at } = made?;
    let until = expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    report::print(&format!(
        "{}\ngood for one registration until {until}: it is the `invitation` in the input of `register`",
        code.expose_secret()
    ))?;
    match config.registration {
        RegistrationPolicy::Invite => {}
        RegistrationPolicy::Open => report::print(
            "note: anybody may register, with or without it; set AMDA_REGISTRATION=invite for AMDA to ask for it",
        )?,
        RegistrationPolicy::Closed => report::print(
            "note: registration is closed, even with it; set AMDA_REGISTRATION=invite for AMDA to take it",
        )?,
    }
    Ok(())
}

async fn make(invite: &Invite, url: &SecretString) -> anyhow::Result<Invitation> {
    db::require_ready(url).await?;
    let db = Db::connect(url, 1)?;
    let life = TimeDelta::days(invite.days.into());
    Ok(users::invite(&db, SystemClock.now(), life).await?)
}
