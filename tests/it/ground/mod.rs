//! What AMDA stands on: its own PostgreSQL, configuration, the command line.

mod command_line;
mod database;
mod embedded;
mod exclusive;
mod leftovers;
mod serve;

pub(crate) use command_line::amda;
pub(crate) use embedded::a_folder;
