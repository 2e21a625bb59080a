//! Many accounts on one server: a burst of everything to a hundred of them, and the time until hundreds are online again
//! after the server was killed (kill -9) in the middle of a traffic.
//!
//! These are measurements of `amda load`. Prints figures and judges nothing: `cargo bench --bench many`, or
//! `cargo bench --bench many -- --small` for a try with few accounts.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod load;

use load::Measurement;

fn main() {
    load::start(|is_small| {
        let (some, more, most) = if is_small { (10, 20, 30) } else { (100, 300, 1_000) };
        let killed = "--nodes 1 --rate 20 --seconds 20 --kill";
        load::print(&[
            Measurement {
                name: "burst of everything",
                arguments: format!("--accounts {some} --nodes 1 --rate max --events {}", 50 * some),
            },
            Measurement {
                name: "server killed",
                arguments: format!("--accounts {more} {killed}"),
            },
            Measurement {
                name: "server killed",
                arguments: format!("--accounts {most} {killed}"),
            },
        ]);
    });
}
