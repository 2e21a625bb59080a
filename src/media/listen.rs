use async_trait::async_trait;

use super::store::StateReason;
use crate::id::MediaId;
use crate::work::Work;

/// Boxed error of a listener, logged with its chain.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The outcome of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The content is stored.
    Stored,
    /// A listener did not admit the content, which was discarded. The reference stays.
    Refused,
    /// WhatsApp no longer serves it.
    Expired,
    /// The fetch failed.
    Failed {
        /// The reason.
        reason: StateReason,
        /// The explanation in English.
        message: String,
    },
}

impl Outcome {
    /// The reason why there is no content; `None` when it is stored or was refused.
    pub const fn reason(&self) -> Option<StateReason> {
        match self {
            Self::Stored | Self::Refused => None,
            Self::Expired => Some(StateReason::NoLongerServed),
            Self::Failed { reason, .. } => Some(*reason),
        }
    }

    /// The reason why there is no content, in English; `None` when it is stored or was refused.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Stored | Self::Refused => None,
            Self::Expired => Some("WhatsApp no longer serves the file"),
            Self::Failed { message, .. } => Some(message),
        }
    }
}

/// A feature that waits for media. It is called in the unit of work that settles the file, so its writes and events are
/// durable together with the file's new state, or not at all. It is called for every file and ignores those that it
/// does not know.
///
/// Lock order: the media's row is locked already; a feature that asks for media in its own unit of work calls
/// [`fetch_later`](super::fetch_later) before it locks rows of its own.
#[async_trait]
pub trait OnMedia: std::fmt::Debug + Send + Sync {
    /// Returns true when the content that was downloaded may be stored. A feature that charges a quota for it does so
    /// here. One `false` discards the content.
    ///
    /// # Errors
    /// Then nothing was done, and the file is fetched again later.
    async fn admit(&self, _work: &mut Work, _media: MediaId) -> Result<bool, Cause> {
        Ok(true)
    }

    /// Handles the outcome of `media`.
    ///
    /// # Errors
    /// Then nothing was done, and the file is fetched again later.
    async fn on_media(&self, work: &mut Work, media: MediaId, outcome: &Outcome) -> Result<(), Cause>;
}
