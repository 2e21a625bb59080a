use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use super::listen::Outcome;
use super::store::{self, MediaState};
use crate::account::AccountRef;
use crate::id::{AccountId, MediaId};
use crate::jobs::{self, NewJob};
use crate::work::Work;

/// The kind of the job that fetches.
pub(super) const FETCH: &str = "media.fetch";
/// Until WhatsApp's hosts have not been reached for about half a day.
const MAX_ATTEMPTS: i32 = 24;

/// The result of [`fetch_later`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetching {
    /// The fetch is queued; every [`OnMedia`](super::OnMedia) is called with its outcome.
    Queued,
    /// The content is stored already; no listener is called.
    AlreadyStored,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) media: MediaId,
    pub(super) account: AccountId,
}

/// Has the content of `media` fetched after this unit of work. A file that expired or failed before is tried anew.
///
/// Locks the media's row until the unit of work ends: call it before locking rows of your own.
///
/// # Errors
/// The database's; [`diesel::result::Error::NotFound`] when there is no such row.
pub async fn fetch_later(work: &mut Work, account: AccountRef, media: MediaId) -> QueryResult<Fetching> {
    match store::lock(work, media).await? {
        None => return Err(diesel::result::Error::NotFound),
        Some(MediaState::Stored) => return Ok(Fetching::AlreadyStored),
        Some(MediaState::Remote) => {}
        // The cause of the failure may be over.
        Some(MediaState::Expired | MediaState::Failed) => {
            store::mark_absent(work, media, &Outcome::Refused).await?;
        }
    }
    enqueue(work, account, media).await?;
    Ok(Fetching::Queued)
}

/// Enqueues the job that fetches `media`.
pub(super) async fn enqueue(work: &mut Work, account: AccountRef, media: MediaId) -> QueryResult<()> {
    let payload = Payload {
        media,
        account: account.id,
    };
    let job = NewJob {
        kind: FETCH,
        user: Some(account.user),
        payload: serde_json::to_value(payload)
            .map_err(|e| diesel::result::Error::SerializationError(e.into()))?,
        unique_key: Some(media.to_string()),
        run_at: work.now,
        max_attempts: MAX_ATTEMPTS,
    };
    jobs::enqueue(work, &job).await
}
