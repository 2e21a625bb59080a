use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Integer, Interval, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ulid::Ulid;
use uuid::Uuid;

use super::{Job, NewJob};
use crate::db;
use crate::db::KeepPrepared as _;
use crate::db::schema::jobs;
use crate::id::{Ids, JobId, UserId};
use crate::work::Work;

/// Delay of a job whose user has as many running as one user may.
pub const BUSY_USER_DELAY: TimeDelta = TimeDelta::milliseconds(500);

/// Longest time for which an idle worker may sleep; a job that is due sooner wakes it.
pub const LONGEST_POLL: TimeDelta = TimeDelta::seconds(30);

/// Enqueues `job` in a unit of work: it exists once that commits.
///
/// # Errors
/// The database's.
pub async fn enqueue(work: &mut Work, job: &NewJob) -> QueryResult<()> {
    let (id, now) = (work.ids.next(), work.now);
    // A sleeping worker does not know of it, and would look only after its poll.
    if job.run_at <= now + LONGEST_POLL {
        work.wake_on_commit();
    }
    insert(work, id, now, job).await
}

/// As [`enqueue`], in an operator's command, which runs no workers: wakes those of the running server.
///
/// # Errors
/// The database's.
pub async fn enqueue_for_server(work: &mut Work, job: &NewJob) -> QueryResult<()> {
    db::notify_on_commit(work).await?;
    enqueue(work, job).await
}

/// As [`enqueue`], in a transaction without a user, for work that belongs to no user. Wakes no worker: the caller does
/// so with [`Tx::wake_on_commit`](crate::db::Tx::wake_on_commit).
///
/// # Errors
/// The database's.
pub async fn enqueue_on(
    conn: &mut AsyncPgConnection,
    ids: &Ids,
    now: DateTime<Utc>,
    job: &NewJob,
) -> QueryResult<()> {
    insert(conn, ids.next(), now, job).await
}

/// Removes the jobs of `kind` of the user of `work` whose keys begin with `key_prefix`. One that a worker has already goes
/// on.
///
/// # Errors
/// The database's.
pub async fn withdraw(work: &mut Work, kind: &str, key_prefix: &str) -> QueryResult<()> {
    let waiting = jobs::table
        .filter(jobs::user_id.eq(work.user).and(jobs::kind.eq(kind)))
        .filter(jobs::unique_key.like(format!("{key_prefix}%")))
        .filter(jobs::claim.is_null().and(jobs::died_at.is_null()));
    diesel::delete(waiting).execute(work).await.map(drop)
}

async fn insert(
    conn: &mut AsyncPgConnection,
    id: JobId,
    now: DateTime<Utc>,
    job: &NewJob,
) -> QueryResult<()> {
    // A second job with a key brings the first forward. While a worker has the first one, its lease stays as it is.
    diesel::sql_query(
        "INSERT INTO jobs (id, user_id, kind, payload, unique_key, run_at, max_attempts, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (kind, unique_key) WHERE died_at IS NULL DO UPDATE SET \
             wanted_at = CASE WHEN jobs.claim IS NOT NULL THEN LEAST(jobs.wanted_at, excluded.run_at) \
                 ELSE jobs.wanted_at END, \
             run_at = CASE WHEN jobs.claim IS NULL THEN LEAST(jobs.run_at, excluded.run_at) ELSE jobs.run_at END",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<SqlUuid>, _>(job.user)
    .bind::<Text, _>(job.kind)
    .bind::<Jsonb, _>(&job.payload)
    .bind::<Nullable<Text>, _>(&job.unique_key)
    .bind::<Timestamptz, _>(job.run_at)
    .bind::<Integer, _>(job.max_attempts)
    .bind::<Timestamptz, _>(now)
    .keep_prepared()
    .execute(conn)
    .await
    .map(drop)
}

#[derive(QueryableByName)]
#[diesel(table_name = jobs)]
struct ClaimedRow {
    id: JobId,
    user_id: Option<UserId>,
    kind: String,
    payload: serde_json::Value,
    attempts: i32,
    max_attempts: i32,
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    due_at: DateTime<Utc>,
}

/// The jobs that a worker wants to claim.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The kinds that the worker has handlers for.
    pub kinds: &'a [&'a str],
    /// The present moment: jobs due by then are claimed.
    pub now: DateTime<Utc>,
    /// The duration of the lease.
    pub lease: TimeDelta,
    /// Maximum number of jobs.
    pub limit: i64,
}

/// Claims due jobs, and those whose lease is over, the longest due first. The first step of a worker; public for the
/// benchmark.
///
/// Leases are set and compared by the database's clock, because the clocks of two nodes differ.
///
/// # Errors
/// The database's.
pub async fn claim(conn: &mut AsyncPgConnection, ids: &Ids, wanted: Claim<'_>) -> QueryResult<Vec<Job>> {
    let claim = Uuid::from(ids.next::<Ulid>());
    // Materialised: the planner would otherwise join before it limits, and lock what it does not take. The later of both
    // times ends the look into the index.
    let mut claimed: Vec<ClaimedRow> = diesel::sql_query(
        "WITH due AS MATERIALIZED ( \
             SELECT id, run_at FROM jobs WHERE died_at IS NULL AND run_at <= GREATEST($1, statement_timestamp()) \
                 AND run_at <= CASE WHEN claim IS NULL THEN $1 ELSE statement_timestamp() END AND kind = ANY($2) \
             ORDER BY run_at, id LIMIT $3 FOR UPDATE SKIP LOCKED \
         ) \
         UPDATE jobs SET run_at = clock_timestamp() + $4, claim = $5, attempts = attempts + 1, \
             wanted_at = CASE WHEN wanted_at > $1 THEN wanted_at END \
         FROM due WHERE jobs.id = due.id \
         RETURNING jobs.id, user_id, kind, payload, attempts, max_attempts, created_at, due.run_at AS due_at",
    )
    .bind::<Timestamptz, _>(wanted.now)
    .bind::<Array<Text>, _>(wanted.kinds)
    .bind::<BigInt, _>(wanted.limit)
    .bind::<Interval, _>(wanted.lease)
    .bind::<SqlUuid, _>(claim)
    .keep_prepared()
    .load(conn)
    .await?;
    // An update returns its rows in any order.
    claimed.sort_by_key(|row| (row.due_at, row.id));
    let job = |row: ClaimedRow| Job {
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

/// The moments that an idle worker waits for.
#[derive(Debug, QueryableByName)]
pub(super) struct NextDue {
    /// The time at which the next job is due that nobody has.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) due_at: Option<DateTime<Utc>>,
    /// The time until the next lease ends.
    #[diesel(sql_type = Nullable<Interval>)]
    pub(super) lease_left: Option<TimeDelta>,
}

/// Looks when the next job of these kinds is due, and when the next lease ends, none of which is longer than `lease`.
pub(super) async fn next_due(
    conn: &mut AsyncPgConnection,
    kinds: &[&str],
    lease: TimeDelta,
) -> QueryResult<NextDue> {
    diesel::sql_query(
        "SELECT ( \
             SELECT run_at FROM jobs WHERE died_at IS NULL AND claim IS NULL AND kind = ANY($1) \
             ORDER BY run_at, id LIMIT 1 \
         ) AS due_at, ( \
             SELECT run_at - statement_timestamp() FROM jobs WHERE died_at IS NULL AND claim IS NOT NULL \
                 AND run_at > now() AND run_at <= statement_timestamp() + $2 AND kind = ANY($1) \
             ORDER BY run_at, id LIMIT 1 \
         ) AS lease_left",
    )
    .bind::<Array<Text>, _>(kinds)
    .bind::<Interval, _>(lease)
    .keep_prepared()
    .get_result(conn)
    .await
}

/// Extends the lease of a job to `lease` from now. False when the claim was lost.
pub(super) async fn renew(conn: &mut AsyncPgConnection, job: &Job, lease: TimeDelta) -> QueryResult<bool> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    let until = sql::<Timestamptz>("clock_timestamp() + ").bind::<Interval, _>(lease);
    let renewed = diesel::update(ours)
        .set(jobs::run_at.eq(until))
        .keep_prepared()
        .execute(conn)
        .await?;
    Ok(renewed == 1)
}

/// Deletes a job that is done, unless it was enqueued again meanwhile: then it is due at that time.
pub(super) async fn finish(conn: &mut AsyncPgConnection, job: &Job) -> QueryResult<()> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    diesel::delete(ours.filter(jobs::wanted_at.is_null()))
        .execute(conn)
        .await?;
    requeue(conn, job, None, true, None).await
}

/// Returns a job to the queue with the error of its last try, due at `run_at`, or at the time for which it was enqueued
/// again if that is sooner. `is_fresh` resets the count of tries.
pub(super) async fn requeue(
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
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Returns a job to the queue as if it had not been claimed, due at `now`.
pub(super) async fn release(conn: &mut AsyncPgConnection, job: &Job, now: DateTime<Utc>) -> QueryResult<()> {
    let ours = jobs::table.find(job.id).filter(jobs::claim.eq(job.claim));
    diesel::update(ours)
        .set((
            jobs::run_at.eq(now),
            jobs::claim.eq(None::<Uuid>),
            jobs::attempts.eq(job.attempt - 1),
        ))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Marks a job as dead. It stays for the operator to see, and its key is free again. One that was enqueued again
/// meanwhile is returned to the queue instead.
pub(super) async fn mark_dead(
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
        return requeue(conn, job, None, true, Some(error)).await;
    }
    diesel::update(ours)
        .set((
            jobs::died_at.eq(Some(now)),
            jobs::claim.eq(None::<Uuid>),
            jobs::last_error.eq(error),
        ))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}
