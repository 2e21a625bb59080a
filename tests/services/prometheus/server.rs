//! A Prometheus of the test's own, on a free port of loopback and in a folder of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};
use url::Url;

use crate::program::{Program, free_port};
use crate::support::http;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// A running server; killed when dropped.
pub(super) struct Prometheus {
    address: SocketAddr,
    _program: Program,
    _folder: TempDir,
}

impl Prometheus {
    /// A server that asks `target` for its metrics every second, and evaluates the alerts of `rules`.
    pub(super) fn start(target: SocketAddr, rules: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\n\
             rule_files: [\"{}\"]\n\
             scrape_configs:\n\
             - job_name: amda\n  static_configs: [{{targets: [\"{target}\"]}}]\n",
            rules.display()
        );
        fs::write(&config, text).unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=warn");
        Self {
            address,
            _program: Program::start(&mut command, "prometheus", address.port()),
            _folder: folder,
        }
    }

    /// The answer to a question of its HTTP API, such as `query`; the error as text.
    pub(super) async fn ask(&self, what: &str, parameters: &[(&str, &str)]) -> Result<Value, String> {
        let address = format!("http://{}/api/v1/{what}", self.address);
        let url = Url::parse_with_params(&address, parameters).unwrap();
        let answer = http::client()
            .get(url)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        if answer["status"] == "success" {
            Ok(answer["data"].take())
        } else {
            Err(answer["error"].to_string())
        }
    }

    /// The series that a query answers with.
    pub(super) async fn query(&self, query: &str) -> Result<Vec<Value>, String> {
        let answer = self.ask("query", &[("query", query)]).await?;
        Ok(answer["result"].as_array().cloned().unwrap_or_default())
    }

    /// Waits until a query answers with a series.
    pub(super) async fn until(&self, query: &str) {
        self.until_is_true(query, async || {
            self.query(query).await.is_ok_and(|series| !series.is_empty())
        })
        .await;
    }

    /// Waits until `is_true`.
    pub(super) async fn until_is_true(&self, what: &str, is_true: impl AsyncFn() -> bool) {
        let waiting = async {
            while !is_true().await {
                sleep(PAUSE).await;
            }
        };
        timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("{what} is not true in {PATIENCE:?}"));
    }
}
