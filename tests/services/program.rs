//! A program of other people's that a test starts, which ends with the test.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time in which it listens.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Ends the process `$1` when this process is gone, even by `kill -9`.
const SWEEP: &str = "while read -r _; do :; done; kill -9 \"$1\" 2>/dev/null";

/// A running program; killed when dropped.
pub(crate) struct Program {
    process: Child,
    /// Its input closes when this process ends.
    sweeper: Child,
}

impl Program {
    /// Starts a program of the Debian package `package`, and waits until it listens on `port` of loopback.
    pub(crate) fn start(command: &mut Command, package: &str, port: u16) -> Self {
        let process = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{command:?} does not start ({error}); apt-get install {package}")
            });
        let sweeper = Command::new("sh")
            .args(["-c", SWEEP, "sweep", &process.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut program = Self { process, sweeper };
        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(program.process.try_wait().unwrap().is_none(), "{command:?} ended");
            assert!(Instant::now() < deadline, "{command:?} does not listen");
            std::thread::yield_now();
        }
        program
    }

    /// Sends the signal `name`, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &self.process.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        self.process.wait().unwrap();
        drop(self.sweeper.stdin.take());
        self.sweeper.wait().unwrap();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
