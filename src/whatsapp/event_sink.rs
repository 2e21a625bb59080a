use async_trait::async_trait;

use crate::account::AccountRef;
use crate::db::Fence;
use crate::event::Event;
use crate::whatsapp::store::UnstoredWrites;

/// Boxed error of a sink, logged with its chain.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// What a committed batch of events leads to.
#[derive(Debug, Clone, Copy)]
pub struct Committed {
    /// Something is to be sent.
    pub has_sends: bool,
}

/// Receiver of the events of all sessions: the pipeline, or a test's recorder.
#[async_trait]
pub trait EventSink: std::fmt::Debug + Send + Sync {
    /// Makes a batch of events durable, in order, while `fence` holds, and writes `unstored` in the same transaction. WhatsApp is
    /// acknowledged only after this returns `Ok`.
    ///
    /// # Errors
    /// When nothing of the batch was done; it can be given again.
    async fn ingest(
        &self,
        account: AccountRef,
        fence: &Fence,
        batch: &[Event],
        unstored: Option<&UnstoredWrites<'_>>,
    ) -> Result<Committed, SinkError>;
}
