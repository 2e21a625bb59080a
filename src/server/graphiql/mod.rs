//! GraphiQL, served from the binary: it asks no other host. `README.md` says how its files are built.

mod pages;

pub(super) use pages::{page, routes};
