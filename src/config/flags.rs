//! The flags that configure AMDA. Their values stay text here, so that what is wrong with all settings is told at once.

use clap::Args;

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// A file of further settings, one `NAME=value` a line [env: AMDA_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
    /// The folder of everything AMDA keeps [env: AMDA_DATA_DIR] [default: ./data]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Those of `serve`, which it fills in.
    #[arg(skip)]
    pub serve: ServeFlags,
}

/// Flags of `serve`.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeFlags {
    /// Where to serve HTTP [env: AMDA_LISTEN] [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Simulate WhatsApp on this machine, with contacts that post, write and delete [env: AMDA_SIMULATE]
    #[arg(long)]
    pub simulate: bool,
    /// Where the simulated WhatsApp listens [env: AMDA_SIMULATOR_LISTEN] [default: 127.0.0.1:3100]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub simulator_listen: Option<String>,
    /// Whether the command is `serve`: only that connects to WhatsApp, so only then must the address be allowed.
    #[arg(skip)]
    pub is_given: bool,
}
