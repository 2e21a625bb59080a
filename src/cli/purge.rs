//! `amda purge`: deletes now what is past its retention time, or counts it.

use std::fmt::Write as _;

use anyhow::{Context, anyhow};
use clap::Args;

use super::report;
use crate::app;
use crate::config::{Config, DatabaseUrls};
use crate::db::server::Server;
use crate::features::users;
use crate::id::UserId;
use crate::retention::{Sweeper, Tally};
use crate::work::Core;

/// The scope of a purge.
#[derive(Debug, Args)]
pub(super) struct Purge {
    /// Only count what would be deleted
    #[arg(long)]
    dry_run: bool,
    /// Only for the user with this e-mail address
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
}

pub(super) async fn run(purge: &Purge, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = execute(purge, config, server.urls()).await;
    server.stop().await?;
    report::print(&done?)?;
    Ok(())
}

async fn execute(purge: &Purge, config: &Config, urls: &DatabaseUrls) -> anyhow::Result<String> {
    let core = app::core_for_command(config, urls).await?;
    let sweeper = Sweeper::new(core.clone(), app::expiries());
    let mut total = Vec::new();
    let users = match &purge.user {
        Some(email) => {
            let user = users::find_by_email(&core.db, email)
                .await?
                .ok_or_else(|| anyhow!("there is no user with the e-mail address {email}"))?;
            add(&mut total, purge_user(&sweeper, user, purge.dry_run).await?);
            1
        }
        None => purge_all(&core, &sweeper, purge.dry_run, &mut total).await?,
    };
    Ok(purge_report(purge.dry_run, users, &total))
}

/// Purges every user; returns how many there are.
async fn purge_all(
    core: &Core,
    sweeper: &Sweeper,
    is_dry: bool,
    total: &mut Vec<Tally>,
) -> anyhow::Result<usize> {
    let (mut count, mut behind) = (0, None);
    loop {
        let users = core.users_after(behind).await?;
        let Some(last) = users.last() else {
            return Ok(count);
        };
        behind = Some(*last);
        count += users.len();
        for user in users {
            add(total, purge_user(sweeper, user, is_dry).await?);
        }
    }
}

async fn purge_user(sweeper: &Sweeper, user: UserId, is_dry: bool) -> anyhow::Result<Vec<Tally>> {
    let tallies = if is_dry {
        sweeper.survey(user).await
    } else {
        sweeper.purge(user).await
    };
    tallies.with_context(|| format!("user {user} was not purged; what was deleted before stays deleted"))
}

fn add(total: &mut Vec<Tally>, more: Vec<Tally>) {
    if total.is_empty() {
        *total = more;
        return;
    }
    for (total, more) in total.iter_mut().zip(more) {
        total.count += more.count;
    }
}

fn purge_report(is_dry: bool, users: usize, total: &[Tally]) -> String {
    let whose = if users == 1 {
        "1 user".to_owned()
    } else {
        format!("{users} users")
    };
    let verb = if is_dry { "would go" } else { "went" };
    if total.iter().all(|tally| tally.count == 0) {
        return format!("of {whose}, nothing has been kept for its time");
    }
    let mut text = format!("of {whose}:\n");
    for tally in total {
        let _ = writeln!(text, "{:>9} {} {verb}", tally.count, tally.name);
    }
    if is_dry {
        text.push_str("nothing was removed; run it without --dry-run for that\n");
    } else {
        text.push_str("their files follow within minutes while AMDA runs\n");
    }
    text
}
