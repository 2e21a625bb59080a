//! The command line: commands, their output, and their failures.
//!
//! Exit codes: 0 for success, 1 for failure, 2 when the command or the configuration is wrong.

mod backup;
mod billing;
mod command;
mod doctor;
mod healthcheck;
mod invite;
mod jobs;
mod link;
#[cfg(feature = "simulator")]
mod load;
mod media;
mod migrate;
mod progress;
mod purge;
mod report;
mod rotate_keys;
mod serve;
mod setting_groups;
mod settings;
mod terminal;
mod users;

pub use command::run;
