use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::call::{Call, KeyRefusal};
use crate::db::KeepPrepared as _;
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

/// Finds what the same call made before, which `find` reads by its id; none for the first call, and for a call without a
/// key. A refused key is no error here, because it is told together with the other mistakes in the input. Calls with keys of
/// one user wait for each other until their transactions end.
///
/// # Errors
/// The database's, or the error of `find`.
pub async fn find_made<I, T, E>(
    work: &mut Work,
    call: Option<&Call>,
    find: impl AsyncFnOnce(&mut Work, I) -> Result<Option<T>, E>,
) -> Result<Result<Option<T>, KeyRefusal>, E>
where
    I: From<Uuid>,
    E: From<WorkError>,
{
    let Some(call) = call else {
        return Ok(Ok(None));
    };
    if let Err(refusal) = call.check() {
        return Ok(Err(refusal));
    }
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
    let Some((input, made)) = known else {
        return Ok(Ok(None));
    };
    if input != call.input_print(&work.key) {
        return Ok(Err(KeyRefusal::OtherInput));
    }
    let found = find(work, made.into()).await?;
    Ok(found.map(Some).ok_or(KeyRefusal::Gone))
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
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}
