//! Assembly of AMDA from its parts, start, and stop in order.
//!
//! ```text
//! start:  listener -> keys -> PostgreSQL -> migrations -> core -> features, pipeline
//!         -> background tasks -> sessions -> server
//! stop:   server (sockets closed) -> sessions (drained) -> background tasks -> simulator -> PostgreSQL
//! ```

mod account_pages;
mod adapters;
mod archives;
mod assembly;
mod build;
mod core_setup;
#[cfg(feature = "simulator")]
pub mod demo;
mod exports;
mod issuer_check;
mod lifecycle;
mod metrics;
mod nodes;
mod parts;
mod predecessor;
mod registry;
#[cfg(feature = "simulator")]
mod simulation;
#[cfg(not(feature = "simulator"))]
#[path = "no_simulation.rs"]
mod simulation;
#[cfg(feature = "simulator")]
mod stripe_simulation;
mod stripe_webhook;
mod tuning;
mod unsubscribe;
mod web;

pub use assembly::{Assembly, AssemblyParts};
pub use core_setup::{core_for_command, core_for_rotation, media_store};
pub use issuer_check::check_issuer;
pub use lifecycle::App;
pub use parts::sale;
pub use registry::expiries;
pub use simulation::{Simulation, start_demo};
pub use tuning::Tuning;
