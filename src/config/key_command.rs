//! The command that prints the master key, such as one that asks a key management service.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{io, thread};

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use zeroize::Zeroizing;

/// Time after which the command is killed.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two looks whether it has ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// Longest output that is read: more than a key with the space around it.
const MAX_OUTPUT_BYTES: u64 = 4096;

/// Failure of the command. None repeats what it printed, which may be a key.
#[derive(Debug, Error)]
pub enum KeyCommandError {
    /// It could not be started.
    #[error("it cannot be started")]
    Start(#[source] io::Error),
    /// It was killed because it took too long.
    #[error("it did not end within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// It failed.
    #[error("it failed ({0})")]
    Failed(ExitStatus),
    /// Its output could not be read.
    #[error("its output cannot be read")]
    Output(#[source] io::Error),
    /// It printed no key.
    #[error("it must print 32 bytes in base64 (44 characters) and nothing else, and did not")]
    Malformed,
}

/// Runs `program`; returns what it printed.
pub(super) fn run(program: &str, arguments: &[String]) -> Result<Zeroizing<String>, KeyCommandError> {
    run_within(TIMEOUT, program, arguments)
}

fn run_within(
    timeout: Duration,
    program: &str,
    arguments: &[String],
) -> Result<Zeroizing<String>, KeyCommandError> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Its own, so that what it starts can be killed with it.
        .process_group(0)
        .spawn()
        .map_err(KeyCommandError::Start)?;
    let until = Instant::now() + timeout;
    let output = child.stdout.take().expect("its output was piped");
    let ended = wait(&mut child, &read_aside(output), until);
    if ended.is_err() {
        // Gone already, or killed and taken off the list of processes.
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        let _ = child.wait();
    }
    ended
}

/// Reads the output on a thread of its own, which ends with the output.
fn read_aside(mut output: ChildStdout) -> mpsc::Receiver<io::Result<Zeroizing<Vec<u8>>>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = output.by_ref().take(MAX_OUTPUT_BYTES).read_to_end(&mut bytes);
        // Nobody waits for it after the timeout.
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

fn wait(
    child: &mut Child,
    output: &mpsc::Receiver<io::Result<Zeroizing<Vec<u8>>>>,
    until: Instant,
) -> Result<Zeroizing<String>, KeyCommandError> {
    let status = loop {
        if let Some(status) = child.try_wait().map_err(KeyCommandError::Output)? {
            break status;
        }
        if Instant::now() >= until {
            return Err(KeyCommandError::TimedOut);
        }
        thread::sleep(LOOK_INTERVAL);
    };
    if !status.success() {
        return Err(KeyCommandError::Failed(status));
    }
    let bytes = output
        .recv_timeout(until.saturating_duration_since(Instant::now()))
        .map_err(|_| KeyCommandError::TimedOut)?
        .map_err(KeyCommandError::Output)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| KeyCommandError::Malformed)?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, timeout: Duration) -> Result<Zeroizing<String>, KeyCommandError> {
        run_within(timeout, "sh", &["-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn what_it_prints_is_read_and_its_failure_is_told_without_it() {
        let long = Duration::from_secs(30);

        assert_eq!(shell("echo secret", long).unwrap().as_str(), "secret\n");
        let failed = shell("echo secret; exit 3", long).unwrap_err();
        assert!(matches!(&failed, KeyCommandError::Failed(status) if status.code() == Some(3)));
        assert!(!failed.to_string().contains("secret"), "{failed}");
        let missing = run_within(long, "/no/such/program", &[]).unwrap_err();
        assert!(matches!(missing, KeyCommandError::Start(_)), "{missing}");
    }

    #[test]
    fn one_that_does_not_end_is_killed_with_what_it_started() {
        let short = Duration::from_millis(50);

        for script in ["sleep 60 & wait", "sleep 60 &"] {
            let error = shell(script, short).unwrap_err();
            assert!(matches!(error, KeyCommandError::TimedOut), "{script}: {error}");
        }
    }
}
