use chrono::{DateTime, Utc};
use data_encoding::HEXUPPER;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::contacts::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::outbox;
use crate::id::{Ids, SendId};
use crate::whatsapp::event::Outgoing;

/// Writes a message to be sent at `send_at` or, when the account's risk budget says so, later. Its WhatsApp id is
/// chosen here, so that a crash between sending and noting it cannot send twice.
///
/// # Errors
/// The database's.
pub async fn enqueue(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    key: &DataKey,
    account: AccountRef,
    now: DateTime<Utc>,
    outgoing: &Outgoing,
    send_at: DateTime<Utc>,
) -> QueryResult<SendId> {
    let id: SendId = ids.next();
    let kind = match outgoing {
        Outgoing::StatusReaction { .. } => "REACTION",
        Outgoing::Text { .. } => "TEXT",
    };
    let plain =
        serde_json::to_vec(outgoing).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    let mut chance = [0; 9];
    ids.fill(&mut chance);
    diesel::insert_into(outbox::table)
        .values((
            (
                outbox::id.eq(id),
                outbox::user_id.eq(account.user),
                outbox::account_id.eq(account.id),
            ),
            outbox::kind.eq(kind),
            // As WhatsApp's own web client forms them.
            outbox::wa_id.eq(format!("3EB0{}", HEXUPPER.encode(&chance))),
            outbox::payload.eq(key.seal(&belongs_to("outbox", "payload", id), &plain)),
            outbox::state.eq("QUEUED"),
            outbox::send_at.eq(send_at),
            outbox::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(id)
}
