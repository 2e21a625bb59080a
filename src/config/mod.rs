//! What the operator decides: plain values, read once from flags, the environment and a file, checked all together.
//!
//! [`Config::read`] touches nothing but the configuration file. Keys are read, or made, by [`Keys::load_or_make`].
//! Secrets print nothing in `Debug`, and no error repeats one.

mod flags;
mod keys;
mod loopback;
mod mail;
mod reader;
mod settings;

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use url::Url;

pub use flags::{Flags, ServeFlags};
pub use keys::{KeyError, KeySource, Keys, KeysConfig};
pub use loopback::{NotLoopback, check_whatsapp_url};
pub use mail::MailConfig;
pub use reader::{ConfigError, Problem};

use reader::Reader;

/// Everything that AMDA needs to know to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// What links to this server begin with.
    pub public_url: Url,
    /// Other sites whose pages may call this server, as `https://host[:port]`; none means the same origin only.
    pub allowed_origins: Vec<String>,
    /// How many proxies of the operator stand in front: what they write into `X-Forwarded-For` is believed.
    pub proxies: usize,
    /// Whether clients may ask for the schema.
    pub allows_introspection: bool,
    /// Whether browsers are served GraphiQL.
    pub serves_graphiql: bool,
    /// The folder of everything that AMDA keeps in files.
    pub data_dir: PathBuf,
    /// Which PostgreSQL holds the data.
    pub database: DatabaseConfig,
    /// Where the secret keys come from.
    pub keys: KeysConfig,
    /// The plan of users who bought none.
    pub default_plan: DefaultPlan,
    /// Whether users may give addresses of this machine, and over http, for this server to call: for development and
    /// tests.
    pub allows_local_endpoints: bool,
    /// The mail server; none, and mail is only logged.
    pub mail: Option<MailConfig>,
    /// How WhatsApp is reached.
    pub whatsapp: WhatsAppConfig,
    /// Set when a WhatsApp server is to be simulated on loopback.
    pub simulator: Option<SimulatorConfig>,
    /// What is logged, and how.
    pub log: LogConfig,
}

/// Which PostgreSQL holds the data.
#[derive(Debug, Clone)]
pub enum DatabaseConfig {
    /// One that AMDA runs itself.
    Embedded(EmbeddedConfig),
    /// One that the operator runs, by its URL, which may hold a password.
    Url(SecretString),
}

/// Where and how AMDA runs a PostgreSQL of its own.
#[derive(Debug, Clone)]
pub struct EmbeddedConfig {
    /// The folder of the cluster, the log and the socket.
    pub folder: PathBuf,
    /// The folder of `postgres` and `initdb`, if the operator named one.
    pub binaries: Option<PathBuf>,
    /// Whether a commit waits for the disk. Off only in tests, whose data dies with them.
    pub durable: bool,
}

/// The plan of users who bought none: an operator without Stripe can give Premium to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultPlan {
    /// The limits of Free.
    Free,
    /// The limits of Premium.
    Premium,
}

/// How WhatsApp is reached, and what AMDA says it is.
#[derive(Debug, Clone)]
pub struct WhatsAppConfig {
    /// The address of WhatsApp's socket.
    pub websocket_url: Url,
    /// Where media is fetched and sent instead of WhatsApp's hosts: the simulator's address.
    pub media_url: Option<Url>,
    /// The version of WhatsApp Web that the client presents; WhatsApp refuses one that is too old.
    pub version: (u32, u32, u32),
    /// The name shown in the phone's list of linked devices.
    pub device_name: String,
}

/// A WhatsApp server on loopback.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// Where it listens; always on loopback.
    pub listen: SocketAddr,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Levels, as `info` or `info,amda=debug`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Config {
    /// Reads what `flags`, `environment` and the configuration file say, in this order of precedence. An empty variable
    /// counts as absent.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    pub fn read(flags: &Flags, environment: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(flags.config.as_deref(), environment);
        let config = settings::read(flags, &mut reader);
        reader.finish(config)
    }
}

/// The variables of this process's environment.
pub fn environment() -> BTreeMap<String, String> {
    let readable = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(readable).collect()
}

/// Makes the data folder, or one above it, if it is not there. Only we may look into it; as root, others may pass
/// through, because the user that PostgreSQL then runs as must.
///
/// # Errors
/// The operating system's.
pub fn make_data_folder(folder: &Path) -> std::io::Result<()> {
    let mode = if rustix::process::geteuid().is_root() {
        0o711
    } else {
        0o700
    };
    DirBuilder::new().recursive(true).mode(mode).create(folder)
}

#[cfg(test)]
mod tests;
