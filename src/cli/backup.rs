//! `amda backup` and `amda restore`: a whole installation in one file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use tokio_util::sync::CancellationToken;

use super::{media, report, terminal};
use crate::app;
use crate::backup::{self, BackupError, Created, Restored};
use crate::config::{Config, KeySource};
use crate::db::server::Server;
use crate::db::tombstones::Tombstone;
use crate::telemetry;

const MIB: f64 = 1024.0 * 1024.0;

/// The file that a backup becomes.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file, which must not exist yet, such as amda-2026-11-29.tar
    file: PathBuf,
}

/// The file that is restored.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The file, as `amda backup` wrote it
    file: PathBuf,
    /// A file that `amda users deleted` printed later: who was deleted since the backup is deleted again at the next start
    #[arg(long, value_name = "FILE")]
    deleted_users: Option<PathBuf>,
}

pub(super) async fn create(backup: &Backup, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let made = async {
        // Refuses a master key that would not open what the backup holds.
        app::core_for_command(config, server.urls()).await?;
        let stop = CancellationToken::new();
        let made = backup::create(config, server.urls(), &backup.file, &stop);
        unless_interrupted(made, &stop).await
    };
    let made = made.await;
    server.stop().await?;
    report::print(&created(&made?, &backup.file, config))?;
    Ok(())
}

pub(super) async fn restore(restore: &Restore, config: &Config) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let deleted = match &restore.deleted_users {
        Some(file) => read_deleted(file)?,
        None => Vec::new(),
    };
    let begun = Instant::now();
    let restoring = backup::restore(config, &restore.file, &deleted, &stop);
    let done = unless_interrupted(restoring, &stop).await?;
    let mut text = restored(&done, begun.elapsed());
    // What was restored is whole either way, so nothing that is found here takes it back.
    let media = match media::look(config).await {
        Ok(presence) if presence.is_whole() => media::describe(&presence),
        Ok(presence) => format!("WARNING: {}", media::describe(&presence)),
        Err(error) => format!(
            "WARNING: it cannot be told whether the media are there ({}); run `amda media check` when that is mended",
            telemetry::chain(error.as_ref())
        ),
    };
    text.push('\n');
    text.push_str(&media);
    report::print(&text)?;
    Ok(())
}

/// The tombstones in a file that `amda users deleted` printed.
fn read_deleted(file: &Path) -> anyhow::Result<Vec<Tombstone>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            Tombstone::parse(line).with_context(|| {
                let (file, line) = (file.display(), number + 1);
                format!("{file}:{line} is no line of `amda users deleted`: a hash of 64 digits, and a time")
            })
        })
        .collect()
}

/// Cancels `stop` at Ctrl-C, at SIGTERM and when the terminal is closed; returns when the work has ended and tidied up.
async fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, BackupError>>,
    stop: &CancellationToken,
) -> anyhow::Result<T> {
    let (mut work, mut interrupted) = (pin!(work), pin!(terminal::interrupted()?));
    tokio::select! {
        done = &mut work => return Ok(done?),
        () = &mut interrupted => stop.cancel(),
    }
    Ok(work.await?)
}

fn created(made: &Created, file: &Path, config: &Config) -> String {
    let mut text = format!(
        "backed up into {}: the database, {} and {}, {}",
        file.display(),
        files(made.manifest.media()),
        if made.manifest.has_key("master.key") {
            "the keys"
        } else {
            "no master key"
        },
        size(made.size_bytes)
    );
    let others = [
        ("JWT_SECRET", &config.keys.jwt),
        ("AMDA_VAPID_PRIVATE_KEY", &config.keys.vapid),
    ];
    let others = others
        .into_iter()
        .filter(|(_, source)| !matches!(source, KeySource::File(_)))
        .map(|(name, _)| name);
    let master = config.keys.master_setting();
    let given: Vec<&str> = master.into_iter().chain(others).collect();
    if config.media.bucket.is_some() {
        text.push_str(
            "\nWARNING: it does not hold the media of the bucket, which must be kept by a backup of its own",
        );
    }
    if !given.is_empty() {
        let _ = write!(
            text,
            "\nWARNING: it does not hold {}, which come from the settings: keep them too, in another place",
            given.join(", ")
        );
    }
    match master {
        Some(setting) => {
            let _ = write!(
                text,
                "\nWARNING: without {setting} as it is now nobody can read the backup, nor restore it: keep that key for as long"
            );
        }
        None => text
            .push_str("\nwhoever has the file can read everything in it, so keep it where nobody else can"),
    }
    text
}

fn restored(done: &Restored, took: Duration) -> String {
    let manifest = &done.manifest;
    let mut text = format!(
        "restored the backup of {} by AMDA {} in {:.1} s: the database, {} and the keys in it; `amda serve` starts it",
        manifest.created_at.format("%Y-%m-%d %H:%M UTC"),
        manifest.amda,
        took.as_secs_f64(),
        files(manifest.media()),
    );
    for key in &done.missing_keys {
        let _ = write!(
            text,
            "\nWARNING: the backup holds no {key}; the next start makes a new one"
        );
    }
    text.push_str(
        "\nWARNING: stop the AMDA that the backup was made of, for good: an account belongs to whichever of the two connects last, and \
         the other one shows it as REPLACED",
    );
    text
}

fn files(count: usize) -> String {
    match count {
        1 => "1 media file".to_owned(),
        count => format!("{count} media files"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "one decimal of a size is shown")]
fn size(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB)
}
