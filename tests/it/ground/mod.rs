//! What AMDA stands on: its own PostgreSQL, configuration, the command line.

mod command_line;
mod database;
mod embedded;
mod leftovers;
mod serve;
