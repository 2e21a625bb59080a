use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::call::{Call, Repeated};
use crate::db::schema::idempotency_keys;
use crate::retention::{ExpiringRows, Keeping};
use crate::work::{Work, WorkError};

/// Number of days for which a key is good.
const KEPT_DAYS: i64 = 1;

/// Keys, which are removed when they are no longer good.
pub const EXPIRY: ExpiringRows = ExpiringRows {
    name: "idempotency keys",
    table: "idempotency_keys",
    since: "created_at",
    only: None,
    keeping: Keeping::Days(KEPT_DAYS),
};

/// The id of what the same call made before; none for the first one, and for a call without a key. Calls with keys of
/// one user wait for each other until their transactions end.
///
/// # Errors
/// [`Repeated::OtherInput`], or the database's.
pub async fn find_made<I, E>(work: &mut Work, call: Option<&Call>) -> Result<Option<I>, E>
where
    I: From<Uuid>,
    E: From<Repeated> + From<WorkError>,
{
    let Some(call) = call else {
        return Ok(None);
    };
    work.lock_user().await?;
    let good_since = work.now - TimeDelta::days(KEPT_DAYS);
    let known: Option<(Vec<u8>, Uuid)> = idempotency_keys::table
        .filter(idempotency_keys::user_id.eq(work.user))
        .filter(idempotency_keys::key_print.eq(call.key_print(&work.key).as_slice()))
        .filter(idempotency_keys::created_at.gt(good_since))
        .select((idempotency_keys::input_print, idempotency_keys::made_id))
        .first(work)
        .await
        .optional()
        .map_err(WorkError::from)?;
    match known {
        None => Ok(None),
        Some((input, made)) if input == call.input_print(&work.key) => Ok(Some(made.into())),
        Some(_) => Err(Repeated::OtherInput.into()),
    }
}

/// Records what `call` made, in the transaction that makes it; nothing for a call without a key. A key that is no longer
/// good is used anew.
///
/// # Errors
/// The database's.
pub async fn record_made(work: &mut Work, call: Option<&Call>, made: impl Into<Uuid>) -> QueryResult<()> {
    let Some(call) = call else {
        return Ok(());
    };
    let (key, input) = (call.key_print(&work.key), call.input_print(&work.key));
    let made = (
        idempotency_keys::input_print.eq(input.to_vec()),
        idempotency_keys::made_id.eq(made.into()),
        idempotency_keys::created_at.eq(work.now),
    );
    diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::id.eq(Uuid::from(work.ids.next::<ulid::Ulid>())),
            idempotency_keys::user_id.eq(work.user),
            idempotency_keys::key_print.eq(key.to_vec()),
            made.clone(),
        ))
        .on_conflict((idempotency_keys::user_id, idempotency_keys::key_print))
        .do_update()
        .set(made)
        .execute(work)
        .await
        .map(drop)
}
