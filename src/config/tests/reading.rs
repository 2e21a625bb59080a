use crate::config::{Config, ConfigError, Flags};

/// A valid master key.
pub(super) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A valid VAPID key, as a tool for web push prints it.
pub(super) const VAPID: &str = "RS0WdYWWo1HajXg3NZR1olzCf31i-ZBGDkFyCs7j1jw";

pub(super) fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::read(&Flags::default(), &environment)
}

pub(super) fn problem_of(name: &str, value: &str) -> String {
    read(&[(name, value)]).unwrap_err().to_string()
}
