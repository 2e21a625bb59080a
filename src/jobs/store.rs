use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ulid::Ulid;
use uuid::Uuid;

use super::{Job, NewJob};
use crate::db::schema::jobs;
use crate::id::{Ids, JobId, UserId};
use crate::work::Work;

/// Enqueues `job` in a unit of work: it exists if and when that commits.
///
/// # Errors
/// The database's.
pub async fn enqueue(work: &mut Work, job: &NewJob) -> QueryResult<()> {
    let (ids, now) = (std::sync::Arc::clone(&work.ids), work.now);
    if job.run_at <= now {
        work.wake_on_commit();
    }
    enqueue_on(work, &ids, now, job).await
}

/// The same on a transaction of nobody's, for work that belongs to no user. Rings no bell: a transaction that wants it
/// done at once does so itself.
///
/// # Errors
/// The database's.
pub async fn enqueue_on(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    now: DateTime<Utc>,
    job: &NewJob,
) -> QueryResult<()> {
    // A second one of a key brings the first forward. While somebody works on the first, their lease stays as it is.
    diesel::sql_query(
        "INSERT INTO jobs (id, user_id, kind, payload, unique_key, run_at, max_attempts, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (kind, unique_key) WHERE died_at IS NULL DO UPDATE SET \
             wanted_at = CASE WHEN jobs.claim IS NOT NULL THEN LEAST(jobs.wanted_at, excluded.run_at) \
                 ELSE jobs.wanted_at END, \
             run_at = CASE WHEN jobs.claim IS NULL THEN LEAST(jobs.run_at, excluded.run_at) ELSE jobs.run_at END",
    )
    .bind::<SqlUuid, _>(ids.next::<JobId>())
    .bind::<Nullable<SqlUuid>, _>(job.user)
    .bind::<Text, _>(job.kind)
    .bind::<Jsonb, _>(&job.payload)
    .bind::<Nullable<Text>, _>(&job.unique_key)
    .bind::<Timestamptz, _>(job.run_at)
    .bind::<Integer, _>(job.max_attempts)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await
    .map(drop)
}

#[derive(QueryableByName)]
#[diesel(table_name = jobs)]
struct Claimed {
    id: JobId,
    user_id: Option<UserId>,
    kind: String,
    payload: serde_json::Value,
    attempts: i32,
    max_attempts: i32,
    created_at: DateTime<Utc>,
}

/// Takes up to `most` due jobs of `kinds`, each until `lease_until`, those that waited longest first. What a worker does
/// first; by itself it is of use to measure.
///
/// # Errors
/// The database's.
pub async fn claim(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    kinds: &[&str],
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    most: i64,
) -> QueryResult<Vec<Job>> {
    let claim = Uuid::from(ids.next::<Ulid>());
    // Materialised: the planner would otherwise join before it limits, and lock what it does not take.
    let claimed: Vec<Claimed> = diesel::sql_query(
        "WITH due AS MATERIALIZED ( \
             SELECT id FROM jobs WHERE died_at IS NULL AND run_at <= $1 AND kind = ANY($2) \
             ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED \
         ) \
         UPDATE jobs SET run_at = $4, claim = $5, wanted_at = CASE WHEN wanted_at > $1 THEN wanted_at END, \
             attempts = attempts + 1 \
         FROM due WHERE jobs.id = due.id \
         RETURNING jobs.id, user_id, kind, payload, attempts, max_attempts, created_at",
    )
    .bind::<Timestamptz, _>(now)
    .bind::<Array<Text>, _>(kinds)
    .bind::<BigInt, _>(most)
    .bind::<Timestamptz, _>(lease_until)
    .bind::<SqlUuid, _>(claim)
    .load(conn)
    .await?;
    let job = |row: Claimed| Job {
        id: row.id,
        kind: row.kind,
        user: row.user_id,
        payload: row.payload,
        attempt: row.attempts,
        max_attempts: row.max_attempts,
        created_at: row.created_at,
        claim,
    };
    Ok(claimed.into_iter().map(job).collect())
}

/// Keeps a job until `lease_until`. False when it is no longer ours.
pub(super) async fn renew(
    conn: &mut AsyncPgConnection,
    job: &Job,
    lease_until: DateTime<Utc>,
) -> QueryResult<bool> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    let kept = diesel::update(ours)
        .set(jobs::run_at.eq(lease_until))
        .execute(conn)
        .await?;
    Ok(kept == 1)
}

/// Forgets a job that is done, unless it was enqueued again meanwhile: then it is due when it was enqueued for.
pub(super) async fn finish(conn: &mut AsyncPgConnection, job: &Job) -> QueryResult<()> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    diesel::delete(ours.filter(jobs::wanted_at.is_null()))
        .execute(conn)
        .await?;
    hand_back(conn, job, None, true, None).await
}

/// Gives a job back with the error of its last try, due at `run_at`, or when it was enqueued again for if that is
/// sooner. `is_fresh` when no try was lost.
pub(super) async fn hand_back(
    conn: &mut AsyncPgConnection,
    job: &Job,
    run_at: Option<DateTime<Utc>>,
    is_fresh: bool,
    error: Option<&str>,
) -> QueryResult<()> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    let sooner = sql::<Timestamptz>("LEAST(")
        .bind::<Nullable<Timestamptz>, _>(run_at)
        .sql(", wanted_at)");
    diesel::update(ours)
        .set((
            jobs::run_at.eq(sooner),
            jobs::claim.eq(None::<Uuid>),
            jobs::wanted_at.eq(None::<DateTime<Utc>>),
            jobs::attempts.eq(if is_fresh { 0 } else { job.attempt }),
            error.map(|error| jobs::last_error.eq(error)),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Gives a job back as if it had not been claimed, due at `now`.
pub(super) async fn release(conn: &mut AsyncPgConnection, job: &Job, now: DateTime<Utc>) -> QueryResult<()> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    diesel::update(ours)
        .set((
            jobs::run_at.eq(now),
            jobs::claim.eq(None::<Uuid>),
            jobs::attempts.eq(job.attempt - 1),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Marks a job that is given up. It stays for the operator to see, and its key is free again.
pub(super) async fn bury(
    conn: &mut AsyncPgConnection,
    job: &Job,
    now: DateTime<Utc>,
    error: &str,
) -> QueryResult<()> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    let wanted_at: Option<Option<DateTime<Utc>>> = ours
        .select(jobs::wanted_at)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    if wanted_at.flatten().is_some() {
        return hand_back(conn, job, None, true, Some(error)).await;
    }
    diesel::update(ours)
        .set((
            jobs::died_at.eq(Some(now)),
            jobs::claim.eq(None::<Uuid>),
            jobs::last_error.eq(error),
        ))
        .execute(conn)
        .await
        .map(drop)
}
