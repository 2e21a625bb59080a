use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{doctor, jobs, migrate, purge, report, serve, users};
use crate::config::{self, Config, Flags, ServeFlags};
use crate::{server, telemetry};

/// A self-hosted WhatsApp companion.
#[derive(Debug, Parser)]
#[command(name = "amda", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run AMDA
    #[command(after_help = SETTINGS)]
    Serve(ServeFlags),
    /// Bring the database's tables up to date
    Migrate,
    /// Print the GraphQL schema
    Schema,
    /// Check the installation, and say how to fix what is wrong
    Doctor(doctor::Doctor),
    /// List jobs, and retry or discard those that were given up
    Jobs {
        #[command(subcommand)]
        command: Option<jobs::Command>,
    },
    /// Delete now what is past its retention time, which AMDA does by itself every hour
    Purge(purge::Purge),
    /// Manage users
    #[command(subcommand)]
    Users(users::Command),
}

/// The settings that have no flag.
const SETTINGS: &str = "\
Further settings, from the environment or the file of --config:
  DATABASE_URL           a PostgreSQL of your own, 15 or newer [default: AMDA runs one in the data folder]
  AMDA_PG_BIN            the folder of PostgreSQL's programs [default: searched for]
  AMDA_MASTER_KEY        encrypts stored data: 32 bytes in base64 [default: made in <data>/master.key]
  JWT_SECRET             signs access tokens: at least 32 bytes [default: made in <data>/jwt.secret]
  AMDA_VAPID_PRIVATE_KEY signs web pushes: a P-256 private key in base64url [default: made in <data>/vapid.key]
  AMDA_SMTP_URL          the mail server: smtps://user:password@host, smtp://user:password@host:587?tls=required, or
                         smtp://host:25 [default: mails are only logged]
  AMDA_MAIL_FROM         the sender of mails, such as AMDA <amda@example.org>; needed with AMDA_SMTP_URL
  AMDA_PUBLIC_URL        the address that links begin with [default: http://<listen>]
  AMDA_ALLOWED_ORIGINS   other sites whose pages may call this server, with commas between [default: none]
  AMDA_DEFAULT_PLAN      the plan of users who bought none: free or premium [default: free]
  AMDA_DEVICE_NAME       the name in the phone's list of linked devices [default: AMDA]
  AMDA_WHATSAPP_VERSION  the version of WhatsApp Web to present, such as 2.3000.1035194821
  AMDA_WHATSAPP_URL      the address of WhatsApp [default: wss://web.whatsapp.com/ws/chat]
  AMDA_WHATSAPP_MEDIA_URL
                         the address of media instead of WhatsApp's hosts
  AMDA_LOG               levels, such as info or info,amda=debug [default: info]
  AMDA_LOG_FORMAT        text or json [default: text]";

impl Cli {
    /// The flags of the program, with those of `serve` when that is the command.
    fn all_flags(&self) -> Flags {
        let mut flags = self.flags.clone();
        if let Command::Serve(serve) = &self.command {
            flags.serve = ServeFlags {
                is_given: true,
                ..serve.clone()
            };
        }
        flags
    }
}

/// Runs the command that `arguments` name.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and the version come this way too, and are no failure; clap knows which is which.
        Err(error) => error.exit(),
    };
    let config = match Config::read(&cli.all_flags(), &config::environment()) {
        Ok(config) => config,
        Err(error) => return report::invalid_configuration(&error),
    };
    if let Err(error) = telemetry::start(&config.log) {
        return report::failure(&error.into());
    }
    match Box::pin(execute(cli.command, config)).await {
        Ok(code) => code,
        Err(error) => report::failure(&error),
    }
}

async fn execute(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    if !matches!(command, Command::Schema | Command::Doctor(_)) {
        config::refuse_foreign_folder(&config.data_dir)?;
    }
    match command {
        Command::Serve(_) => Box::pin(serve::run(&config)).await?,
        Command::Schema => report::print(&server::sdl())?,
        Command::Migrate => migrate::run(&config).await?,
        Command::Doctor(doctor) => return doctor::run(&doctor, &config).await,
        Command::Jobs { command } => jobs::run(command, &config).await?,
        Command::Purge(purge) => purge::run(&purge, &config).await?,
        Command::Users(command) => users::run(command, &config).await?,
    }
    Ok(ExitCode::SUCCESS)
}
