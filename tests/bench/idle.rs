//! What an account weighs that is linked, online and idle: the growth of the server's memory by a hundred of them.
//!
//! The simulated phones live in a process of their own, which this program starts of itself and which ends with it. Prints a
//! figure and judges nothing: `cargo bench --bench idle`.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::io::Read as _;
use std::net::SocketAddr;
use std::process::Stdio;

use amda::simulator::{Simulator, SimulatorConfig};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use support::app::TestApp;

const ACCOUNTS: u64 = 100;
/// Asks this program to be the phones.
const PHONES: &str = "--phones";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --benches` only wants to know that it starts.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    if arguments.iter().any(|argument| argument == PHONES) {
        phones().await;
    } else {
        Box::pin(idle()).await;
    }
}

async fn idle() {
    let (address, mut phones) = phones_of_their_own().await;
    let app = TestApp::start_with(|config| {
        config.simulator = None;
        config.whatsapp.websocket_url = format!("ws://{address}/ws/chat").parse().unwrap();
        config.whatsapp.media_url = Some(format!("http://{address}").parse().unwrap());
    })
    .await;
    // What the first one needs, the others share.
    link(&app, address, 0).await;
    let before = resident_kib();
    for number in 1..=ACCOUNTS {
        link(&app, address, number).await;
    }
    let each = (resident_kib() - before) / ACCOUNTS;
    println!("idle: {each} KiB each of {ACCOUNTS} linked accounts");
    app.stop().await;
    // It waits for the end of this.
    drop(phones.stdin.take());
    phones.wait().await.unwrap();
}

async fn link(app: &TestApp, phones: SocketAddr, number: u64) {
    let user = app.register(&format!("idle{number}@example.org")).await;
    let number = format!("55119100{number:05}");
    let phones = format!("http://{phones}/control/phones");
    let http = support::http::client();
    let post = async |address: String, body: String| {
        let answer = http.post(address).body(body).send().await.unwrap();
        answer.error_for_status().unwrap();
    };
    post(
        phones.clone(),
        json!({"number": number, "name": "Owner"}).to_string(),
    )
    .await;
    user.link(async |code| post(format!("{phones}/{number}/scan"), code.to_owned()).await)
        .await;
}

async fn phones_of_their_own() -> (SocketAddr, Child) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(PHONES)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.next_line().await.unwrap().unwrap();
    (address.parse().unwrap(), child)
}

/// Is the phones, until the other program closes this one's input.
async fn phones() {
    let config = SimulatorConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: None,
    };
    let simulator = Simulator::start(config).await.unwrap();
    println!("{}", simulator.address());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await.unwrap().unwrap();
    simulator.shutdown().await;
}

/// How much memory this process holds, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
