use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::reader::Reader;
use super::{
    AuthConfig, BillingConfig, ClientLimits, ConfigError, Flags, KeysConfig, MailConfig, MediaConfig,
    SettingState, StripeSimulatorConfig, TracesConfig, settings,
};

/// Everything that AMDA needs to know to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address at which HTTP is served.
    pub listen: SocketAddr,
    /// The address at which metrics are served for Prometheus; none where they are not.
    pub metrics_listen: Option<SocketAddr>,
    /// The address that links to this server begin with.
    pub public_url: Url,
    /// Other sites whose pages may call this server, as `https://host[:port]`; none means the same origin only.
    pub allowed_origins: Vec<String>,
    /// The number of the operator's own proxies in front, whose entries in `X-Forwarded-For` are believed.
    pub proxies: usize,
    /// Clients may ask for the schema.
    pub allows_introspection: bool,
    /// Browsers are served GraphiQL.
    pub serves_graphiql: bool,
    /// The limits of each client.
    pub clients: ClientLimits,
    /// Every setting as the operator gave it, in the order in which they are read.
    pub settings: Vec<SettingState>,
    /// The file that further settings came from.
    pub file: Option<ConfigFile>,
    /// The space that stays free on the disk of the data folder: what would take more is refused.
    pub min_free_bytes: u64,
    /// The folder of everything that AMDA keeps in files.
    pub data_dir: PathBuf,
    /// The PostgreSQL that holds the data.
    pub database: DatabaseConfig,
    /// The URL of the Redis that several nodes share, which may hold a password; none for one node alone.
    pub redis: Option<SecretString>,
    /// The sources of the secret keys.
    pub keys: KeysConfig,
    /// The place of media contents.
    pub media: MediaConfig,
    /// The people who may register.
    pub registration: RegistrationPolicy,
    /// The plan of users who bought none.
    pub default_plan: DefaultPlan,
    /// Users may give addresses of this machine, also over http, for this server to call; for development and tests.
    pub allows_local_endpoints: bool,
    /// The mail server; without one, mail is only logged.
    pub mail: Option<MailConfig>,
    /// The issuer whose tokens are accepted beside AMDA's own; without one, none are.
    pub auth: Option<AuthConfig>,
    /// The connection to WhatsApp.
    pub whatsapp: WhatsAppConfig,
    /// Set when a WhatsApp server is to be simulated on loopback.
    pub simulator: Option<SimulatorConfig>,
    /// The sale of Premium; without it, nothing is sold.
    pub billing: Option<BillingConfig>,
    /// Set when a Stripe is to be simulated on loopback, where no other sells.
    pub stripe_simulator: Option<StripeSimulatorConfig>,
    /// The log's levels and format.
    pub log: LogConfig,
    /// The receiver of traces; without one, none are made.
    pub traces: Option<TracesConfig>,
}

/// The file of further settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its path.
    pub path: PathBuf,
    /// It holds a password or a key.
    pub holds_secrets: bool,
}

/// The PostgreSQL that holds the data.
#[derive(Debug, Clone)]
pub enum DatabaseConfig {
    /// One that AMDA runs itself.
    Embedded(EmbeddedConfig),
    /// One that the operator runs.
    Urls(DatabaseUrls),
}

/// The URLs of one database, which may hold passwords.
#[derive(Debug, Clone)]
pub struct DatabaseUrls {
    /// The URL at which the server's role logs in, which row-level security binds.
    pub app: SecretString,
    /// The URL at which the owner of the tables logs in, for migrations alone. None when they are applied elsewhere.
    pub owner: Option<SecretString>,
    /// The URL at which the server's role reaches the database itself, where `app` is a pooler's.
    pub direct: Option<SecretString>,
}

/// The PostgreSQL that AMDA runs itself.
#[derive(Debug, Clone)]
pub struct EmbeddedConfig {
    /// The folder of the cluster, the log and the socket.
    pub folder: PathBuf,
    /// The folder of `postgres` and `initdb`, if the operator named one.
    pub binaries: Option<PathBuf>,
    /// A commit waits for the disk. Off only in tests, whose data is temporary.
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

/// The people who may register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationPolicy {
    /// Anybody.
    Open,
    /// People with an invitation that the operator made.
    Invite,
    /// Nobody; the operator adds users.
    Closed,
}

/// The addresses of WhatsApp, and the client that AMDA presents itself as.
#[derive(Debug, Clone)]
pub struct WhatsAppConfig {
    /// The address of WhatsApp's socket.
    pub websocket_url: Url,
    /// The address for media instead of WhatsApp's hosts, such as the simulator's.
    pub media_url: Option<Url>,
    /// The version of WhatsApp Web that the client presents; WhatsApp refuses one that is too old.
    pub version: (u32, u32, u32),
    /// The name shown in the phone's list of linked devices.
    pub device_name: String,
}

/// A WhatsApp server on loopback.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// The address it listens on; always loopback.
    pub listen: SocketAddr,
}

/// The log's levels and format, and what it warns of.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// Levels, as `info` or `info,amda=debug`.
    pub filter: String,
    /// The format of a line.
    pub format: LogFormat,
    /// The time from which on a query or mutation of GraphQL is warned of; none for never.
    pub slow_operation: Option<Duration>,
    /// The time from which on a statement to the database is warned of; none for never.
    pub slow_query: Option<Duration>,
}

/// The format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Config {
    /// Reads the configuration from `flags`, `environment` and the configuration file, in this order of precedence. An
    /// empty variable counts as absent.
    ///
    /// # Errors
    /// All problems, not only the first.
    pub fn read(flags: &Flags, environment: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(flags.config.as_deref(), environment);
        let config = settings::read(flags, &mut reader);
        reader.finish(config)
    }
}
