//! Reading of settings one by one, collecting every problem.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use thiserror::Error;

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
    file: BTreeMap<String, String>,
    file_name: String,
    known: BTreeSet<&'static str>,
    problems: Vec<Problem>,
}

const FILE: Setting = Setting::with_flag("AMDA_CONFIG", "--config", "a file of lines `NAME=value`");

impl Reader {
    pub(super) fn new(file: Option<&str>, environment: &BTreeMap<String, String>) -> Self {
        let mut reader = Self {
            environment: environment.clone(),
            file: BTreeMap::new(),
            file_name: String::new(),
            known: BTreeSet::new(),
            problems: Vec::new(),
        };
        if let Some(name) = reader.value(&FILE, file, |text| Some(text.to_owned())) {
            reader.read_file(&name);
        }
        reader
    }

    fn read_file(&mut self, name: &str) {
        match std::fs::read_to_string(name) {
            Ok(text) => match parse_file(&text) {
                Ok(values) => self.file = values,
                Err(line) => self.reject(&FILE, format!("line {line} of {name} is not `NAME=value`")),
            },
            Err(error) => self.reject(&FILE, format!("{name} cannot be read: {error}")),
        }
        name.clone_into(&mut self.file_name);
    }

    /// The setting's value: from its flag, else its variable, else the file. `None` when it is absent, and when it is
    /// wrong, which [`Reader::finish`] reports.
    pub(super) fn value<T>(
        &mut self,
        setting: &Setting,
        flag: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.known.insert(setting.variable);
        let (source, text) = self.find(setting, flag)?;
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
        let filled = |values: &BTreeMap<String, String>| {
            values
                .get(setting.variable)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let of_environment = filled(&self.environment).map(|text| (setting.variable.to_owned(), text));
        of_environment.or_else(|| {
            Some((
                format!("{} in {}", setting.variable, self.file_name),
                filled(&self.file)?,
            ))
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
    pub(super) fn finish<T>(mut self, config: T) -> Result<T, ConfigError> {
        let ours = self.environment.keys().filter(|name| name.starts_with("AMDA_"));
        for name in ours
            .chain(self.file.keys())
            .filter(|name| !self.known.contains(name.as_str()))
        {
            let nearest = self
                .known
                .iter()
                .min_by_key(|known| distance(name, known))
                .unwrap_or(&FILE.variable);
            let message = format!("there is no such setting; the nearest is {nearest}");
            self.problems.push(Problem {
                setting: name.clone(),
                message,
            });
        }
        if self.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                problems: self.problems,
            })
        }
    }
}

/// Parses lines of `NAME=value`. Blank lines and lines that begin with `#` are skipped; quotes around a value and
/// `export` before a name are dropped. The error is the number of the first other line.
fn parse_file(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let lines = text
        .lines()
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let pair = |(index, line): (usize, &str)| {
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split_once('=')
            .ok_or(index + 1)?;
        Ok((name.trim().to_owned(), unquoted(value.trim()).to_owned()))
    };
    lines.map(pair).collect()
}

fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
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
    fn a_file_may_hold_comments_quotes_and_exports() {
        let text = "# ours\n\nAMDA_LISTEN=1.2.3.4:5\nexport JWT_SECRET=\"a=b\"\nAMDA_DEVICE_NAME='My AMDA'\n";

        let values = parse_file(text).unwrap();

        assert_eq!(values["AMDA_LISTEN"], "1.2.3.4:5");
        assert_eq!(values["JWT_SECRET"], "a=b");
        assert_eq!(values["AMDA_DEVICE_NAME"], "My AMDA");
    }

    #[test]
    fn a_line_without_a_value_is_named_by_its_number() {
        assert_eq!(parse_file("A=1\n\nnonsense\n"), Err(3));
    }

    #[test]
    fn the_nearest_name_has_the_fewest_changes() {
        assert_eq!(distance("AMDA_LISTN", "AMDA_LISTEN"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
