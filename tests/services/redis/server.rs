//! A Redis of the test's own, on a free port of loopback and in a folder of its own.

use std::process::Command;

use secrecy::SecretString;
use tempfile::TempDir;

use crate::program::{Program, free_port};

/// A running server; killed when dropped.
pub(crate) struct RedisServer {
    pub(crate) port: u16,
    options: Vec<String>,
    folder: TempDir,
    program: Option<Program>,
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
            program: None,
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
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .args(&self.options);
        self.program = Some(Program::start(&mut command, "redis-server", self.port));
    }

    /// Kills the server; everything in it is lost.
    pub(crate) fn kill(&mut self) {
        drop(self.program.take());
    }

    /// Lets the server stand still: connections stay, and nothing answers.
    pub(crate) fn stand_still(&self) {
        self.running().signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.running().signal("CONT");
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

    fn running(&self) -> &Program {
        self.program.as_ref().expect("the server runs")
    }
}
