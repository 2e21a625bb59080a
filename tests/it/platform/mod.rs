//! The platform: AMDA's own PostgreSQL, the single-server lock, and the command line.

mod backup;
mod backup_refusals;
mod closed_lists;
mod command_line;
mod database;
mod database_tls;
mod embedded;
mod healthcheck;
mod idle;
mod leftovers;
mod link_command;
mod load_command;
mod metrics;
mod outage;
mod roles;
mod rotate_keys;
mod serve;
mod users_commands;

pub(crate) use command_line::amda;
pub(crate) use embedded::a_folder;
