//! The only module that names the WhatsApp library.

mod hosts;
pub mod media;
pub mod outbox;
mod renewal;
mod session;
pub mod store;
pub mod supervisor;
mod translate;

pub use session::{LinkMethod, Timing};
pub use supervisor::{Supervisor, SupervisorConfig, SupervisorError};

use async_trait::async_trait;

use crate::account::AccountRef;
use crate::event::Event;

/// Why a batch was not taken in.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Where sessions hand what happened. The pipeline.
#[async_trait]
pub trait EventSink: std::fmt::Debug + Send + Sync {
    /// Makes a batch durable, in order. WhatsApp is acknowledged only after this returns `Ok`.
    ///
    /// # Errors
    /// When nothing of the batch was done; it may be given again.
    async fn take_in(&self, account: AccountRef, batch: &[Event]) -> Result<(), SinkError>;
}
