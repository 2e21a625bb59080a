//! The server's log: kept from the run before, and cut off when it grows too large.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tracing::warn;

use super::run_as::RunAs;

/// The size at which the log becomes the old log.
const MAX_LOG_BYTES: u64 = 8 * 1024 * 1024;
/// Interval at which the size is looked at.
const CHECK_INTERVAL: Duration = Duration::from_mins(1);

/// Makes what the run before wrote the old log.
pub(super) fn keep_old(log: &Path) -> io::Result<()> {
    match fs::rename(log, old(log)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Opens an empty log for the server.
pub(super) fn open(log: &Path, run_as: RunAs) -> io::Result<File> {
    // Appending, so that the server goes on at the beginning after the file was cut off.
    let file = OpenOptions::new().create(true).append(true).open(log)?;
    file.set_len(0)?;
    run_as.give(log)?;
    Ok(file)
}

/// Keeps the log small for as long as it is polled.
pub(super) async fn rotate(log: PathBuf, run_as: RunAs) {
    loop {
        tokio::time::sleep(CHECK_INTERVAL).await;
        if let Err(error) = cut_off(&log, MAX_LOG_BYTES, run_as) {
            warn!("PostgreSQL's log {} cannot be rotated: {error}", log.display());
        }
    }
}

/// Moves the content of a log that is larger than `max_bytes` to the old log.
fn cut_off(log: &Path, max_bytes: u64, run_as: RunAs) -> io::Result<()> {
    if fs::metadata(log)?.len() <= max_bytes {
        return Ok(());
    }
    fs::copy(log, old(log))?;
    run_as.give(&old(log))?;
    OpenOptions::new().write(true).open(log)?.set_len(0)
}

fn old(log: &Path) -> PathBuf {
    log.with_added_extension("1")
}

/// The cause of a failure in what a program printed, on one line: PostgreSQL's first complaint with what it says before
/// and after, or else the last lines.
pub(in crate::db) fn cause(output: &[u8]) -> String {
    const COMPLAINTS: [&str; 3] = ["PANIC:", "FATAL:", "error:"];

    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let first = lines
        .iter()
        .position(|line| COMPLAINTS.iter().any(|complaint| line.contains(complaint)));
    match first {
        Some(first) => {
            // Of a wrong setting, the line before says which.
            let before = lines[..first].iter().rev().take(2);
            let told = before.take_while(|line| line.contains("LOG:")).count();
            lines[first - told..lines.len().min(first + 3)].join(" / ")
        }
        None => lines[lines.len().saturating_sub(4)..].join(" / "),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_log_that_grew_too_large_is_moved_and_written_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("postgres.log");
        fs::write(&log, "of the run before").unwrap();

        keep_old(&log).unwrap();
        let mut server = open(&log, RunAs::Ourselves).unwrap();
        assert_eq!(fs::read_to_string(old(&log)).unwrap(), "of the run before");
        server.write_all(b"a long line").unwrap();
        cut_off(&log, 100, RunAs::Ourselves).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "a long line");
        cut_off(&log, 5, RunAs::Ourselves).unwrap();
        server.write_all(b"next").unwrap();

        assert_eq!(fs::read_to_string(old(&log)).unwrap(), "a long line");
        assert_eq!(fs::read_to_string(&log).unwrap(), "next");
    }

    #[test]
    fn the_cause_is_the_first_complaint_and_not_what_follows_from_it() {
        let full = "creating directory ... ok\nrunning bootstrap script ... 2026 PANIC:  could not write to file \
                    \"pg_wal/xlogtemp.7\": No space left on device\nAborted\nchild process exited with exit code 134\n\
                    initdb: removing data directory\ninitdb: hint: none\n";

        let cause = cause(full.as_bytes());

        assert!(cause.contains("No space left on device"), "{cause}");
        assert!(!cause.contains("hint: none"), "{cause}");
        let setting = super::cause(b"LOG:  unrecognized parameter\nFATAL:  errors in the file\n");
        assert_eq!(
            setting,
            "LOG:  unrecognized parameter / FATAL:  errors in the file"
        );
        assert_eq!(super::cause(b"a\nb\n\nc\nd\ne\n"), "b / c / d / e");
    }
}
