//! Contacts whom the owner muted.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::memo;
use crate::db::KeepPrepared as _;
use crate::db::schema::contacts;
use crate::event::Muted;
use crate::id::ContactId;
use crate::work::Work;

/// Writes that the chat with a contact, or the contact's statuses, were muted or unmuted.
///
/// # Errors
/// The database's.
pub async fn set_muted(work: &mut Work, id: ContactId, what: Muted, is_muted: bool) -> QueryResult<()> {
    memo::forget(work);
    let row = contacts::table.find(id);
    match what {
        Muted::Chat => {
            diesel::update(row)
                .set(contacts::is_muted.eq(is_muted))
                .keep_prepared()
                .execute(work)
                .await?
        }
        Muted::Statuses => {
            diesel::update(row)
                .set(contacts::is_status_muted.eq(is_muted))
                .keep_prepared()
                .execute(work)
                .await?
        }
    };
    Ok(())
}

/// Returns true when the owner muted the contact or the contact's statuses.
///
/// # Errors
/// The database's.
pub async fn is_muted(work: &mut Work, contact: ContactId) -> QueryResult<bool> {
    if let Some(known) = memo::muted(work).get(&contact) {
        return Ok(*known);
    }
    let is_muted = contacts::table
        .find(contact)
        .select(contacts::is_muted.or(contacts::is_status_muted))
        .first(work)
        .await?;
    memo::muted(work).insert(contact, is_muted);
    Ok(is_muted)
}
