//! Scripts of `frontend-codegen` and of the issuer, run by Node.js.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// The folder of what clients generate.
const CODEGEN: &str = "frontend-codegen";

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
        Self::start_with(name, &[])
    }

    /// Starts the script `name` with arguments.
    pub(crate) fn start_with(name: &'static str, arguments: &[&str]) -> Self {
        Self::start_in(CODEGEN, name, arguments)
    }

    /// Starts the script `name` of `folder`, below the root of the project.
    pub(crate) fn start_in(folder: &str, name: &'static str, arguments: &[&str]) -> Self {
        let mut process = command_in(folder, "node")
            .arg(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("install Node.js 20.19 or newer with npm: {error}"));
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
    command_in(CODEGEN, program)
}

fn command_in(folder: &str, program: &str) -> Command {
    let path = root().join(folder);
    assert!(
        path.join("node_modules").is_dir(),
        "the packages of {folder} are missing: run `npm ci --prefix {folder} --ignore-scripts`"
    );
    let mut command = Command::new(program);
    command.current_dir(path).kill_on_drop(true);
    command
}

/// Generates the code of the operations and compiles it, once for this process.
pub(crate) async fn build() {
    static BUILT: OnceCell<()> = OnceCell::const_new();
    BUILT
        .get_or_init(async || {
            let built = command("npm")
                .args(["run", "-s", "build"])
                .output()
                .await
                .unwrap();
            let said = [built.stdout, built.stderr].concat();
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&said));
        })
        .await;
}

/// The text of each operation by its hash, with the fragments that it uses.
pub(crate) async fn documents() -> Map<String, Value> {
    build().await;
    let file = std::fs::read(root().join(CODEGEN).join("generated/persisted-documents.json")).unwrap();
    serde_json::from_slice(&file).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
