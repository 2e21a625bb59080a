//! From WhatsApp to a GraphQL subscriber: how many events a second, how late each, and what an idle account weighs.
//!
//! The simulator encrypts, the session decrypts, the pipeline commits (with the disk's own time, in PostgreSQL's own
//! way), the socket hears. Everything runs in this one process, the simulator's half too. Prints figures and judges
//! nothing: `cargo bench --bench inbound`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use amda::config::{Config, DatabaseConfig, EmbeddedConfig};
use amda::simulator::Burst;
use serde_json::json;

use support::app::{TestApp, TestPhone, TestUser};

const POSTED: &str =
    "subscription { events(kinds: [STATUS_POSTED]) { sequence ... on StatusEvent { status { text } } } }";
const BURST: usize = 2_000;
const STEADY_PER_SECOND: u32 = 200;
const STEADY: u32 = 2_000;
const ACCOUNTS: usize = 100;
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let app = TestApp::start_with(durable).await;
    let user = app.register("bench@example.org").await;
    let phone = app.link_phone(&user, "5511900000099").await;
    phone.contact("5511800000099", "Bob").await;
    burst(&user, &phone).await;
    steady(&user, &phone).await;
    app.stop().await;
    Box::pin(idle()).await;
}

/// A PostgreSQL of its own that waits for the disk, as in service.
fn durable(config: &mut Config) {
    config.database = DatabaseConfig::Embedded(EmbeddedConfig {
        folder: config.data_dir.join("postgres"),
        binaries: None,
        durable: true,
    });
}

async fn burst(user: &TestUser, phone: &TestPhone) {
    let mut events = user.subscribe(POSTED, json!({})).await;
    let start = Instant::now();
    let (made, ()) = tokio::join!(
        phone.simulator.burst(&phone.number, Burst::Statuses, BURST),
        async {
            for _ in 0..BURST {
                events.next_event(PATIENCE).await;
            }
        }
    );
    made.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "burst: {BURST} statuses in {seconds:.2} s, {:.0} events/s",
        f64::from(2_000_u32) / seconds
    );
}

async fn steady(user: &TestUser, phone: &TestPhone) {
    let mut events = user.subscribe(POSTED, json!({})).await;
    let start = Instant::now();
    let sending = async {
        for number in 0..STEADY {
            tokio::time::sleep_until((start + Duration::from_secs(1) * number / STEADY_PER_SECOND).into())
                .await;
            let sent = start.elapsed().as_micros();
            phone
                .happen(json!({"kind": "status", "from": "5511800000099", "text": sent.to_string()}))
                .await;
        }
    };
    let hearing = async {
        let mut late = Vec::new();
        for _ in 0..STEADY {
            let event = events.next_event(PATIENCE).await;
            let sent: u128 = event
                .pointer("/events/status/text")
                .unwrap()
                .as_str()
                .unwrap()
                .parse()
                .unwrap();
            late.push(start.elapsed().as_micros() - sent);
        }
        late
    };
    let ((), mut late) = tokio::join!(sending, hearing);
    late.sort_unstable();
    let millis = |of_hundred: usize| late[late.len() * of_hundred / 100] / 1_000;
    println!(
        "steady {STEADY_PER_SECOND} events/s: p50 {} ms, p99 {} ms",
        millis(50),
        millis(99)
    );
}

async fn idle() {
    let app = TestApp::start().await;
    let before = resident_kib();
    for number in 0..ACCOUNTS {
        let user = app.register(&format!("idle{number}@example.org")).await;
        app.link_phone(&user, &format!("55119100{number:05}")).await;
    }
    let after = resident_kib();
    let each = (after - before) / ACCOUNTS as u64;
    println!(
        "idle: {each} KiB each of {ACCOUNTS} linked accounts, the simulated phones in the same process among it"
    );
    app.stop().await;
}

/// How much memory this process holds, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
