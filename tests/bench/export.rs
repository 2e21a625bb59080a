//! How much memory and time an export with many files takes: `cargo bench --bench export`. Prints figures and judges nothing.
//!
//! The whole product between its edges, with 200 MB of media, which are stored before the measurement begins.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use serde_json::json;

use support::fetcher::{Served, content, picture};
use support::world::World;

const FILES: usize = 20;
const FILE_BYTES: usize = 10_000_000;

#[tokio::main]
async fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (world, account) = World::with_user("PREMIUM").await;
    let file = content(FILE_BYTES);
    for number in 0..FILES {
        let path = format!("/{number}");
        world.fetcher.serve(&path, Served::Content(file.clone()));
        world.fetch_later(account, &picture(&path, &file)).await;
        world.settle_media(1).await;
    }
    // The peak of this process counts from here on.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let (before, started) = (peak_kib(), Instant::now());
    let work = world.core.begin(account.user).await.unwrap();
    world.services.data_exports.request(work).await.unwrap();
    let running = world.run("data_export.");
    let query = "{ viewer { dataExports(first: 1) { edges { node { state sizeBytes } } } } }";
    let size_bytes = loop {
        let data = world.ask(account, query, json!({})).await;
        let newest = &data["viewer"]["dataExports"]["edges"][0]["node"];
        if newest["state"] == "READY" {
            break newest["sizeBytes"].as_u64().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let (seconds, grown) = (started.elapsed().as_secs_f64(), peak_kib().saturating_sub(before));
    running.stop().await;
    println!(
        "{FILES} files of {FILE_BYTES} bytes: an archive of {size_bytes} bytes in {seconds:.1} s, {grown} KiB more memory at \
         the peak"
    );
}

/// The most memory that was resident at once.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
