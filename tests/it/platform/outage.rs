//! A database that goes away and comes back, as the log and the readiness tell it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use amda::db::embedded::Embedded;
use reqwest::StatusCode;
use secrecy::ExposeSecret;

use super::embedded::{a_folder, config};
use super::idle::settled;
use crate::support::http;

/// Time limit of each step.
const STEP_TIMEOUT: Duration = Duration::from_mins(1);
/// Time for which the database is away.
const AWAY: Duration = Duration::from_secs(4);

/// A server in a process of its own, and the lines of its log.
struct Server {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Server {
    fn start(embedded: &Embedded, folder: &std::path::Path) -> Self {
        let urls = embedded.urls();
        let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_clear()
            .current_dir(folder)
            .env("AMDA_DATA_DIR", folder.join("of-the-server"))
            .env("AMDA_WHATSAPP_URL", "ws://127.0.0.1:1/ws/chat")
            .env("DATABASE_URL", urls.app.expose_secret())
            .env("AMDA_DATABASE_OWNER_URL", urls.owner.unwrap().expose_secret());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self {
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// Waits for a line with `text`.
    fn wait_for(&mut self, text: &str) -> String {
        let deadline = Instant::now() + STEP_TIMEOUT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).unwrap_or_else(|_| {
                panic!("there is no line with {text:?} in {:#?}", self.seen);
            });
            self.seen.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_and_comes_back_is_told_once_each() {
    let folder = a_folder();
    let first = Embedded::start(&config(&folder)).await.unwrap();
    let mut server = Server::start(&first, folder.path());
    let line = server.wait_for("serving on http://");
    let (_, address) = line.split_once("serving on ").unwrap();
    let ready = format!("{}/readyz", address.trim());
    assert_eq!(http::get(&ready).await.status(), StatusCode::OK);
    settled(&first.url().into()).await;
    let told_before = server.seen.len();

    first.stop().await.unwrap();
    server.wait_for("the database is away");
    let begun = Instant::now();
    while begun.elapsed() < AWAY {
        assert_eq!(http::get(&ready).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    let second = Embedded::start(&config(&folder)).await.unwrap();
    server.wait_for("the database answers again");

    let told = &server.seen[told_before..];
    assert!(told.len() <= 8, "{told:#?}");
    assert!(!told.iter().any(|line| line.contains("ERROR")), "{told:#?}");
    let until_ready = async {
        while http::get(&ready).await.status() != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, until_ready)
        .await
        .expect("the server is ready again");
    drop(server);
    second.stop().await.unwrap();
}
