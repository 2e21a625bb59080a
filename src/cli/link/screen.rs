use std::io::{self, IsTerminal as _, Write as _};

use rustix::termios::tcgetwinsize;

/// Lines that stand below a picture.
const CAPTION_LINES: usize = 3;

/// Text on standard output. On a terminal, each text replaces the one before.
#[derive(Debug)]
pub(super) struct Screen {
    is_terminal: bool,
    shown: String,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self {
            is_terminal: io::stdout().is_terminal(),
            shown: String::new(),
        }
    }

    pub(super) const fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Shows `text`, unless it is shown already; an empty one removes the last.
    pub(super) fn show(&mut self, text: &str) -> io::Result<()> {
        if text == self.shown {
            return Ok(());
        }
        let mut output = io::stdout().lock();
        let rows = rows(&self.shown, size().0);
        if self.is_terminal && rows > 0 {
            // Up to the first row, and everything from there on erased.
            write!(output, "\x1b[{rows}F\x1b[J")?;
        }
        if !text.is_empty() {
            writeln!(output, "{text}")?;
        }
        output.flush()?;
        text.clone_into(&mut self.shown);
        Ok(())
    }

    /// The room that the terminal lacks for `picture` and its caption; none when there is enough, or nothing to measure.
    pub(super) fn lack_of_room(&self, picture: &str) -> Option<String> {
        if !self.is_terminal {
            return None;
        }
        let (columns, lines) = size();
        lack(columns, lines, picture)
    }
}

/// The columns and lines of the terminal; zero where they are not known.
fn size() -> (usize, usize) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) => (size.ws_col.into(), size.ws_row.into()),
        Err(_) => (0, 0),
    }
}

/// The rows that a text takes where lines are wrapped at `columns`.
fn rows(text: &str, columns: usize) -> usize {
    let rows_of = |line: &str| match columns {
        0 => 1,
        _ => width(line).div_ceil(columns).max(1),
    };
    text.lines().map(rows_of).sum()
}

fn lack(columns: usize, lines: usize, picture: &str) -> Option<String> {
    let wanted_lines = picture.lines().count() + CAPTION_LINES;
    let wanted_columns = picture.lines().map(width).max().unwrap_or_default();
    let is_known = columns > 0 && lines > 0;
    let is_small = columns < wanted_columns || lines < wanted_lines;
    (is_known && is_small).then(|| {
        format!(
            "the terminal has {columns} columns and {lines} lines, and the QR code needs {wanted_columns} and {wanted_lines}"
        )
    })
}

/// The columns of a line, without its colours.
fn width(line: &str) -> usize {
    let pieces = line.split('\x1b').enumerate();
    let visible = pieces.map(|(number, piece)| match number {
        0 => piece,
        _ => piece.split_once('m').map_or("", |(_, visible)| visible),
    });
    visible.map(|piece| piece.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_wrapped_takes_more_than_one_row() {
        assert_eq!(rows("12345\n\n123456\n\x1b[38;5;16m▀▀▀▀▀\x1b[0m", 5), 5);
        assert_eq!(rows("123456\n1", 0), 2);
        assert_eq!(rows("", 5), 0);
    }

    #[test]
    fn a_terminal_that_is_too_small_for_a_code_is_told_what_it_lacks() {
        let picture = "\x1b[38;5;16m▀▀▀\x1b[0m\n\x1b[38;5;16m▀▀▀\x1b[0m";

        assert_eq!(lack(3, 5, picture), None);
        assert_eq!(lack(0, 0, picture), None, "an unknown size is no small one");
        for (columns, lines) in [(2, 5), (3, 4)] {
            assert!(lack(columns, lines, picture).unwrap().contains("needs 3 and 5"));
        }
    }
}
