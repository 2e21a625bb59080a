//! Better copies of files: the HD copy that a sender's app uploads after a picture or video.

use std::cmp::Ordering;

use diesel::QueryResult;

use super::better_store;
use super::fetch;
use super::store::{self, MediaState};
use crate::account::AccountRef;
use crate::event::MediaReference;
use crate::id::MediaId;
use crate::work::Work;

/// Has a better copy take the place of the file `media`. One that is not stored is replaced at once; of one that is, the
/// copy is fetched first and the former content removed then, if the copy really is larger.
///
/// Ignored are a copy of another kind or of fewer pixels, one of a stored file unless both tell their size and its own is
/// larger, and any of a file that is final: that of a view-once message, or of what was deleted.
///
/// Locks the media's row until the unit of work ends, as [`fetch_later`](super::fetch_later) does.
///
/// # Errors
/// The database's.
pub async fn improve(
    work: &mut Work,
    account: AccountRef,
    media: MediaId,
    better: &MediaReference,
) -> QueryResult<()> {
    let Some(state) = store::lock(work, media).await? else {
        return Ok(());
    };
    let Some(known) = store::load(work, &[media]).await?.pop() else {
        return Ok(());
    };
    let growth = store::pixels(known.width, known.height)
        .zip(store::pixels(better.width, better.height))
        .map(|(known, better)| better.cmp(&known));
    if known.kind != better.kind || growth == Some(Ordering::Less) || store::is_final(work, media).await? {
        return Ok(());
    }
    match state {
        MediaState::Remote => better_store::replace(work, media, better).await,
        MediaState::Stored if growth == Some(Ordering::Greater) => {
            better_store::set_better(work, media, Some(better)).await?;
            fetch::enqueue(work, account, media).await
        }
        MediaState::Stored => Ok(()),
        MediaState::Expired | MediaState::Failed => {
            better_store::replace(work, media, better).await?;
            fetch::fetch_later(work, account, media).await.map(drop)
        }
    }
}
