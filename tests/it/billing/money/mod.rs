//! Money in any order: histories by chance, in which people buy, cancel, dispute and fail to pay, webhooks come in any order or
//! never, Stripe does not answer and AMDA's jobs stand still.
//!
//! A seed leads to the same history each time. `AMDA_MONEY_SEED=17` lives through one, and `AMDA_MONEY_SEEDS=1000` through as
//! many.

mod bills;
mod checks;
mod courier;
mod deeds;
mod history;
mod market;
mod mistakes;
mod oracle;
mod shift;
mod stored;

use std::any::Any;
use std::collections::BTreeSet;
use std::ops::Range;
use std::panic::AssertUnwindSafe;

use futures::{FutureExt as _, StreamExt as _, stream};

/// Number of histories, unless the environment says another.
const SEEDS: u64 = 40;
/// Number of histories that are lived at once.
const AT_ONCE: usize = 3;
/// Number of failures that are told in full.
const TOLD: usize = 3;

/// Lines of the table of effects, and notices, that the usual histories come to: without them they would prove little.
const LINES: [&str; 14] = [
    "trialing: yes",
    "active: yes",
    "past_due: yes",
    "past_due: no",
    "unpaid: no",
    "canceled: no",
    "REFUNDED: no",
    "DISPUTED: no",
    "DISPUTE_LOST: no",
    "another price: no",
    "deleted",
    "PAYMENT_FAILED 0",
    "PAYMENT_FAILED 3",
    "TRIAL_ENDING 0",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn premium_follows_the_money_whatever_happens_in_whatever_order() {
    let histories = seeds().map(|seed| Box::pin(live(seed)));

    let lived: Vec<_> = stream::iter(histories).buffer_unordered(AT_ONCE).collect().await;

    let failures: Vec<&String> = lived.iter().filter_map(|it| it.as_ref().err()).collect();
    let told: Vec<&str> = failures.iter().take(TOLD).map(|it| it.as_str()).collect();
    assert!(
        failures.is_empty(),
        "{} fail:\n{}",
        failures.len(),
        told.join("\n\n")
    );
    let lines: BTreeSet<String> = lived.into_iter().flatten().flatten().collect();
    let missing = LINES.into_iter().filter(|line| !lines.contains(*line));
    let missing: Vec<&str> = missing.filter(|_| seeds() == (0..SEEDS)).collect();
    assert_eq!(missing, [""; 0], "only {lines:?}");
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
async fn live(seed: u64) -> Result<BTreeSet<String>, String> {
    let lived = AssertUnwindSafe(history::live(seed)).catch_unwind().await;
    lived.unwrap_or_else(|panic| Err(format!("AMDA_MONEY_SEED={seed} panics: {}", message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}
