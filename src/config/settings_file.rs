//! The file of settings: lines of `NAME=value`.

use std::collections::BTreeMap;

/// The settings of a file.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    name: String,
    lines: BTreeMap<String, Line>,
}

/// The value of a setting, and the line on which it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    number: usize,
    pub(super) value: String,
}

impl SettingsFile {
    /// Reads a file; the error says what is wrong with it.
    pub(super) fn read(name: &str) -> Result<Self, String> {
        let text =
            std::fs::read_to_string(name).map_err(|error| format!("{name} cannot be read: {error}"))?;
        let lines = parse(&text).map_err(|line| format!("line {line} of {name} is not `NAME=value`"))?;
        Ok(Self {
            name: name.to_owned(),
            lines,
        })
    }

    /// The name of the file; none when none was read.
    pub(super) fn name(&self) -> Option<&str> {
        (!self.name.is_empty()).then_some(self.name.as_str())
    }

    /// The line of a setting.
    pub(super) fn get(&self, variable: &str) -> Option<&Line> {
        self.lines.get(variable)
    }

    /// All settings.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&String, &Line)> {
        self.lines.iter()
    }

    /// The place of a line, for messages.
    pub(super) fn place(&self, line: &Line) -> String {
        format!("{}, line {}", self.name, line.number)
    }
}

/// Parses lines of `NAME=value`. Blank lines and lines that begin with `#` are skipped; quotes around a value and
/// `export` before a name are dropped. The error is the number of the first other line.
fn parse(text: &str) -> Result<BTreeMap<String, Line>, usize> {
    let lines = text
        .lines()
        .map(str::trim)
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let pair = |(index, line): (usize, &str)| {
        let number = index + 1;
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split_once('=')
            .ok_or(number)?;
        let value = unquoted(value.trim()).to_owned();
        Ok((name.trim().to_owned(), Line { number, value }))
    };
    lines.map(pair).collect()
}

fn unquoted(value: &str) -> &str {
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_hold_comments_quotes_and_exports() {
        let text = "# ours\n\nAMDA_LISTEN=1.2.3.4:5\nexport JWT_SECRET=\"a=b\"\nAMDA_DEVICE_NAME='My AMDA'\n";

        let lines = parse(text).unwrap();

        assert_eq!(lines["AMDA_LISTEN"].value, "1.2.3.4:5");
        assert_eq!(lines["JWT_SECRET"].value, "a=b");
        assert_eq!(lines["AMDA_DEVICE_NAME"].value, "My AMDA");
        assert_eq!(lines["AMDA_DEVICE_NAME"].number, 5);
    }

    #[test]
    fn a_line_without_a_value_is_named_by_its_number() {
        assert_eq!(parse("A=1\n\nnonsense\n").unwrap_err(), 3);
    }
}
