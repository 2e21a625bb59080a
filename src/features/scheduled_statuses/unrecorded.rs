//! Statuses that were published before the owner's own ones were recorded.

use diesel::QueryResult;

use super::content::Content;
use super::model::{Kind, PlannedStatus};
use super::store::{VIEWERS, unrecorded};
use crate::account::AccountRef;
use crate::event::MediaKind;
use crate::features::PublishedStatus;
use crate::id::UserId;
use crate::work::{Core, Work, WorkError, unreadable};

/// Number of statuses that are recorded in one transaction.
const BATCH: i64 = 100;

/// Has `record` record the statuses that an earlier release published without recording them among the owner's. To be
/// called when the server starts.
///
/// # Errors
/// [`WorkError`]; the next start goes on.
pub async fn record_unrecorded(
    core: &Core,
    record: impl AsyncFn(&mut Work, AccountRef, PublishedStatus) -> QueryResult<()>,
) -> Result<(), WorkError> {
    let mut tx = core.db.begin_without_user().await?;
    let users = unrecorded::users(&mut tx).await?;
    tx.commit().await?;
    for user in users {
        let mut count = 0;
        loop {
            let recorded = record_batch(core, user, &record).await?;
            if recorded == 0 {
                break;
            }
            count += recorded;
        }
        tracing::info!(user.id = %user, count, "recorded {count} statuses that user {user} published with an earlier release");
    }
    Ok(())
}

async fn record_batch(
    core: &Core,
    user: UserId,
    record: &impl AsyncFn(&mut Work, AccountRef, PublishedStatus) -> QueryResult<()>,
) -> Result<usize, WorkError> {
    let mut work = core.begin(user).await?;
    let rows = unrecorded::lock(&mut work, BATCH).await?;
    let count = rows.len();
    for row in rows {
        let status = row.open(&work.key).map_err(unreadable)?;
        unrecorded::mark_recorded(&mut work, status.id).await?;
        let account = AccountRef {
            id: status.account,
            user,
        };
        if let Some(published) = published(status) {
            record(&mut work, account, published).await?;
        }
    }
    work.commit().await?;
    Ok(count)
}

fn published(planned: PlannedStatus) -> Option<PublishedStatus> {
    let text = match planned.content {
        Content::Text(words) => Some(words.text().to_owned()),
        Content::Caption(caption) => caption,
    };
    let file = match planned.kind {
        Kind::Text => None,
        Kind::Image => Some((MediaKind::Image, planned.media)),
        Kind::Video => Some((MediaKind::Video, planned.media)),
    };
    Some(PublishedStatus {
        wa_id: planned.wa_id?,
        text,
        file,
        posted_at: planned.published_at?,
        deleted_at: planned.deleted_at,
        viewers: Some((VIEWERS, planned.id.into())),
    })
}
