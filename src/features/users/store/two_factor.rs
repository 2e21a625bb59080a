use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{recovery_codes, two_factor_methods as methods};
use crate::features::users::ids::{EmailChangeId, TwoFactorMethodId};
use crate::features::users::two_factor::{SETUP_LIFE, TwoFactorKind};
use crate::id::UserId;
use crate::work::Work;

/// A second factor, or one that is being set up.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = methods)]
pub(in crate::features::users) struct TwoFactorRow {
    pub(in crate::features::users) id: TwoFactorMethodId,
    pub(in crate::features::users) sealed_secret: Vec<u8>,
}

/// A second factor whose setup begins.
pub(in crate::features::users) struct NewTwoFactor {
    pub(in crate::features::users) id: TwoFactorMethodId,
    pub(in crate::features::users) kind: TwoFactorKind,
    pub(in crate::features::users) sealed_secret: Vec<u8>,
}

/// The state of two-factor authentication, as its user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::features::users) struct TwoFactorState {
    /// Time since when it is on; none while it is off.
    pub(in crate::features::users) enabled_at: Option<DateTime<Utc>>,
    /// Number of recovery codes that are good.
    pub(in crate::features::users) remaining_recovery_codes: i64,
}

/// The second factor of the user of `work`, if it is on.
pub(in crate::features::users) async fn find_two_factor(
    work: &mut Work,
) -> QueryResult<Option<TwoFactorRow>> {
    methods::table
        .filter(methods::user_id.eq(work.user))
        .filter(methods::kind.eq(TwoFactorKind::Totp))
        .filter(methods::enabled_at.is_not_null())
        .select(TwoFactorRow::as_select())
        .first(work)
        .await
        .optional()
}

/// The second factor that waits for its first code, unless its time is over.
pub(in crate::features::users) async fn find_pending_two_factor(
    work: &mut Work,
) -> QueryResult<Option<TwoFactorRow>> {
    methods::table
        .filter(methods::user_id.eq(work.user))
        .filter(methods::kind.eq(TwoFactorKind::Totp))
        .filter(methods::enabled_at.is_null())
        .filter(methods::created_at.gt(work.now - SETUP_LIFE))
        .select(TwoFactorRow::as_select())
        .first(work)
        .await
        .optional()
}

/// Begins the setup of a second factor in the place of one that is not confirmed.
pub(in crate::features::users) async fn begin_two_factor(
    work: &mut Work,
    new: &NewTwoFactor,
) -> QueryResult<()> {
    let pending = methods::table
        .filter(methods::user_id.eq(work.user))
        .filter(methods::kind.eq(new.kind))
        .filter(methods::enabled_at.is_null());
    diesel::delete(pending).execute(&mut **work).await?;
    diesel::insert_into(methods::table)
        .values((
            methods::id.eq(new.id),
            methods::user_id.eq(work.user),
            methods::kind.eq(new.kind),
            methods::sealed_secret.eq(&new.sealed_secret),
            methods::created_at.eq(work.now),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Turns a second factor on whose code of `step` was right.
pub(in crate::features::users) async fn enable_two_factor(
    work: &mut Work,
    id: TwoFactorMethodId,
    step: i64,
) -> QueryResult<()> {
    diesel::update(methods::table.find(id))
        .set((methods::enabled_at.eq(work.now), methods::last_step.eq(step)))
        .execute(work)
        .await
        .map(drop)
}

/// Uses the code of `step` up; false when it or a later one was used before. Of two transactions with one code, the second
/// waits here for the first, on whichever server it runs.
pub(in crate::features::users) async fn accept_step(
    work: &mut Work,
    id: TwoFactorMethodId,
    step: i64,
) -> QueryResult<bool> {
    diesel::update(methods::table.find(id).filter(methods::last_step.lt(step)))
        .set(methods::last_step.eq(step))
        .execute(work)
        .await
        .map(|accepted| accepted == 1)
}

/// Removes what the user of `work` has of two-factor authentication; true when it was on.
pub(in crate::features::users) async fn remove_two_factor(work: &mut Work) -> QueryResult<bool> {
    let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(work.user));
    diesel::delete(codes).execute(&mut **work).await?;
    let removed: Vec<Option<DateTime<Utc>>> =
        diesel::delete(methods::table.filter(methods::user_id.eq(work.user)))
            .returning(methods::enabled_at)
            .get_results(work)
            .await?;
    Ok(removed.iter().any(Option::is_some))
}

/// Removes the second factor when its setup began after a change of the user's address was asked for, with its recovery
/// codes.
pub(in crate::features::users) async fn remove_two_factor_since(
    work: &mut Work,
    change: EmailChangeId,
) -> QueryResult<()> {
    let later = methods::table
        .filter(methods::user_id.eq(work.user))
        .filter(methods::id.gt(TwoFactorMethodId::from(change.as_uuid())));
    let removed = diesel::delete(later).execute(&mut **work).await?;
    if removed > 0 && find_two_factor(work).await?.is_none() {
        let codes = recovery_codes::table.filter(recovery_codes::user_id.eq(work.user));
        diesel::delete(codes).execute(work).await?;
    }
    Ok(())
}

/// Stores the hashes of new recovery codes in the place of those that the user of `work` has.
pub(in crate::features::users) async fn replace_recovery_codes(
    work: &mut Work,
    hashes: &[Vec<u8>],
) -> QueryResult<()> {
    let old = recovery_codes::table.filter(recovery_codes::user_id.eq(work.user));
    diesel::delete(old).execute(&mut **work).await?;
    let user = work.user;
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| {
            (
                recovery_codes::user_id.eq(user),
                recovery_codes::code_hash.eq(hash),
            )
        })
        .collect();
    diesel::insert_into(recovery_codes::table)
        .values(rows)
        .execute(work)
        .await
        .map(drop)
}

/// Uses a recovery code up; false when the user of `work` has none with this hash, or another transaction was first.
pub(in crate::features::users) async fn use_recovery_code(work: &mut Work, hash: &[u8]) -> QueryResult<bool> {
    diesel::delete(recovery_codes::table.find((work.user, hash)))
        .execute(work)
        .await
        .map(|used| used == 1)
}

/// The number of recovery codes that are good.
pub(in crate::features::users) async fn count_recovery_codes(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user))
        .count()
        .get_result(conn)
        .await
}

/// The state of two-factor authentication of `user`.
pub(in crate::features::users) async fn find_two_factor_state(
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> QueryResult<TwoFactorState> {
    let enabled_at = methods::table
        .filter(methods::user_id.eq(user))
        .select(diesel::dsl::min(methods::enabled_at))
        .first(conn)
        .await?;
    Ok(TwoFactorState {
        enabled_at,
        remaining_recovery_codes: count_recovery_codes(conn, user).await?,
    })
}
