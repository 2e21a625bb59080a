//! The flags that configure AMDA. Their values stay text here, so that the problems of all settings are reported at
//! once.

use clap::Args;

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// A file of further settings.
    #[arg(long, global = true, value_name = "FILE")]
    #[arg(help = "A file of further settings, one NAME=value a line [env: AMDA_CONFIG]")]
    pub config: Option<String>,
    /// The folder of everything that AMDA keeps.
    #[arg(long, global = true, value_name = "FOLDER")]
    #[arg(
        help = "The folder of everything that AMDA keeps [env: AMDA_DATA_DIR] [default: ./data, or ./data-demo with --simulate]"
    )]
    pub data_dir: Option<String>,
    /// The flags of `serve`, filled in when that is the command.
    #[arg(skip)]
    pub serve: ServeFlags,
}

/// Flags of `serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeFlags {
    /// The address to serve HTTP at.
    #[arg(long, value_name = "ADDRESS:PORT")]
    #[arg(help = "The address to serve HTTP at [env: AMDA_LISTEN] [default: 127.0.0.1:3000]")]
    pub listen: Option<String>,
    /// Simulates WhatsApp on this machine.
    #[arg(long)]
    #[arg(
        help = "Simulate WhatsApp on this machine, with contacts that post, write and delete [env: AMDA_SIMULATE]"
    )]
    pub simulate: bool,
    /// The address at which the simulated WhatsApp listens.
    #[arg(long, value_name = "ADDRESS:PORT")]
    #[arg(
        help = "The address at which the simulated WhatsApp listens [env: AMDA_SIMULATOR_LISTEN] [default: 127.0.0.1:3100]"
    )]
    pub simulator_listen: Option<String>,
    /// The command is `serve`. Only that connects to WhatsApp, so only then must the address be allowed.
    #[arg(skip)]
    pub is_given: bool,
}
