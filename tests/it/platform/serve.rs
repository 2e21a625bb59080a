//! `amda serve` from outside: failures to start are reported, and a killed server starts again.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::command_line::{add_user, amda};
use super::embedded::a_folder;
use crate::support::database::TestDatabase;
use crate::support::http;

const ANYWHERE: [&str; 6] = [
    "serve",
    "--simulate",
    "--listen",
    "127.0.0.1:0",
    "--simulator-listen",
    "127.0.0.1:0",
];

/// Time limit of the first event of the demonstration.
const EVENT_TIMEOUT: Duration = Duration::from_mins(1);

/// Starts the demonstration and waits until it has printed its welcome; returns that.
pub(super) fn demonstration(folder: &Path) -> (Child, String) {
    demonstration_that_logs_to(folder, Stdio::inherit())
}

fn demonstration_that_logs_to(folder: &Path, log: Stdio) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command
        .args(ANYWHERE)
        .env_clear()
        .current_dir(folder)
        .env("AMDA_DATA_DIR", folder.join("data"))
        .env("AMDA_STRIPE_SIMULATOR_LISTEN", "127.0.0.1:0");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null()).stderr(log);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let output: ChildStdout = child.stdout.take().unwrap();
    // It ends with the process, so a start that fails ends the waiting too.
    let lines = BufReader::new(output).lines().map_while(Result::ok);
    let told: Vec<String> = lines
        .take_while(|line| !line.contains("Stop with Ctrl-C"))
        .collect();
    let said = told.join("\n");
    assert!(said.contains("AMDA is running"), "it says that it runs: {said}");
    (child, said)
}

/// The address of the demonstration, from its welcome.
pub(super) fn address_in(said: &str) -> String {
    let address = said.split_once("GraphiQL   ").unwrap().1;
    address.split_once("/graphql").unwrap().0.to_owned()
}

/// The operations in the welcome of the demonstration: paragraphs that begin as GraphQL does.
fn suggestions(said: &str) -> Vec<String> {
    let paragraphs = said.split("\n\n").map(str::trim);
    let is_operation = |text: &&str| {
        ["{", "mutation", "subscription"]
            .iter()
            .any(|word| text.starts_with(word))
    };
    paragraphs.filter(is_operation).map(str::to_owned).collect()
}

pub(super) async fn ask(address: &str, token: Option<&str>, query: &str) -> Value {
    let mut request = http::client()
        .post(format!("{address}/graphql"))
        .json(&json!({ "query": query }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().json().await.unwrap()
}

/// The first event of a subscription over plain HTTP.
async fn first_event(address: &str, token: &str, query: &str) -> String {
    let mut answer = http::client()
        .post(format!("{address}/graphql"))
        .header("accept", "multipart/mixed;subscriptionSpec=1.0, application/json")
        .bearer_auth(token)
        .json(&json!({ "query": query }))
        .send()
        .await
        .unwrap();
    let mut heard = String::new();
    while !heard.contains("sequence") && !heard.contains("errors") {
        let part = answer.chunk().await.unwrap().expect("a subscription goes on");
        heard.push_str(&String::from_utf8_lossy(&part));
    }
    heard
}

#[tokio::test]
async fn a_port_in_use_is_told_before_anything_is_begun() {
    let folder = a_folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let outcome = amda(folder.path(), &["serve", "--simulate", "--listen", &address], &[]).await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.complained.contains(&address) && outcome.complained.contains("--listen"),
        "{}",
        outcome.complained
    );
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn a_master_key_that_opens_nothing_is_refused() {
    let folder = a_folder();
    let database = TestDatabase::create().await;
    add_user(&database, "0123abcd").await;

    let outcome = amda(
        folder.path(),
        &ANYWHERE,
        &[("DATABASE_URL", database.app_url().expose_secret())],
    )
    .await;

    assert_eq!(outcome.code, Some(1));
    for expected in ["the master key does not open", "AMDA_MASTER_KEY", "0123abcd"] {
        assert!(
            outcome.complained.contains(expected),
            "{expected}: {}",
            outcome.complained
        );
    }
}

#[tokio::test]
async fn a_killed_server_starts_again_with_the_phone_still_linked() {
    let folder = a_folder();
    let (mut first, said) = demonstration(folder.path());
    assert!(said.contains("Linked the simulated phone"), "{said}");
    first.kill().unwrap();
    first.wait().unwrap();

    let (mut second, said) = demonstration(folder.path());

    assert!(said.contains("still linked"), "{said}");
    second.kill().unwrap();
    second.wait().unwrap();
}

#[tokio::test]
async fn everything_that_the_demonstration_suggests_can_be_asked() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = a_folder();
    let (mut server, said) = demonstration(folder.path());
    let address = address_in(&said);
    let mut suggested = suggestions(&said);
    assert!(suggested.len() >= 4, "{suggested:?}");

    let signed_in = ask(&address, None, &suggested.remove(0)).await;
    let token = signed_in["data"]["logIn"]["accessToken"].as_str().unwrap();
    let (heard, asked): (Vec<String>, Vec<String>) = suggested
        .into_iter()
        .partition(|operation| operation.starts_with("subscription"));
    for query in &asked {
        let answer = ask(&address, Some(token), query).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
    }
    for query in &heard {
        let heard = timeout(EVENT_TIMEOUT, first_event(&address, token, query)).await;
        let heard = heard.expect("contacts are never silent for so long");
        assert!(
            heard.contains("sequence") && !heard.contains("errors"),
            "{query}: {heard}"
        );
    }

    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test]
async fn refusals_and_signals_are_logged_and_the_end_is_too() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = a_folder();
    let (server, said) = demonstration_that_logs_to(folder.path(), Stdio::piped());
    let address = address_in(&said);
    let signal = |signal| rustix::process::kill_process(Pid::from_child(&server), signal).unwrap();

    signal(Signal::HUP);
    let log_in =
        "mutation { logIn(input: {email: \"demo@amda.local\", password: \"guess\"}) { errors { code } } }";
    let guessed = ask(&address, None, log_in).await;
    let from_a_page = http::client()
        .post(format!("{address}/graphql"))
        .header("origin", "https://evil.test");
    from_a_page
        .json(&json!({ "query": "{ __typename }" }))
        .send()
        .await
        .unwrap();
    signal(Signal::TERM);
    let ended = tokio::task::spawn_blocking(move || server.wait_with_output().unwrap())
        .await
        .unwrap();

    assert_eq!(guessed["data"]["logIn"]["errors"][0]["code"], "WRONG_CREDENTIALS");
    let log = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{log}");
    for line in [
        "SIGHUP changes nothing",
        "refused a log-in from 127.0.0.1: the e-mail address or the password is wrong",
        "refused a request from 127.0.0.1 with origin \"https://evil.test\": AMDA_ALLOWED_ORIGINS",
    ] {
        assert_eq!(log.matches(line).count(), 1, "{line}: {log}");
    }
    assert!(log.trim_end().ends_with("stopped"), "{log}");
}

#[tokio::test]
async fn nothing_in_the_data_folder_is_for_other_users() {
    let folder = a_folder();
    let (mut server, _) = demonstration(folder.path());

    let open = open_to_others(&folder.path().join("data"));

    server.kill().unwrap();
    server.wait().unwrap();
    assert!(open.is_empty(), "{open:?}");
}

/// The files and folders that other users can read, write or list. Root's data folder may be passed through, and the
/// database's socket takes its access from the folder that it lies in.
fn open_to_others(folder: &Path) -> Vec<PathBuf> {
    let mut open = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        // The running server removes files and folders meanwhile.
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            let Ok(found) = path.symlink_metadata() else {
                continue;
            };
            if (found.is_file() || found.is_dir()) && found.mode() & 0o077 != 0 {
                open.push(path.clone());
            }
            if found.is_dir() {
                folders.push(path);
            }
        }
    }
    if folder.metadata().unwrap().mode() & 0o066 != 0 {
        open.push(folder.to_owned());
    }
    open
}
