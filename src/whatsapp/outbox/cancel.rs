use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::db::schema::outbox;
use crate::id::SendId;
use crate::work::Work;

/// Takes back a message that nobody has begun to send. False: it is on its way or settled, and its news stands. It waits
/// for nobody: a row that somebody works on is as good as on its way, and whoever does may wait for what the caller holds.
///
/// # Errors
/// The database's.
pub async fn cancel(work: &mut Work, send: SendId) -> QueryResult<bool> {
    // One that is claimed stays queued until it left, or is queued again: it may have arrived.
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
