use async_trait::async_trait;

use crate::id::MediaId;
use crate::work::Work;

/// Why a listener failed: its own error, kept whole for the log.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What became of a file that was to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept.
    Stored,
    /// It came, and somebody did not admit it; it was thrown away. The reference is kept.
    Refused,
    /// WhatsApp no longer serves it.
    Expired,
    /// It could not be had.
    Failed {
        /// Why, in words for the user.
        reason: String,
    },
}

impl Outcome {
    /// Why the content is not there, in words for the user; none where it is, or was refused.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Stored | Self::Refused => None,
            Self::Expired => Some("WhatsApp no longer serves the file"),
            Self::Failed { reason } => Some(reason),
        }
    }
}

/// A feature that waits for media. It is told in the unit of work that settles the file, so what it writes and emits
/// there is durable together with the file's new state, or not at all. It is told of every file: those that are none
/// of its business it leaves alone.
///
/// Lock order: the media's row is locked already; a feature that asks for media in its own unit of work calls
/// [`fetch_later`](super::fetch_later) before it locks rows of its own.
#[async_trait]
pub trait OnMedia: std::fmt::Debug + Send + Sync {
    /// Asked when content came and is about to be kept: whether it may be, as far as this feature is concerned.
    /// Whoever must pay for it does so here; one `false` and the content is thrown away.
    ///
    /// # Errors
    /// Then nothing was done, and the file is fetched again later.
    async fn admit(&self, _work: &mut Work, _media: MediaId) -> Result<bool, Cause> {
        Ok(true)
    }

    /// Told what became of `media`.
    ///
    /// # Errors
    /// Then nothing was done, and the file is fetched again later.
    async fn on_media(&self, work: &mut Work, media: MediaId, outcome: &Outcome) -> Result<(), Cause>;
}
