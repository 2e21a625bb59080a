//! From WhatsApp to a GraphQL subscriber: how many events a second, and how late each.
//!
//! The simulator encrypts, the session decrypts, the pipeline commits (with the disk's own time, in PostgreSQL's own
//! way), the socket hears. Everything runs in this one process, the simulator's half too. Prints figures and judges
//! nothing: `cargo bench --bench inbound`.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use amda::config::{Config, DatabaseConfig, EmbeddedConfig};
use amda::simulator::{Burst, Simulator, SimulatorConfig};
use diesel_async::RunQueryDsl;
use serde_json::json;

use support::app::{TestApp, TestUser};

const POSTED: &str =
    "subscription { events(kinds: [STATUS_POSTED]) { sequence ... on StatusEvent { status { text } } } }";
const PHONE: &str = "5511900000099";
const BURST: usize = 2_000;
const STEADY_PER_SECOND: NonZeroU32 = NonZeroU32::new(200).unwrap();
const STEADY: usize = 2_000;
const PATIENCE: Duration = Duration::from_mins(2);

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // It keeps nothing on disk, unlike the one of a demo: that would be measured too.
    let simulator = Simulator::start(SimulatorConfig {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: None,
    })
    .await
    .unwrap();
    simulator.create_phone(PHONE, "Owner").await.unwrap();
    simulator
        .add_contact(PHONE, "5511800000099", "Bob")
        .await
        .unwrap();
    let app = TestApp::start_with(|config| {
        durable(config);
        config.simulator = None;
        config.whatsapp.websocket_url = simulator.websocket_url().parse().unwrap();
        config.whatsapp.media_url = Some(simulator.media_base_url().parse().unwrap());
    })
    .await;
    let user = app.register("bench@example.org").await;
    user.link(async |code| simulator.scan(PHONE, code).await.unwrap())
        .await;
    let before = commits(&app).await;
    burst(&user, &simulator).await;
    let each = (commits(&app).await - before) / i64::try_from(BURST).unwrap();
    println!("burst: about {each} transactions an event, the library's own state among them");
    steady(&user, &simulator).await;
    app.stop().await;
    simulator.shutdown().await;
}

/// A PostgreSQL of its own that waits for the disk, as in service.
fn durable(config: &mut Config) {
    config.database = DatabaseConfig::Embedded(EmbeddedConfig {
        folder: config.data_dir.join("postgres"),
        binaries: None,
        durable: true,
    });
}

#[derive(diesel::QueryableByName)]
struct Commits {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    xact_commit: i64,
}

/// How many transactions the database has committed, roughly: its statistics lag by up to a second.
async fn commits(app: &TestApp) -> i64 {
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut tx = app.app.services.core.db.begin_without_user().await.unwrap();
    let query = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    let Commits { xact_commit } = diesel::sql_query(query).get_result(&mut tx).await.unwrap();
    xact_commit
}

async fn burst(user: &TestUser, simulator: &Simulator) {
    let mut events = user.subscribe(POSTED, json!({})).await;
    let start = Instant::now();
    let (made, ()) = tokio::join!(simulator.burst(PHONE, Burst::Statuses, BURST), async {
        for _ in 0..BURST {
            events.next_event(PATIENCE).await;
        }
    });
    made.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "burst: {BURST} statuses in {seconds:.2} s, {:.0} events/s",
        f64::from(2_000_u32) / seconds
    );
}

async fn steady(user: &TestUser, simulator: &Simulator) {
    let mut events = user.subscribe(POSTED, json!({})).await;
    let start = Instant::now();
    let (made, mut late) = tokio::join!(
        simulator.burst_at(PHONE, Burst::Statuses, STEADY, STEADY_PER_SECOND),
        async {
            let mut late = Vec::with_capacity(STEADY);
            for number in 0..STEADY {
                events.next_event(PATIENCE).await;
                // Since it was due, so that a sender who is held up counts as late too.
                let due = Duration::from_secs(1) * u32::try_from(number).unwrap() / STEADY_PER_SECOND.get();
                late.push(start.elapsed().saturating_sub(due));
            }
            late
        }
    );
    made.unwrap();
    let rate = f64::from(u32::try_from(STEADY).unwrap()) / start.elapsed().as_secs_f64();
    late.sort_unstable();
    let millis = |of_hundred: usize| late[(late.len() - 1) * of_hundred / 100].as_millis();
    println!(
        "steady {STEADY_PER_SECOND} events/s sent, {rate:.0} heard: p50 {} ms, p99 {} ms",
        millis(50),
        millis(99)
    );
}
