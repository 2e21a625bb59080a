//! What AMDA stands on: its own PostgreSQL, configuration, the command line.

mod database;
mod embedded;
