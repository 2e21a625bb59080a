//! Output of commands: results on standard output, failures on standard error as a sentence and its causes.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::config::ConfigError;

/// Prints a result. A closed pipe is no error: the reader may stop reading.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{}", text.trim_end()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints what is wrong with the configuration; returns exit code 2.
pub(super) fn invalid_configuration(error: &ConfigError) -> ExitCode {
    print_error(error);
    ExitCode::from(2)
}

/// Prints the failure of a command with its causes; returns exit code 1.
pub(super) fn failure(error: &anyhow::Error) -> ExitCode {
    print_error(error.as_ref());
    ExitCode::FAILURE
}

fn print_error(error: &dyn Error) {
    // When standard error is closed, the exit code still reports the failure.
    let _ = writeln!(io::stderr(), "error: {}", chain(error));
}

/// An error and its causes, one per line. A cause whose text an earlier line repeats is left out.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str("\n  because: ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn causes_are_printed_once_and_without_debug_noise() {
        let error = Err::<(), _>(anyhow!("permission denied"))
            .context("cannot write: permission denied")
            .context("cannot start")
            .unwrap_err();

        assert_eq!(
            chain(error.as_ref()),
            "cannot start\n  because: cannot write: permission denied"
        );
    }
}
