//! `amda link` from outside: it shows a code, a simulated phone takes it, and the running server links.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::command_line::amda;
use super::embedded::a_folder;
use crate::support::app::{TestApp, TestUser};
use crate::support::database::TestDatabase;

const EMAIL: &str = "alice@example.org";
/// Time limit of the whole of a command.
const COMMAND_TIMEOUT: Duration = Duration::from_mins(1);
/// 32 bytes in base64.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ACCOUNTS: &str = "{ viewer { accounts(first: 10) { nodes { state phoneNumber } } } }";

/// A running `amda link`.
struct LinkCommand {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl LinkCommand {
    /// Starts the command for Alice, beside the server of `app`.
    fn start(app: &TestApp, arguments: &[&str]) -> Self {
        Self::start_for(EMAIL, app, arguments)
    }

    fn start_for(user: &str, app: &TestApp, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
        command.args(["link", "--user", user]).args(arguments).env_clear();
        command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("AMDA_DATA_DIR", &app.config.data_dir)
            .env("DATABASE_URL", app.database.app_url().expose_secret());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let output = child.stdout.take().unwrap();
        Self {
            child,
            lines: BufReader::new(output).lines(),
        }
    }

    async fn next_line(&mut self) -> Option<String> {
        let line = timeout(COMMAND_TIMEOUT, self.lines.next_line()).await;
        line.expect("the command says something in time").unwrap()
    }

    /// The lines before the next one that contains `end`.
    async fn lines_before(&mut self, end: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.next_line().await.expect("the command goes on");
            if line.contains(end) {
                return lines;
            }
            lines.push(line);
        }
    }

    /// The text in the QR code that is shown next.
    async fn qr_code(&mut self) -> String {
        let lines = self.lines_before("scan it with the phone").await;
        decode(&lines)
    }

    /// Waits for the end; returns the exit code, the last line, and the complaint.
    async fn end(mut self) -> (Option<i32>, String, String) {
        let mut last = String::new();
        while let Some(line) = self.next_line().await {
            last = line;
        }
        let mut complaint = String::new();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut complaint).await.unwrap();
        (self.child.wait().await.unwrap().code(), last, complaint)
    }
}

/// Reads a code of which the light modules are drawn, two above each other in a character.
fn decode(lines: &[String]) -> String {
    const SCALE: usize = 4;
    let rows: Vec<Vec<char>> = lines
        .iter()
        .filter(|line| line.starts_with(['█', '▀', '▄']))
        .map(|line| line.chars().collect())
        .collect();
    let is_light = |x: usize, y: usize| {
        let character = rows[y / 2].get(x).copied().unwrap_or(' ');
        matches!((character, y % 2), ('█', _) | ('▀', 0) | ('▄', 1))
    };
    let (width, height) = (rows[0].len() * SCALE, rows.len() * 2 * SCALE);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        if is_light(x / SCALE, y / SCALE) { 255 } else { 0 }
    });
    let grids = picture.detect_grids();
    grids.first().expect("there is a QR code").decode().unwrap().1
}

async fn accounts(user: &TestUser, is_enough: impl Fn(&Value) -> bool) -> Value {
    let nodes = |answer: &Value| answer["viewer"]["accounts"]["nodes"].clone();
    nodes(
        &user
            .until(ACCOUNTS, json!({}), |answer| is_enough(&nodes(answer)))
            .await,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_linked_by_scanning_the_code_in_the_terminal() {
    let app = TestApp::start().await;
    let user = app.register(EMAIL).await;
    app.simulator()
        .create_phone("5511900000901", "Alice")
        .await
        .unwrap();

    let mut command = LinkCommand::start(&app, &[]);
    let code = command.qr_code().await;
    app.simulator().scan("5511900000901", &code).await.unwrap();
    let (exit, last, complaint) = command.end().await;

    assert_eq!(
        (exit, last.as_str()),
        (Some(0), "linked as +5511900000901"),
        "{complaint}"
    );
    let linked = user.run(ACCOUNTS, json!({})).await;
    let expected = json!([{"state": "ONLINE", "phoneNumber": "+5511900000901"}]);
    assert_eq!(linked["viewer"]["accounts"]["nodes"], expected);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_is_linked_by_typing_the_code_in_the_terminal() {
    let app = TestApp::start().await;
    app.register(EMAIL).await;
    app.simulator()
        .create_phone("5511900000902", "Alice")
        .await
        .unwrap();

    let mut command = LinkCommand::start(&app, &["--phone", "+55 11 90000-0902"]);
    let lines = command.lines_before("type it on the phone").await;
    app.simulator()
        .enter_code("5511900000902", lines.last().unwrap())
        .await
        .unwrap();
    let (exit, last, complaint) = command.end().await;

    assert_eq!(
        (exit, last.as_str()),
        (Some(0), "linked as +5511900000902"),
        "{complaint}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_linking_that_is_given_up_leaves_an_account_that_the_next_try_takes() {
    let app = TestApp::start().await;
    let user = app.register(EMAIL).await;
    app.simulator()
        .create_phone("5511900000903", "Alice")
        .await
        .unwrap();
    let mut command = LinkCommand::start(&app, &[]);
    command.qr_code().await;
    let process = Pid::from_raw(command.child.id().unwrap().try_into().unwrap()).unwrap();

    kill_process(process, Signal::INT).unwrap();
    let (exit, _, complaint) = command.end().await;
    let given_up = accounts(&user, |nodes| nodes[0]["state"] == "UNLINKED").await;
    let mut command = LinkCommand::start(&app, &[]);
    let code = command.qr_code().await;
    app.simulator().scan("5511900000903", &code).await.unwrap();
    let (again, last, second) = command.end().await;

    assert_eq!(exit, Some(1));
    assert!(complaint.contains("given up: no phone was linked"), "{complaint}");
    assert_eq!(given_up.as_array().unwrap().len(), 1);
    assert_eq!(
        (again, last.as_str()),
        (Some(0), "linked as +5511900000903"),
        "{second}"
    );
    assert_eq!(accounts(&user, |_| true).await.as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_plan_allows_no_other_the_account_that_was_logged_out_is_linked_again() {
    let app = TestApp::start().await;
    let user = app.register(EMAIL).await;
    let phone = app.link_phone(&user, "5511900000904").await;
    let (refused, _, full) = LinkCommand::start(&app, &[]).end().await;
    app.simulator().unlink(&phone.number).await.unwrap();
    accounts(&user, |nodes| nodes[0]["state"] == "LOGGED_OUT").await;

    let mut command = LinkCommand::start(&app, &[]);
    let code = command.qr_code().await;
    app.simulator().scan(&phone.number, &code).await.unwrap();
    let (exit, last, complaint) = command.end().await;

    assert_eq!(refused, Some(1));
    assert!(full.contains("amda users set-plan"), "{full}");
    assert_eq!(
        (exit, last.as_str()),
        (Some(0), "linked as +5511900000904"),
        "{complaint}"
    );
    assert_eq!(accounts(&user, |_| true).await.as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_linked_is_told_with_what_would_be_right() {
    let app = TestApp::start().await;
    app.register(EMAIL).await;

    let (_, _, number) = LinkCommand::start(&app, &["--phone", "12"]).end().await;
    let (_, _, nobody) = LinkCommand::start_for("bob@example.org", &app, &[]).end().await;

    assert!(number.contains("+5511999990000"), "{number}");
    assert!(nobody.contains("amda users list"), "{nobody}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_is_linked_already_is_refused_and_no_account_is_made() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone(EMAIL, "5511900000905").await;

    let (exit, _, complaint) = LinkCommand::start(&app, &["--phone", &phone.number]).end().await;

    assert_eq!(exit, Some(1));
    assert!(complaint.contains("this phone is linked already"), "{complaint}");
    assert_eq!(accounts(&user, |_| true).await.as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn without_a_running_server_the_command_says_to_start_one() {
    let (database, folder) = (TestDatabase::create().await, a_folder());
    let url = ("DATABASE_URL", database.app_url().expose_secret());
    let arguments = ["link", "--user", EMAIL];

    let on_a_database = amda(folder.path(), &arguments, &[url, ("AMDA_MASTER_KEY", MASTER_KEY)]).await;
    let on_nothing = amda(folder.path(), &arguments, &[]).await;

    for outcome in [on_a_database, on_nothing] {
        assert_eq!(outcome.code, Some(1));
        assert!(
            outcome.complained.contains("amda serve"),
            "{}",
            outcome.complained
        );
    }
    assert!(!folder.path().join("data").exists());
}
