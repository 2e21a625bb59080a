//! `amda load`: the cost of many accounts on one server, on two, on three.
//!
//! ```text
//! setting:  a PostgreSQL and a folder of its own, both gone at the end
//! phones:   a simulated WhatsApp in a process of its own -> linking: every account, once
//! measure:  for each number of servers: start them -> every account online, evenly shared
//!           -> subscribers at other servers than those that run their accounts -> traffic -> figures
//! table:    the figures, one row for each number of servers
//! ```
//!
//! The servers are processes of this same program, and know nothing of the measurement: users sign in by tokens of an
//! issuer of this command's own, link their accounts by GraphQL, and hear of events by WebSocket. Everything listens on
//! loopback, and ends with this process, in whatever way that ends.
//!
//! It must never touch a data folder or a database that is not its own.

mod command;
mod figures;
mod graphql_socket;
mod issuer;
mod linking;
mod measure;
mod phones;
mod process;
mod server_process;
mod setting;
mod subscribers;
mod table;
mod traffic;
mod usage;

pub(super) use command::{Load, run};
pub(super) use phones::simulate_whatsapp;
