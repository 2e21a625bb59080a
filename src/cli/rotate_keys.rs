//! `amda rotate-keys`: wraps everything by a new master key, beside running servers or without one.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::progress::ProgressBar;
use super::{report, terminal};
use crate::app;
use crate::config::{Config, DatabaseUrls};
use crate::db::inspect::MasterKeyUse;
use crate::db::server::Server;
use crate::vault::{Rewrapped, Rotation, Standing};

/// Users that are named when their keys do not open; the log names them all.
const NAMED_USERS: usize = 20;

/// The rotation, or the end of it.
#[derive(Debug, Args)]
pub(super) struct RotateKeys {
    /// Rotate nothing; remove earlier master keys that open nothing any more from the data folder. Backups may still need them
    #[arg(long)]
    forget_old: bool,
}

pub(super) async fn run(command: &RotateKeys, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = Box::pin(execute(command, config, server.urls())).await;
    server.stop().await?;
    report::print(&done?)?;
    Ok(())
}

async fn execute(command: &RotateKeys, config: &Config, urls: &DatabaseUrls) -> anyhow::Result<String> {
    let core = app::core_for_rotation(config, urls).await?;
    let rotation = Rotation::new(core.db.clone(), core.vault);
    if command.forget_old {
        return Ok(forgotten(&rotation.forget().await?, config));
    }
    let begun = rotation.begin().await?;
    let started = Instant::now();
    let done = unless_interrupted(&rotation, &begun).await?;
    let standing = rotation.look().await?;
    let seconds = started.elapsed().as_secs_f64();
    let text = rotated(&done, seconds, &standing, config);
    if standing.users_left() > 0 {
        anyhow::bail!(text);
    }
    Ok(text)
}

/// Runs the rotation; Ctrl-C, SIGTERM and the end of the terminal end it after the users at hand.
async fn unless_interrupted(rotation: &Rotation, begun: &Standing) -> anyhow::Result<Rewrapped> {
    let (stop, total) = (CancellationToken::new(), begun.users_left());
    let mut bar = ProgressBar::new(total);
    let text = |done: &Rewrapped| format!("{} of {total} users", done.users);
    let done = {
        let running = rotation.run(&stop, |done| bar.show(done.users, &text(done)));
        terminal::unless_interrupted(&stop, running).await?
    };
    let done = done.context("what was wrapped until now stays so; run `amda rotate-keys` again to go on")?;
    bar.finish(done.users, &text(&done));
    Ok(done)
}

#[expect(clippy::cast_precision_loss, reason = "a rate without decimals is shown")]
fn rotated(done: &Rewrapped, seconds: f64, standing: &Standing, config: &Config) -> String {
    let mut text = format!(
        "wrapped the keys of {} by the master key {} ({:.0} users/s)",
        users(done.users),
        standing.current,
        done.users as f64 / seconds.max(0.001)
    );
    let left = standing.users_left();
    let unreadable = done.unreadable.len() as u64;
    if unreadable > 0 {
        let named: Vec<String> = done
            .unreadable
            .iter()
            .take(NAMED_USERS)
            .map(ToString::to_string)
            .collect();
        let _ = write!(
            text,
            "\nWARNING: no master key at hand opens the key of {} ({}{}), which were left as they are; hold the key that wrapped \
             them, and run `amda rotate-keys` again",
            users(unreadable),
            named.join(", "),
            if done.unreadable.len() > NAMED_USERS {
                ", ..."
            } else {
                ""
            }
        );
    }
    if left > unreadable {
        let _ = write!(
            text,
            "\nleft: {}; run `amda rotate-keys` again to go on",
            users(left - unreadable)
        );
    }
    text.push('\n');
    text.push_str(&describe(standing, config));
    text
}

/// The earlier keys: those that must stay, and those that may go.
fn describe(standing: &Standing, config: &Config) -> String {
    let mut others = standing
        .uses
        .iter()
        .filter(|used| used.master_key_id != standing.current)
        .map(MasterKeyUse::to_string)
        .peekable();
    if others.peek().is_some() {
        let others: Vec<String> = others.collect();
        return format!("still in use, and not to be removed: {}", others.join(", "));
    }
    if standing.unused.is_empty() {
        return "no other master key opens anything here".to_owned();
    }
    let place = match config.keys.master_setting() {
        None => "`amda rotate-keys --forget-old` removes those in master.key.previous",
        Some(_) => "they may be removed from AMDA_PREVIOUS_MASTER_KEYS, or from the file beside the key",
    };
    format!(
        "no longer in use: {}; keep a copy for as long as a backup from before, then {place}",
        standing.unused.join(", ")
    )
}

fn forgotten(standing: &Standing, config: &Config) -> String {
    if config.keys.master_setting().is_some() {
        return format!(
            "the data folder holds no master key, so nothing was removed\n{}",
            describe(standing, config)
        );
    }
    let mut text = if standing.unused.is_empty() {
        "there is no master key that opens nothing, so none was removed".to_owned()
    } else {
        format!(
            "removed from master.key.previous: {}; backups that were made with them hold them too",
            standing.unused.join(", ")
        )
    };
    if standing.uses.len() > 1 {
        text.push('\n');
        text.push_str(&describe(standing, config));
    }
    text
}

fn users(count: u64) -> String {
    match count {
        1 => "1 user".to_owned(),
        count => format!("{count} users"),
    }
}
