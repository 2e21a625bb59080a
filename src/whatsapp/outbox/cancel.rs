use diesel::prelude::*;
use diesel_async::RunQueryDsl;

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
