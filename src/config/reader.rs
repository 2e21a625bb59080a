//! Reading of settings one by one, collecting every problem.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use thiserror::Error;
use url::Url;

use super::settings_file::SettingsFile;
use super::{Config, ConfigFile};

/// The names of a setting, and the description of a valid value.
pub(super) struct Setting {
    variable: &'static str,
    flag: Option<&'static str>,
    expected: &'static str,
    is_secret: bool,
}

impl Setting {
    pub(super) const fn new(variable: &'static str, expected: &'static str) -> Self {
        Self {
            variable,
            flag: None,
            expected,
            is_secret: false,
        }
    }

    pub(super) const fn with_flag(
        variable: &'static str,
        flag: &'static str,
        expected: &'static str,
    ) -> Self {
        Self {
            variable,
            flag: Some(flag),
            expected,
            is_secret: false,
        }
    }

    /// A setting whose value is never printed.
    pub(super) const fn secret(variable: &'static str, expected: &'static str) -> Self {
        Self {
            variable,
            flag: None,
            expected,
            is_secret: true,
        }
    }

    /// The value as it may be shown: of a secret, the parts of its URL that are none.
    fn shown(&self, text: &str) -> String {
        const HIDDEN: &str = "****";

        if !self.is_secret {
            return text.to_owned();
        }
        // Anything else is a key as a whole.
        let is_address = |url: &Url| {
            matches!(
                url.scheme(),
                "postgres" | "postgresql" | "redis" | "rediss" | "smtp" | "smtps"
            )
        };
        let Some(mut url) = Url::parse(text).ok().filter(is_address) else {
            return HIDDEN.to_owned();
        };
        if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
            return HIDDEN.to_owned();
        }
        // An option may be a password too.
        url.set_query(None);
        url.to_string()
    }

    /// The name in the environment and in the file.
    pub(super) const fn variable(&self) -> &'static str {
        self.variable
    }

    /// The description of a valid value.
    pub(super) const fn expected(&self) -> &'static str {
        self.expected
    }
}

/// A problem of one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The flag or variable that the value came from.
    pub setting: String,
    /// The message: what was wrong and what would be right.
    pub message: String,
}

/// A setting, and its value if the operator gave one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingState {
    /// The variable.
    pub variable: &'static str,
    /// The value; none where the default holds.
    pub given: Option<Given>,
}

/// A value that the operator gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The flag, the variable, or the line of the file that it came from.
    pub source: String,
    /// The value, without what is secret in it.
    pub value: String,
}

/// All problems of the configuration; never empty.
#[derive(Debug, Error)]
pub struct ConfigError {
    /// One or more problems, in the order of the settings.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the configuration is wrong:")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {}: {}", problem.setting, problem.message))
    }
}

/// Reads settings and collects their problems.
pub(super) struct Reader {
    environment: BTreeMap<String, String>,
    file: SettingsFile,
    /// A secret stands in the file, whether it is used or not.
    file_holds_secrets: bool,
    /// Every setting that was asked for, in order, and its value if it is given.
    known: Vec<SettingState>,
    problems: Vec<Problem>,
}

const FILE: Setting = Setting::with_flag("AMDA_CONFIG", "--config", "a file of lines `NAME=value`");

impl Reader {
    pub(super) fn new(file: Option<&str>, environment: &BTreeMap<String, String>) -> Self {
        let mut reader = Self {
            environment: environment.clone(),
            file: SettingsFile::default(),
            file_holds_secrets: false,
            known: Vec::new(),
            problems: Vec::new(),
        };
        if let Some(name) = reader.value(&FILE, file, |text| Some(text.to_owned())) {
            reader.read_file(&name);
        }
        reader
    }

    fn read_file(&mut self, name: &str) {
        match SettingsFile::read(name) {
            Ok(file) => self.file = file,
            Err(problem) => self.reject(&FILE, problem),
        }
    }

    /// The setting's value: from its flag, else its variable, else the file. `None` when it is absent, and when it is
    /// wrong, which [`Reader::finish`] reports.
    pub(super) fn value<T>(
        &mut self,
        setting: &Setting,
        flag: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.file_holds_secrets |= setting.is_secret && self.file.get(setting.variable).is_some();
        let found = self.find(setting, flag);
        self.known.push(SettingState {
            variable: setting.variable,
            given: found.as_ref().map(|(source, text)| Given {
                source: source.clone(),
                value: setting.shown(text),
            }),
        });
        let (source, text) = found?;
        let value = parse(&text);
        if value.is_none() {
            let shown = if setting.is_secret {
                String::new()
            } else {
                format!(" is \"{text}\", and")
            };
            let message = format!("it{shown} must be {}", setting.expected);
            self.problems.push(Problem {
                setting: source,
                message,
            });
        }
        value
    }

    fn find(&self, setting: &Setting, flag: Option<&str>) -> Option<(String, String)> {
        if let (Some(name), Some(text)) = (setting.flag, flag) {
            return Some((name.to_owned(), text.to_owned()));
        }
        let filled = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let of_environment = self
            .environment
            .get(setting.variable)
            .and_then(filled)
            .map(|text| (setting.variable.to_owned(), text));
        of_environment.or_else(|| {
            let line = self.file.get(setting.variable)?;
            let source = format!("{} in {}", setting.variable, self.file.place(line));
            Some((source, filled(&line.value)?))
        })
    }

    /// The configuration file, if one was named.
    pub(super) fn file(&self) -> Option<ConfigFile> {
        let name = self.file.name()?;
        Some(ConfigFile {
            path: PathBuf::from(name),
            holds_secrets: self.file_holds_secrets,
        })
    }

    /// True when the setting is given, right or wrong.
    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.find(setting, None).is_some()
    }

    /// Records a problem of a setting whose value alone is well formed.
    pub(super) fn reject(&mut self, setting: &Setting, message: String) {
        let name = setting.flag.map_or(String::new(), |flag| format!("{flag} or "));
        self.problems.push(Problem {
            setting: format!("{name}{}", setting.variable),
            message,
        });
    }

    /// The configuration, if there was no problem. An unknown variable that begins with `AMDA_` is one: a misspelt
    /// setting.
    pub(super) fn finish(mut self, mut config: Config) -> Result<Config, ConfigError> {
        let of_environment = self
            .environment
            .iter()
            .filter(|(name, value)| name.starts_with("AMDA_") && !is_of_kubernetes(name, value))
            .map(|(name, _)| (name, name.clone()));
        let of_file = self
            .file
            .lines()
            .map(|(name, line)| (name, format!("{name} in {}", self.file.place(line))));
        let is_known = |name: &str| self.known.iter().any(|known| known.variable == name);
        for (name, setting) in of_environment.chain(of_file).filter(|(name, _)| !is_known(name)) {
            let variables = self.known.iter().map(|known| known.variable);
            let nearest = variables.min_by_key(|known| distance(name, known));
            let nearest = nearest.unwrap_or(FILE.variable);
            self.problems.push(Problem {
                setting,
                message: format!("there is no such setting; the nearest is {nearest}"),
            });
        }
        if self.problems.is_empty() {
            config.settings = self.known;
            Ok(config)
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }
}

/// True for a variable that Kubernetes sets in every container of a namespace with a service named `amda`, such as
/// `AMDA_SERVICE_HOST=10.0.0.7` and `AMDA_PORT=tcp://10.0.0.7:80`.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let is_of_port = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    name == "AMDA_SERVICE_HOST"
        || name.starts_with("AMDA_SERVICE_PORT")
        || name.strip_prefix("AMDA_PORT_").is_some_and(is_of_port)
        || name == "AMDA_PORT" && value.contains("://")
}

/// The edit distance of two names: letters changed, added or left out.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, left) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, right) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_has_the_fewest_changes() {
        assert_eq!(distance("AMDA_LISTN", "AMDA_LISTEN"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
