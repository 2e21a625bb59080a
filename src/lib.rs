//! AMDA, a self-hosted WhatsApp companion.

pub mod config;
pub mod db;
#[cfg(feature = "simulator")]
pub mod simulator;
