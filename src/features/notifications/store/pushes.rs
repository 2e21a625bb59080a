//! The browsers that a user subscribed with.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::push::{Browser, Target, TargetError};
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::{logins as sessions, push_subscriptions as subscriptions};
use crate::features::notifications::PushSubscriptionId;
use crate::id::{SessionId, UserId};
use crate::work::Work;

/// A browser's row.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = subscriptions)]
pub(in crate::features::notifications) struct PushRow {
    id: PushSubscriptionId,
    login_id: SessionId,
    target: Vec<u8>,
    user_agent: Option<String>,
    created_at: DateTime<Utc>,
    pushed_at: Option<DateTime<Utc>>,
}

impl PushRow {
    /// Its id.
    pub(in crate::features::notifications) const fn id(&self) -> PushSubscriptionId {
        self.id
    }

    /// Opens the target of its pushes.
    pub(in crate::features::notifications) fn open(&self, key: &DataKey) -> Result<Target, TargetError> {
        let plain = key.open(&place(self.id), &self.target)?;
        Ok(serde_json::from_slice(&plain)?)
    }

    /// The browser as its user sees it.
    pub(in crate::features::notifications) fn browser(self, key: &DataKey) -> Result<Browser, TargetError> {
        let target = self.open(key)?;
        Ok(Browser {
            service: target.endpoint().host_str().unwrap_or_default().to_owned(),
            id: self.id,
            session: self.login_id,
            user_agent: self.user_agent,
            created_at: self.created_at,
            pushed_at: self.pushed_at,
        })
    }
}

fn place(id: PushSubscriptionId) -> String {
    belongs_to("push_subscriptions", "target", id)
}

/// Keyed hash by which an endpoint is found.
pub(in crate::features::notifications) fn fingerprint(key: &DataKey, endpoint: &str) -> i64 {
    key.fingerprint("push endpoint", endpoint)
}

/// A browser that subscribes.
pub(in crate::features::notifications) struct NewPush<'a> {
    pub(in crate::features::notifications) id: PushSubscriptionId,
    pub(in crate::features::notifications) user: UserId,
    pub(in crate::features::notifications) session: SessionId,
    pub(in crate::features::notifications) target: &'a Target,
    pub(in crate::features::notifications) user_agent: Option<&'a str>,
    pub(in crate::features::notifications) now: DateTime<Utc>,
}

/// Writes a browser's row.
pub(in crate::features::notifications) async fn insert(work: &mut Work, new: NewPush<'_>) -> QueryResult<()> {
    let plain = serde_json::to_vec(new.target)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    diesel::insert_into(subscriptions::table)
        .values((
            subscriptions::id.eq(new.id),
            subscriptions::user_id.eq(new.user),
            subscriptions::login_id.eq(new.session),
            subscriptions::endpoint_print.eq(fingerprint(&work.key, new.target.endpoint().as_str())),
            subscriptions::target.eq(work.key.seal(&place(new.id), &plain)),
            subscriptions::user_agent.eq(new.user_agent),
            subscriptions::created_at.eq(new.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// The user's browsers whose session goes on at `now`, the newest first.
pub(in crate::features::notifications) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<PushRow>> {
    subscriptions::table
        .inner_join(sessions::table.on(sessions::id.eq(subscriptions::login_id)))
        .filter(subscriptions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null().and(sessions::expires_at.gt(now)))
        .order((subscriptions::created_at.desc(), subscriptions::id.desc()))
        .select(PushRow::as_select())
        .load(conn)
        .await
}

/// The ids of the same.
pub(in crate::features::notifications) async fn live(
    conn: &mut AsyncPgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<PushSubscriptionId>> {
    let rows = list(conn, user, now).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Push subscription of the user, if its session is alive at `now`.
pub(in crate::features::notifications) async fn find_live(
    conn: &mut AsyncPgConnection,
    id: PushSubscriptionId,
    now: DateTime<Utc>,
) -> QueryResult<Option<PushRow>> {
    Ok(load_live(conn, &[id], now).await?.pop())
}

/// The push subscriptions among `ids` whose session is alive at `now`.
pub(in crate::features::notifications) async fn load_live(
    conn: &mut AsyncPgConnection,
    ids: &[PushSubscriptionId],
    now: DateTime<Utc>,
) -> QueryResult<Vec<PushRow>> {
    subscriptions::table
        .inner_join(sessions::table.on(sessions::id.eq(subscriptions::login_id)))
        .filter(subscriptions::id.eq_any(ids))
        .filter(sessions::revoked_at.is_null().and(sessions::expires_at.gt(now)))
        .select(PushRow::as_select())
        .load(conn)
        .await
}

/// The browser with this endpoint, whatever became of its session.
pub(in crate::features::notifications) async fn find_by_fingerprint(
    conn: &mut AsyncPgConnection,
    user: UserId,
    fingerprint: i64,
) -> QueryResult<Option<PushRow>> {
    subscriptions::table
        .filter(
            subscriptions::user_id
                .eq(user)
                .and(subscriptions::endpoint_print.eq(fingerprint)),
        )
        .select(PushRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Records the time of an accepted push.
pub(in crate::features::notifications) async fn mark_pushed(
    work: &mut Work,
    id: PushSubscriptionId,
) -> QueryResult<()> {
    diesel::update(subscriptions::table.find(id))
        .set(subscriptions::pushed_at.eq(work.now))
        .execute(work)
        .await
        .map(drop)
}

/// Deletes a push subscription.
pub(in crate::features::notifications) async fn delete(
    work: &mut Work,
    id: PushSubscriptionId,
) -> QueryResult<()> {
    diesel::delete(subscriptions::table.find(id))
        .execute(work)
        .await
        .map(drop)
}

/// Deletes the push subscriptions whose session ended before `now`.
pub(in crate::features::notifications) async fn delete_ended(work: &mut Work) -> QueryResult<()> {
    let ended = sessions::table
        .filter(sessions::user_id.eq(work.user))
        .filter(
            sessions::revoked_at
                .is_not_null()
                .or(sessions::expires_at.le(work.now)),
        )
        .select(sessions::id);
    diesel::delete(subscriptions::table.filter(subscriptions::login_id.eq_any(ended)))
        .execute(work)
        .await
        .map(drop)
}
