use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::KeepPrepared as _;
use crate::db::schema::outbox;
use crate::id::SendId;
use crate::work::Work;

/// Cancels a message that the sender has not begun with. Returns false when it is on its way or settled; then its outcome
/// stands. Never waits for a lock: a locked row counts as on its way, and its holder may wait for a lock of the caller's.
///
/// # Errors
/// The database's.
pub async fn cancel(work: &mut Work, send: SendId) -> QueryResult<bool> {
    // A claimed message is QUEUED until it left, and again when it is to be tried anew: it may have arrived.
    let waiting: Option<SendId> = outbox::table
        .filter(outbox::id.eq(send))
        .filter(outbox::state.eq("QUEUED").and(outbox::sent_at.is_null()))
        .select(outbox::id)
        .for_update()
        .skip_locked()
        .first(work)
        .await
        .optional()?;
    let Some(free) = waiting else {
        return Ok(false);
    };
    diesel::delete(outbox::table.find(free)).execute(work).await?;
    Ok(true)
}

/// Cancels a message as [`cancel`] does. Returns false when it is on its way; when it has no answer then, it is not tried
/// again, and its outcome is [`SendOutcome::Withdrawn`] with this reason.
///
/// [`SendOutcome::Withdrawn`]: crate::event::SendOutcome::Withdrawn
///
/// # Errors
/// The database's.
pub async fn withdraw(work: &mut Work, send: SendId, reason: &str) -> QueryResult<bool> {
    if cancel(work, send).await? {
        return Ok(true);
    }
    let on_its_way: Option<SendId> = outbox::table
        .filter(outbox::id.eq(send).and(outbox::settled_at.is_null()))
        .select(outbox::id)
        .for_update()
        .skip_locked()
        .first(work)
        .await
        .optional()?;
    if let Some(free) = on_its_way {
        diesel::update(outbox::table.find(free))
            .set(outbox::withdrawn_because.eq(reason))
            .keep_prepared()
            .execute(work)
            .await?;
        work.note_send();
    }
    Ok(false)
}
