//! Scripts of `frontend-codegen`, run by Node.js.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// The time within which a script answers a question.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running script that answers each line of JSON with one.
pub(crate) struct Script {
    name: &'static str,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    /// Killed when it is dropped.
    _process: Child,
}

impl Script {
    /// Starts the script `name` of `frontend-codegen`, such as `reference/validate.mjs`.
    pub(crate) fn start(name: &'static str) -> Self {
        let mut process = command("node")
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("install Node.js 18 or newer (apt-get install nodejs npm): {error}")
            });
        Self {
            name,
            questions: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()).lines(),
            _process: process,
        }
    }

    /// The script's answer to `question`.
    pub(crate) async fn ask(&mut self, question: &Value) -> Value {
        let asked = async {
            self.questions
                .write_all(format!("{question}\n").as_bytes())
                .await?;
            self.answers.next_line().await
        };
        let answered = timeout(PATIENCE, asked).await;
        let answered = answered.unwrap_or_else(|_| panic!("{} did not answer in {PATIENCE:?}", self.name));
        let line = answered.ok().flatten();
        let line = line.unwrap_or_else(|| panic!("{} ended; its error stands above", self.name));
        serde_json::from_str(&line).unwrap()
    }
}

/// A command in `frontend-codegen`, whose packages must be installed. It is killed when its process is dropped.
pub(crate) fn command(program: &str) -> Command {
    let folder = folder();
    assert!(
        folder.join("node_modules").is_dir(),
        "the packages of frontend-codegen are missing: run `npm ci --prefix frontend-codegen --ignore-scripts`"
    );
    let mut command = Command::new(program);
    command.current_dir(folder).kill_on_drop(true);
    command
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("frontend-codegen")
}
