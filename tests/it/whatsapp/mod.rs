//! Sessions against the simulator: what they report, what they commit, and what they send.

mod fake_files;
mod faults;
mod fetching;
mod groups;
mod history;
mod ingesting;
mod linking;
mod logging;
mod recorder;
mod sending;
mod session_harness;
mod statuses;
