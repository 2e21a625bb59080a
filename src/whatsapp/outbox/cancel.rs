use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::outbox;
use crate::id::SendId;

/// Takes back a message that nobody has begun to send. False: it is on its way or settled, and its news stands.
///
/// # Errors
/// The database's.
pub async fn cancel(conn: &mut AsyncPgConnection, send: SendId) -> QueryResult<bool> {
    // One that is claimed stays queued until it left, or is queued again: it may have arrived.
    let waiting = outbox::table
        .filter(outbox::id.eq(send))
        .filter(outbox::state.eq("QUEUED").and(outbox::sent_at.is_null()));
    let taken_back = diesel::delete(waiting).execute(conn).await?;
    Ok(taken_back == 1)
}
