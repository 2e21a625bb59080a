//! `amda media`: moves media between the data folder and a bucket, and looks whether they are there, beside a running server
//! or without one.

use std::fmt::Write as _;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use tokio_util::sync::CancellationToken;

use super::progress::ProgressBar;
use super::{report, terminal};
use crate::app;
use crate::config::{Config, MediaEncryption};
use crate::db::server::Server;
use crate::media::{Migrated, Migration, MigrationError, Presence, Storage};

const MIB: u64 = 1024 * 1024;

/// The commands about media.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Move every file to the bucket or to the folder; each copy is read back before the file counts as moved
    Migrate(Migrate),
    /// Look whether every stored file is there, in the folder or in the bucket; the exit code is 0 when it is, else 1
    Check,
}

/// The place to move to.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// The place where every file is to lie
    #[arg(long)]
    to: Target,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// The bucket of `AMDA_S3_BUCKET`, encrypted as `AMDA_MEDIA_ENCRYPTION` says
    Bucket,
    /// The data folder
    Folder,
}

pub(super) async fn run(command: Command, config: &Config) -> anyhow::Result<()> {
    let presence = match command {
        Command::Migrate(Migrate { to }) => {
            let server = Server::reach(&config.database)
                .await
                .context("the database does not start")?;
            let migrated = Box::pin(migrate(to, config, &server)).await;
            server.stop().await?;
            report::print(&migrated?)?;
            return Ok(());
        }
        Command::Check => look(config).await?,
    };
    if !presence.is_whole() {
        anyhow::bail!(describe(&presence));
    }
    report::print(&describe(&presence))?;
    Ok(())
}

/// Looks whether every stored file is there.
pub(super) async fn look(config: &Config) -> anyhow::Result<Presence> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let looked = async {
        let core = app::core_for_command(config, server.urls()).await?;
        Ok(Presence::look(&core, &app::media_store(config)?).await?)
    };
    let looked = Box::pin(looked).await;
    server.stop().await?;
    looked
}

/// What was found, and what to do about it.
pub(super) fn describe(presence: &Presence) -> String {
    if presence.is_whole() {
        return match presence.files {
            0 => "no media are stored".to_owned(),
            1 => "the 1 stored media file is there".to_owned(),
            count => format!("all {count} stored media files are there"),
        };
    }
    let mut problems = Vec::new();
    if presence.without_bucket > 0 {
        problems.push(format!(
            "in a bucket, while none is configured: {} of {}; set AMDA_S3_BUCKET and the settings beside it, without which AMDA \
             does not start",
            presence.without_bucket,
            files(presence.files),
        ));
    }
    if presence.missing > 0 {
        let mut named = presence.first_missing.join(", ");
        let others = presence.missing - presence.first_missing.len() as u64;
        if others > 0 {
            let _ = write!(named, " and {others} more");
        }
        problems.push(format!(
            "missing: {} of {} ({named}); put them back under these names, from a copy of the bucket or of the folder `media`, \
             because what shows them cannot open them",
            presence.missing,
            files(presence.files),
        ));
    }
    problems.join("\n")
}

async fn migrate(to: Target, config: &Config, server: &Server) -> anyhow::Result<String> {
    let core = app::core_for_command(config, server.urls()).await?;
    let objects = app::media_store(config)?;
    if !objects.has_bucket() {
        anyhow::bail!(
            "no bucket is configured; set AMDA_S3_BUCKET and the settings beside it, also to move out of it"
        );
    }
    objects
        .check_bucket(&core.ids)
        .await
        .context("the bucket of media cannot be used")?;
    let migration = Migration {
        core,
        objects,
        to: match (to, config.media.encryption) {
            (Target::Folder, _) => Storage::Folder,
            (Target::Bucket, MediaEncryption::Sealed) => Storage::Bucket,
            (Target::Bucket, MediaEncryption::Bucket) => Storage::PlainBucket,
        },
    };
    let total = migration.left().await?;
    let moved = unless_interrupted(&migration, &total).await?;
    let left = migration.left().await?;
    Ok(summary(to, &moved, &left))
}

/// Runs the migration; Ctrl-C, SIGTERM and the end of the terminal end it after the files at hand.
async fn unless_interrupted(migration: &Migration, total: &Migrated) -> anyhow::Result<Migrated> {
    let stop = CancellationToken::new();
    let mut bar = ProgressBar::new(total.size_bytes);
    let text = |done: &Migrated| {
        format!(
            "{} of {} files, {} of {} MiB",
            done.files,
            total.files,
            done.size_bytes / MIB,
            total.size_bytes / MIB
        )
    };
    let done: Result<Migrated, MigrationError> = {
        let running = migration.run(&stop, |done| bar.show(done.size_bytes, &text(done)));
        terminal::unless_interrupted(&stop, running).await?
    };
    let done = done.context("what was moved until now stays moved; run the command again to go on")?;
    bar.finish(done.size_bytes, &text(&done));
    Ok(done)
}

fn summary(to: Target, moved: &Migrated, left: &Migrated) -> String {
    let place = match to {
        Target::Bucket => "bucket",
        Target::Folder => "folder",
    };
    let mut text = format!(
        "moved {} to the {place}; AMDA removes each where it lay before an hour after it was moved",
        files(moved.files)
    );
    let unreadable = moved.unreadable.len() as u64;
    if unreadable > 0 {
        let _ = write!(
            text,
            "\nWARNING: {} could not be read; what cannot be read stays where it lies, and the log above names it",
            files(unreadable)
        );
    }
    if left.files > unreadable {
        let _ = write!(
            text,
            "\nleft: {}; run the command again, once AMDA_MEDIA_STORE={place} holds for the AMDA that runs",
            files(left.files - unreadable)
        );
    }
    text
}

fn files(count: u64) -> String {
    match count {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    }
}
