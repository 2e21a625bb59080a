//! The settings in groups: in the help of `amda serve`, and by `amda config` with the values that hold.

use std::fmt::Write as _;

use super::setting_groups::{GROUPS, Row};
use crate::config::SettingState;

/// The column in which descriptions begin.
const INDENT: usize = 28;
/// The width of a line.
const WIDTH: usize = 120;

/// The settings for the help of `amda serve`.
pub(super) fn help() -> String {
    let mut text =
        "Settings, from the environment or the file of --config; `amda config` prints those that hold:\n"
            .to_owned();
    for group in &GROUPS {
        let _ = writeln!(text, "\n  {}", group.title);
        for Row(variable, meaning, default) in group.rows {
            let described = wrapped(&format!("{meaning} [default: {default}]"));
            if variable.len() + 5 < INDENT {
                let _ = writeln!(text, "    {variable:<0$}{described}", INDENT - 4);
            } else {
                let _ = writeln!(text, "    {variable}\n{:INDENT$}{described}", "");
            }
        }
    }
    text
}

/// The settings and their values, for `amda config`.
pub(super) fn values(settings: &[SettingState]) -> String {
    let mut text = String::new();
    for group in &GROUPS {
        let _ = writeln!(text, "# {}", group.title);
        for Row(variable, _, default) in group.rows {
            let state = settings.iter().find(|setting| setting.variable == *variable);
            let _ = match state.and_then(|state| state.given.as_ref()) {
                Some(given) if given.source == *variable => {
                    writeln!(text, "{variable}={}  # from the environment", given.value)
                }
                Some(given) => writeln!(text, "{variable}={}  # from {}", given.value, given.source),
                None => writeln!(text, "#{variable}=  # default: {default}"),
            };
        }
        text.push('\n');
    }
    text
}

/// Text broken into lines that begin at the column of descriptions.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && INDENT + line.len() + 1 + word.len() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join(&format!("\n{:INDENT$}", ""))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::config::{Config, Flags};

    const README: &str = include_str!("../../README.md");

    fn described() -> BTreeSet<&'static str> {
        GROUPS
            .iter()
            .flat_map(|group| group.rows)
            .map(|Row(variable, ..)| *variable)
            .collect()
    }

    fn read(variables: &[(&str, &str)]) -> Config {
        let environment: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Config::read(&Flags::default(), &environment).unwrap()
    }

    #[test]
    fn every_setting_is_described_here_and_in_the_readme() {
        let known: BTreeSet<&str> = read(&[])
            .settings
            .iter()
            .map(|setting| setting.variable)
            .collect();

        assert_eq!(described(), known);
        for variable in known {
            assert!(README.contains(&format!("`{variable}`")), "{variable}");
        }
    }

    #[test]
    fn help_fits_a_wide_terminal() {
        for line in help().lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn values_are_shown_with_their_source_and_without_secrets() {
        let config = read(&[
            ("AMDA_LISTEN", "127.0.0.1:4000"),
            (
                "DATABASE_URL",
                "postgresql://amda:hunter2@localhost/amda?password=hunter2",
            ),
            ("JWT_SECRET", "hunter2hunter2hunter2hunter2hunter2"),
        ]);

        let text = values(&config.settings);

        assert!(
            text.contains("AMDA_LISTEN=127.0.0.1:4000  # from the environment"),
            "{text}"
        );
        assert!(
            text.contains("DATABASE_URL=postgresql://amda:****@localhost/amda"),
            "{text}"
        );
        assert!(text.contains("#AMDA_LOG=  # default: info"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
