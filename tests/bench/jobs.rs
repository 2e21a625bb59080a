//! How fast due jobs are claimed when there are very many: `cargo bench --bench jobs`. Prints figures and judges nothing.
//!
//! A real PostgreSQL that waits for the disk, as in service; claims of ten, each in a transaction of its own, by one
//! worker's connection and then by four at once.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use amda::clock::{Clock, SystemClock};
use amda::config::EmbeddedConfig;
use amda::db::embedded::Embedded;
use amda::db::{self, Db};
use amda::id::Ids;
use amda::jobs::{self, Claim};
use diesel_async::SimpleAsyncConnection;
use secrecy::SecretString;

use support::database::open_to_passers;

const ROWS: u32 = 200_000;
const AT_ONCE: i64 = 10;
const FOR: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    open_to_passers(folder.path());
    let config = EmbeddedConfig {
        folder: folder.path().join("postgres"),
        binaries: None,
        durable: true,
    };
    let server = Embedded::start(&config).await.unwrap();
    let urls = server.urls();
    db::migrate(&urls).await.unwrap();
    let url: SecretString = server.url().into();
    for workers in [1, 4] {
        fill(&url).await;
        let db = Db::connect(&urls.app, workers).unwrap();
        let started = Instant::now();
        let claiming = (0..workers).map(|_| tokio::spawn(claim(db.clone(), started)));
        let mut claims = 0;
        for claimed in futures::future::join_all(claiming).await {
            claims += claimed.unwrap();
        }
        let seconds = started.elapsed().as_secs_f64();
        let rate = f64::from(claims) / seconds;
        println!(
            "{ROWS} jobs, {workers} at once: {rate:.0} claims of {AT_ONCE} a second ({claims} in {seconds:.1} s)"
        );
    }
    server.stop().await.unwrap();
}

/// Claims until the time is over; answers with how often.
async fn claim(db: Db, started: Instant) -> u32 {
    let clock = Arc::new(SystemClock);
    let ids = Ids::new(clock.clone());
    let mut claims = 0;
    while started.elapsed() < FOR {
        let wanted = Claim {
            kinds: &["bench"],
            now: clock.now(),
            lease: chrono::TimeDelta::minutes(1),
            limit: AT_ONCE,
        };
        let mut tx = db.begin_without_user().await.unwrap();
        let claimed = jobs::claim(&mut tx, &ids, wanted).await.unwrap();
        tx.commit().await.unwrap();
        if claimed.is_empty() {
            println!("the queue is empty");
            break;
        }
        claims += 1;
    }
    claims
}

/// As many jobs as there shall be, all due, and no other.
async fn fill(url: &SecretString) {
    let mut conn = db::connect(url).await.unwrap();
    conn.batch_execute(&format!(
        "TRUNCATE jobs; INSERT INTO jobs (id, kind, payload, run_at, max_attempts, created_at) \
         SELECT gen_random_uuid(), 'bench', '{{}}', now() - interval '1 day' + n * interval '0.1 second', 3, now() \
         FROM generate_series(1, {ROWS}) AS n; ANALYZE jobs"
    ))
    .await
    .unwrap();
}
