//! How results and failures are told: results on standard output, failures as a sentence and its causes.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::config::ConfigError;

/// Prints a result. Whoever reads it may stop reading.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{}", text.trim_end()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Tells what is wrong with the configuration.
pub(super) fn refuse(error: &ConfigError) -> ExitCode {
    tell(error);
    ExitCode::from(2)
}

/// Tells why a command failed.
pub(super) fn fail(error: &anyhow::Error) -> ExitCode {
    tell(error.as_ref());
    ExitCode::FAILURE
}

fn tell(error: &dyn Error) {
    // With nobody to tell, the exit code still says it.
    let _ = writeln!(io::stderr(), "error: {}", chain(error));
}

/// An error and its causes, a line each. A cause whose words its consequence has repeated is left out.
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
    fn causes_are_told_once_and_without_debug_noise() {
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
