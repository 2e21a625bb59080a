//! AMDA, a self-hosted WhatsApp companion.

#[cfg(feature = "simulator")]
pub mod simulator;
