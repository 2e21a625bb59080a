//! From WhatsApp to a GraphQL subscriber, for one account: how many events a second, how late each, and what each costs the
//! server and its PostgreSQL.
//!
//! The simulated WhatsApp encrypts, the server decrypts and commits (with the disk's own time, in PostgreSQL's own way), the
//! socket hears. These are measurements of `amda load` with one account. Prints figures and judges nothing:
//! `cargo bench --bench inbound`, or `cargo bench --bench inbound -- --small` for a try of some seconds.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod load;

use load::Measurement;

fn main() {
    load::start(|is_small| {
        let (burst, seconds) = if is_small { (100, 2) } else { (2_000, 10) };
        let account = "--accounts 1 --nodes 1";
        load::print(&[
            Measurement {
                name: "burst of statuses",
                arguments: format!("{account} --mix statuses --rate max --events {burst}"),
            },
            Measurement {
                name: "200 statuses a second",
                arguments: format!("{account} --mix statuses --rate 200 --seconds {seconds}"),
            },
            Measurement {
                name: "burst of messages and their edits",
                arguments: format!("{account} --mix edits --rate max --events {burst}"),
            },
            Measurement {
                name: "burst of messages and their deletions",
                arguments: format!("{account} --mix deletions --rate max --events {burst}"),
            },
        ]);
    });
}
