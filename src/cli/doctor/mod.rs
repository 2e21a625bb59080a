//! `amda doctor`: checks an installation, and prints one line per check with the result and how to fix it.
//!
//! It changes nothing and starts nothing: a database of AMDA's own is inspected only while AMDA runs.

mod billing;
mod checks;
mod database;
mod exposure;
mod files;
mod finding;
mod issuer;
mod mail;
mod media;
mod proxies;
mod redis;

pub(super) use checks::{Doctor, run};
