//! Progress of scheduled statuses, and lookups by send and WhatsApp id.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::statuses::place;
use crate::db::schema::scheduled_statuses::{self as columns, table as all};
use crate::event::Person;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::failure::{DeletionFailureReason, Failure, FailureReason};
use crate::features::scheduled_statuses::model::State;
use crate::id::{AccountId, SendId};
use crate::work::Work;

/// Marks a locked status as cancelled.
pub(in crate::features::scheduled_statuses) async fn cancel(
    work: &mut Work,
    id: ScheduledStatusId,
) -> QueryResult<()> {
    diesel::update(all.find(id))
        .set(columns::state.eq(State::Cancelled))
        .execute(work)
        .await
        .map(drop)
}

/// Marks a locked status as being sent to `audience`.
pub(in crate::features::scheduled_statuses) async fn start(
    work: &mut Work,
    id: ScheduledStatusId,
    send: SendId,
    wa_id: &str,
    audience: &[Person],
) -> QueryResult<()> {
    let plain =
        serde_json::to_vec(audience).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    diesel::update(all.find(id))
        .set((
            columns::state.eq(State::Publishing),
            columns::send_id.eq(send),
            columns::wa_id.eq(wa_id),
            columns::audience.eq(work.key.seal(&place("audience", id), &plain)),
            columns::audience_size.eq(i32::try_from(audience.len()).unwrap_or(i32::MAX)),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// The people a status was sent to.
pub(in crate::features::scheduled_statuses) async fn load_audience(
    work: &mut Work,
    id: ScheduledStatusId,
) -> QueryResult<Vec<Person>> {
    let sealed: Option<Vec<u8>> = all.find(id).select(columns::audience).first(work).await?;
    let sealed = sealed.ok_or(diesel::result::Error::NotFound)?;
    let plain = work
        .key
        .open(&place("audience", id), &sealed)
        .map_err(|e| diesel::result::Error::DeserializationError(e.into()))?;
    serde_json::from_slice(&plain).map_err(|e| diesel::result::Error::DeserializationError(e.into()))
}

/// Marks a status as published, unless its state is final already. True when this changed it.
pub(in crate::features::scheduled_statuses) async fn mark_published(
    work: &mut Work,
    id: ScheduledStatusId,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let on_its_way = all.find(id).filter(columns::state.eq(State::Publishing));
    let changed = diesel::update(on_its_way)
        .set((columns::state.eq(State::Published), columns::published_at.eq(at)))
        .execute(work)
        .await?;
    Ok(changed == 1)
}

/// Marks a status as not published, unless its state is final already. True when this changed it.
pub(in crate::features::scheduled_statuses) async fn mark_ended(
    work: &mut Work,
    id: ScheduledStatusId,
    state: State,
    failure: &Failure<FailureReason>,
) -> QueryResult<bool> {
    let open = [State::Scheduled, State::Publishing];
    let changed = diesel::update(all.find(id).filter(columns::state.eq_any(open)))
        .set((
            columns::state.eq(state),
            columns::failure_reason.eq(failure.reason),
            columns::failure_message.eq(&failure.message),
            columns::failure_code.eq(failure.code),
        ))
        .execute(work)
        .await?;
    Ok(changed == 1)
}

/// Marks a locked status as being deleted.
pub(in crate::features::scheduled_statuses) async fn mark_being_deleted(
    work: &mut Work,
    id: ScheduledStatusId,
    send: SendId,
) -> QueryResult<()> {
    diesel::update(all.find(id))
        .set((
            columns::revoke_send_id.eq(send),
            columns::revoke_requested_at.eq(work.now),
            columns::revoke_failure_reason.eq(None::<DeletionFailureReason>),
            columns::revoke_failure_message.eq(None::<String>),
            columns::revoke_failure_code.eq(None::<i32>),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Records that a status was deleted, unless the outcome of its deletion is known already. True when this changed it.
pub(in crate::features::scheduled_statuses) async fn mark_deleted(
    work: &mut Work,
    id: ScheduledStatusId,
    at: DateTime<Utc>,
) -> QueryResult<bool> {
    let open = all.find(id).filter(
        columns::deleted_at
            .is_null()
            .and(columns::revoke_failure_reason.is_null()),
    );
    let changed = diesel::update(open)
        .set(columns::deleted_at.eq(at))
        .execute(work)
        .await?;
    Ok(changed == 1)
}

/// Records that the deletion of a status failed, unless its outcome is known already. True when this changed it.
pub(in crate::features::scheduled_statuses) async fn mark_deletion_failed(
    work: &mut Work,
    id: ScheduledStatusId,
    failure: &Failure<DeletionFailureReason>,
) -> QueryResult<bool> {
    let open = all.find(id).filter(
        columns::deleted_at
            .is_null()
            .and(columns::revoke_failure_reason.is_null()),
    );
    let changed = diesel::update(open)
        .set((
            columns::revoke_failure_reason.eq(failure.reason),
            columns::revoke_failure_message.eq(&failure.message),
            columns::revoke_failure_code.eq(failure.code),
        ))
        .execute(work)
        .await?;
    Ok(changed == 1)
}

/// The status that was sent as `send`, and its planned time.
pub(in crate::features::scheduled_statuses) async fn find_by_send(
    conn: &mut AsyncPgConnection,
    send: SendId,
) -> QueryResult<Option<(ScheduledStatusId, DateTime<Utc>)>> {
    all.filter(columns::send_id.eq(send))
        .select((columns::id, columns::publish_at))
        .first(conn)
        .await
        .optional()
}

/// The status whose deletion was sent as `send`.
pub(in crate::features::scheduled_statuses) async fn find_by_revoke(
    conn: &mut AsyncPgConnection,
    send: SendId,
) -> QueryResult<Option<ScheduledStatusId>> {
    all.filter(columns::revoke_send_id.eq(send))
        .select(columns::id)
        .first(conn)
        .await
        .optional()
}

/// The account's statuses with these WhatsApp ids.
pub(in crate::features::scheduled_statuses) async fn find_by_wa_ids(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    wa_ids: &[String],
) -> QueryResult<Vec<ScheduledStatusId>> {
    all.filter(columns::account_id.eq(account).and(columns::wa_id.eq_any(wa_ids)))
        .select(columns::id)
        .load(conn)
        .await
}
