use std::fmt::Debug;

use async_trait::async_trait;

use crate::hub::EventRow;
use crate::work::Work;

/// Boxed error of a consumer, logged with its chain.
pub type ConsumeError = Box<dyn std::error::Error + Send + Sync>;

/// Acts on committed events.
#[async_trait]
pub trait EventConsumer: Debug + Send + Sync {
    /// The name of the feature's folder.
    fn name(&self) -> &'static str;

    /// Consumes events of one user, in order. Events that it emits come back to it with the next ones.
    ///
    /// # Errors
    /// Any failure, mostly the database's: the transaction is rolled back, and the same events come again.
    async fn consume(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError>;
}
