//! `amda link`: links a WhatsApp account from the terminal, so that a server needs no browser.
//!
//! The running AMDA holds the account's connection, because two would break the keys that they share. So the command asks
//! it to link by a job, and reads the account's row, in which the code on show is sealed, until the link works or failed.

mod command;
mod progress;
mod qr;
mod screen;

pub(super) use command::{Link, run};
