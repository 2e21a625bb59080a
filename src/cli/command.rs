use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

#[cfg(feature = "simulator")]
use super::load;
use super::{
    backup, billing, doctor, healthcheck, invite, jobs, link, media, migrate, purge, report, rotate_keys,
    serve, settings, users,
};
use crate::config::{self, Config, Flags, ServeFlags};
use crate::server;
use crate::telemetry::{self, SpanExporter};

/// A self-hosted WhatsApp companion.
#[derive(Debug, Parser)]
#[command(name = "amda", version = env!("BUILD_VERSION"), arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run AMDA
    #[command(after_help = settings::help())]
    Serve(ServeFlags),
    /// Bring the database's tables up to date
    Migrate,
    /// Print every setting, its value, and where that comes from
    Config,
    /// Print the GraphQL schema
    Schema,
    /// Check the installation, and say how to fix what is wrong
    Doctor(doctor::Doctor),
    /// Ask the AMDA of this machine whether it is ready; the exit code is 0 when it is, else 1
    Healthcheck(healthcheck::Healthcheck),
    /// List jobs, and retry or discard those that were given up
    Jobs {
        #[command(subcommand)]
        command: Option<jobs::Command>,
    },
    /// Delete now what is past its retention time, which AMDA does by itself every hour
    Purge(purge::Purge),
    /// Write the database, the media and the keys into one file, while AMDA runs or not
    Backup(backup::Backup),
    /// Restore a backup into an empty data folder and an empty database
    Restore(backup::Restore),
    /// Move media between the data folder and a bucket, or look whether they are there
    #[command(subcommand)]
    Media(media::Command),
    /// Wrap everything by a new master key, while AMDA runs; ended at any moment, the next run goes on
    RotateKeys(rotate_keys::RotateKeys),
    /// Link a WhatsApp account of a user, by a code in the terminal, with the AMDA that runs
    Link(link::Link),
    /// Print an invitation: a code that lets one person register, where `AMDA_REGISTRATION=invite`
    Invite(invite::Invite),
    /// Manage users
    #[command(subcommand)]
    Users(users::Command),
    /// Manage the sale of Premium through Stripe
    #[command(subcommand)]
    Billing(billing::Command),
    /// Measure many simulated accounts on one server, on two and on three, in a database of their own
    #[cfg(feature = "simulator")]
    Load(load::Load),
    /// The simulated WhatsApp of `amda load`
    #[cfg(feature = "simulator")]
    #[command(hide = true)]
    SimulateWhatsapp,
}

impl Command {
    /// True for the command whose traces are exported.
    const fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_))
    }

    /// True when the command works with what lies in the data folder.
    const fn uses_data_folder(&self) -> bool {
        match self {
            Self::Config | Self::Schema | Self::Doctor(_) | Self::Healthcheck(_) => false,
            #[cfg(feature = "simulator")]
            Self::Load(_) | Self::SimulateWhatsapp => false,
            Self::Serve(_)
            | Self::Migrate
            | Self::Jobs { .. }
            | Self::Purge(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::Media(_)
            | Self::RotateKeys(_)
            | Self::Link(_)
            | Self::Invite(_)
            | Self::Users(_)
            | Self::Billing(_) => true,
        }
    }
}

impl Cli {
    /// The flags of the program, with those of `serve` when that is the command, or one that asks it.
    fn all_flags(&self) -> Flags {
        let mut flags = self.flags.clone();
        match &self.command {
            Command::Serve(serve) => {
                flags.serve = ServeFlags {
                    is_given: true,
                    ..serve.clone()
                };
            }
            Command::Healthcheck(healthcheck) => flags.serve.listen.clone_from(&healthcheck.listen),
            _ => {}
        }
        flags
    }
}

/// Runs the command that `arguments` name. Boxed here, so that the future of all of AMDA is compiled once, and not again by
/// who awaits it.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> LocalBoxFuture<'static, ExitCode> {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and the version come this way too, and are no failure; clap knows which is which.
        Err(error) => error.exit(),
    };
    run_command(cli).boxed_local()
}

async fn run_command(cli: Cli) -> ExitCode {
    let config = match Config::read(&cli.all_flags(), &config::environment()) {
        Ok(config) => config,
        Err(error) => return report::invalid_configuration(&error),
    };
    let traces = config.traces.as_ref().filter(|_| cli.command.is_server());
    let exporter = match telemetry::start(&config.log, traces) {
        Ok(exporter) => exporter,
        Err(error) => return report::failure(&error.into()),
    };
    match Box::pin(execute(cli.command, config, exporter)).await {
        Ok(code) => code,
        Err(error) => report::failure(&error),
    }
}

async fn execute(command: Command, config: Config, traces: Option<SpanExporter>) -> anyhow::Result<ExitCode> {
    if command.uses_data_folder() {
        config::refuse_foreign_folder(&config.data_dir)?;
    }
    match command {
        Command::Serve(_) => Box::pin(serve::run(&config, traces)).await?,
        Command::Config => report::print(&settings::values(&config.settings))?,
        Command::Schema => report::print(&server::sdl())?,
        Command::Migrate => migrate::run(&config).await?,
        Command::Doctor(doctor) => return doctor::run(&doctor, &config).await,
        Command::Healthcheck(_) => healthcheck::run(&config).await?,
        Command::Jobs { command } => jobs::run(command, &config).await?,
        Command::Purge(purge) => purge::run(&purge, &config).await?,
        Command::Backup(backup) => backup::create(&backup, &config).await?,
        Command::Restore(restore) => backup::restore(&restore, &config).await?,
        Command::Media(command) => media::run(command, &config).await?,
        Command::RotateKeys(rotation) => rotate_keys::run(&rotation, &config).await?,
        Command::Link(link) => link::run(&link, &config).await?,
        Command::Invite(invite) => invite::run(&invite, &config).await?,
        Command::Users(command) => users::run(command, &config).await?,
        Command::Billing(command) => billing::run(command, &config).await?,
        #[cfg(feature = "simulator")]
        Command::Load(load) => Box::pin(load::run(&load, &config)).await?,
        #[cfg(feature = "simulator")]
        Command::SimulateWhatsapp => load::simulate_whatsapp().await?,
    }
    Ok(ExitCode::SUCCESS)
}
