//! A Redis of the test's own, on a free port of loopback and in a folder of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tempfile::TempDir;

/// Time in which a server starts.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Ends the server with the process id `$1` when this process is gone, even by `kill -9`.
const SWEEP: &str = "while read -r _; do :; done; kill -9 \"$1\" 2>/dev/null";

/// A running server; killed when dropped.
pub(crate) struct RedisServer {
    pub(crate) port: u16,
    options: Vec<String>,
    folder: TempDir,
    process: Option<(Child, Child)>,
}

impl RedisServer {
    /// A server without a password.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with further options, such as `["--requirepass", "secret"]`.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let mut server = Self {
            port: free_port(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
            folder: tempfile::tempdir().unwrap(),
            process: None,
        };
        server.start_again();
        server
    }

    /// The URL of the server, without a password.
    pub(crate) fn url(&self) -> SecretString {
        self.url_with("")
    }

    /// The URL of the server, with `credentials` such as `:secret@`.
    pub(crate) fn url_with(&self, credentials: &str) -> SecretString {
        format!("redis://{credentials}127.0.0.1:{}", self.port).into()
    }

    /// Starts the server again after [`Self::kill`], with nothing in it.
    pub(crate) fn start_again(&mut self) {
        let mut server = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--port",
                &self.port.to_string(),
                "--save",
                "",
            ])
            .args(["--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .args(&self.options)
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("redis-server does not start ({error}); apt-get install redis-server")
            });
        let sweeper = Command::new("sh")
            .args(["-c", SWEEP, "sweep", &server.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + START_TIMEOUT;
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(server.try_wait().unwrap().is_none(), "redis-server ended");
            assert!(Instant::now() < deadline, "redis-server does not listen");
            std::thread::yield_now();
        }
        self.process = Some((server, sweeper));
    }

    /// Kills the server; everything in it is lost.
    pub(crate) fn kill(&mut self) {
        if let Some((mut server, mut sweeper)) = self.process.take() {
            server.kill().unwrap();
            server.wait().unwrap();
            drop(sweeper.stdin.take());
            sweeper.wait().unwrap();
        }
    }

    /// Lets the server stand still: connections stay, and nothing answers.
    pub(crate) fn stand_still(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    /// Runs a command by the server's own client, and answers with the lines of its answer.
    pub(crate) fn ask(&self, command: &[&str]) -> Vec<String> {
        let answer = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(command)
            .output()
            .unwrap();
        let text = String::from_utf8(answer.stdout).unwrap();
        text.lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }

    fn signal(&self, name: &str) {
        let (server, _) = self.process.as_ref().unwrap();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &server.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
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
