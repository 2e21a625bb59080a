//! The operator's configuration: plain values, read once from flags, the environment and a file, and checked together.
//!
//! [`Config::read`] touches nothing but the configuration file. Keys are read, or created, by [`Keys::load_or_make`].
//! Secrets print nothing in `Debug`, and no error repeats one.

mod auth;
mod billing;
mod clients;
mod data_folder;
mod database;
mod environment;
mod flags;
mod key_command;
mod keys;
mod loopback;
mod mail;
mod master_keys;
mod media;
mod proxies;
mod reader;
mod redis;
mod settings;
mod settings_file;
#[cfg(test)]
mod tests;
mod traces;
mod values;

pub use auth::AuthConfig;
pub use billing::{BillingConfig, StripeSimulatorConfig};
pub use clients::ClientLimits;
pub use data_folder::{ForeignDataFolder, make_data_folder, refuse_foreign_folder};
pub use environment::environment;
pub use flags::{Flags, ServeFlags};
pub use key_command::KeyCommandError;
pub use keys::{KeyError, KeySource, Keys, KeysConfig};
pub use loopback::{NotLoopback, check_whatsapp_url, is_on_another_network};
pub use mail::MailConfig;
pub use master_keys::MasterKeys;
pub use media::{BucketConfig, MediaConfig, MediaEncryption, MediaStore};
pub use reader::{ConfigError, Given, Problem, SettingState};
pub use traces::TracesConfig;
pub use values::{
    Config, ConfigFile, DatabaseConfig, DatabaseUrls, DefaultPlan, EmbeddedConfig, LogConfig, LogFormat,
    RegistrationPolicy, SimulatorConfig, WhatsAppConfig,
};
