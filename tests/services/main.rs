//! Tests against programs of other people, which this target starts: Node.js with the packages of `frontend-codegen` and of
//! `tests/services/issuer`, Chromium, Redis, `PgBouncer`, nginx, Prometheus, and a library that sets a process's clock (`apt-get
//! install --no-install-recommends redis-server pgbouncer nginx prometheus faketime`). One that is missing fails its tests, and
//! says what to install. The S3 server of other people is built into this target.
//!
//! ```text
//! npm ci --prefix frontend-codegen --ignore-scripts
//! npm ci --prefix tests/services/issuer --ignore-scripts
//! cargo test --features services --test services
//! ```

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod another_server;
mod checkout;
mod clients;
mod deploy;
mod external_tokens;
mod node;
mod nodes;
mod pooler;
mod program;
mod prometheus;
mod redis;
mod responses;
mod s3;
mod schema;
mod screens;
mod stage;
#[expect(dead_code, reason = "the other tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;
