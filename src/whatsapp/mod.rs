//! The only module that names the WhatsApp library.

pub mod event;
pub mod outbox;
pub mod store;

use async_trait::async_trait;

use crate::contacts::AccountRef;
use event::Event;

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
#[derive(Debug)] pub struct Supervisor;
#[derive(Debug, thiserror::Error)] pub enum SupervisorError { #[error("x")] X }
pub enum LinkMethod { Qr, PairingCode { phone_number: String } }
impl Supervisor { pub async fn link(&self, _: AccountRef, _: LinkMethod) -> Result<(), SupervisorError> { Ok(()) }
 pub async fn restart(&self, _: AccountRef) -> Result<(), SupervisorError> { Ok(()) }
 pub async fn unlink(&self, _: AccountRef) -> Result<(), SupervisorError> { Ok(()) }
 pub async fn stop(&self, _: AccountRef) {} }
pub async fn erase_keys(_: &mut diesel_async::AsyncPgConnection, _: crate::id::AccountId) -> diesel::QueryResult<()> { Ok(()) }
