//! The floors of the crate, read from its sources: which module may name which, which feature owns which table, where a
//! foreign system is at home, how a file looks, that every queue has its test, what migrations may do, and that the README
//! quotes what is said. Nothing of the crate is built for it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod advice;
mod house;
mod migrations;
mod one_place;
mod order;
mod paths;
mod queues;
mod source;
mod tables;
