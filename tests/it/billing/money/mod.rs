//! Money in any order: histories by chance, in which people buy, cancel, dispute and fail to pay, webhooks come in any order or
//! never, Stripe does not answer and AMDA's jobs stand still.
//!
//! A seed leads to the same history each time. `AMDA_MONEY_SEED=17` lives through one, and `AMDA_MONEY_SEEDS=1000` through as
//! many.

mod checks;
mod courier;
mod deeds;
mod history;
mod market;
mod mistakes;
mod oracle;
mod stored;

use std::any::Any;
use std::ops::Range;
use std::panic::AssertUnwindSafe;

use futures::future::ready;
use futures::{FutureExt as _, StreamExt as _, stream};

/// Number of histories, unless the environment says another.
const SEEDS: u64 = 40;
/// Number of histories that are lived at once.
const AT_ONCE: usize = 3;
/// Number of failures that are told in full.
const TOLD: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn premium_follows_the_money_whatever_happens_in_whatever_order() {
    let histories = seeds().map(|seed| Box::pin(live(seed)));

    let lived = stream::iter(histories).buffer_unordered(AT_ONCE);
    let failures: Vec<String> = lived.filter_map(|lived| ready(lived.err())).collect().await;

    let told: Vec<&str> = failures.iter().take(TOLD).map(String::as_str).collect();
    assert!(
        failures.is_empty(),
        "{} fail:\n{}",
        failures.len(),
        told.join("\n\n")
    );
}

/// The seeds that the environment asks for.
fn seeds() -> Range<u64> {
    let number = |name| {
        std::env::var(name)
            .ok()
            .map(|text: String| text.parse::<u64>().unwrap())
    };
    match number("AMDA_MONEY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("AMDA_MONEY_SEEDS").unwrap_or(SEEDS),
    }
}

/// As [`history::live`], where a panic is a failure of its seed.
async fn live(seed: u64) -> Result<(), String> {
    let lived = AssertUnwindSafe(history::live(seed)).catch_unwind().await;
    lived.unwrap_or_else(|panic| Err(format!("AMDA_MONEY_SEED={seed} panics: {}", message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}
