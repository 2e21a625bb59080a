//! The operator's view of jobs, and the retrying or discarding of dead ones.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;

use crate::db::schema::{job_schedules, jobs};
use crate::id::JobId;

/// The number of jobs of one kind, by state.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct QueueCounts {
    /// The kind of the jobs.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Due now and unclaimed.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// Due later.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Claimed by a worker.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Dead: given up.
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
    /// The time since which the oldest due job is due; none when none is due.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub due_since: Option<DateTime<Utc>>,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct DeadJob {
    /// The job's row.
    pub id: JobId,
    /// The kind of the job.
    pub kind: String,
    /// The number of tries.
    pub attempts: i32,
    /// The time at which it was given up.
    pub died_at: Option<DateTime<Utc>>,
    /// The error of the last try.
    pub last_error: Option<String>,
}

/// A schedule as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct ScheduleState {
    /// The kind of its jobs.
    pub kind: String,
    /// The time of the next round.
    pub next_run_at: DateTime<Utc>,
    /// The time of the last round; none before the first.
    pub last_run_at: Option<DateTime<Utc>>,
}

/// A selection of dead jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// One job.
    One(JobId),
    /// All dead jobs of a kind.
    Kind(String),
    /// All dead jobs.
    All,
}

/// Refusal to change a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AdminError {
    /// No job has this id.
    #[error("there is no job {0}; `amda jobs` lists those that were given up")]
    Unknown(JobId),
    /// The job was not given up.
    #[error("job {0} was not given up: it is waiting or running, and is left alone")]
    Alive(JobId),
    /// A living job with the same key exists.
    #[error("the same work as job {0} is enqueued again already; discard this one")]
    Superseded(JobId),
}

/// The result of retrying dead jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetrySummary {
    /// The number of jobs that are due again.
    pub revived: usize,
    /// The number of jobs left dead, because a living job has the same key.
    pub superseded: usize,
}

/// The counts of jobs, by kind.
///
/// # Errors
/// The database's.
pub async fn overview(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<QueueCounts>> {
    diesel::sql_query(
        "SELECT kind, \
             count(*) FILTER (WHERE died_at IS NULL AND claim IS NULL AND run_at <= $1) AS due, \
             count(*) FILTER (WHERE died_at IS NULL AND claim IS NULL AND run_at > $1) AS waiting, \
             count(*) FILTER (WHERE died_at IS NULL AND claim IS NOT NULL) AS running, \
             count(*) FILTER (WHERE died_at IS NOT NULL) AS dead, \
             min(run_at) FILTER (WHERE died_at IS NULL AND claim IS NULL AND run_at <= $1) AS due_since \
         FROM jobs GROUP BY kind ORDER BY kind",
    )
    .bind::<Timestamptz, _>(now)
    .load(conn)
    .await
}

/// True while a job of this kind and key waits or runs.
///
/// # Errors
/// The database's.
pub async fn is_live(conn: &mut AsyncPgConnection, kind: &str, unique_key: &str) -> QueryResult<bool> {
    let live = jobs::table
        .filter(jobs::kind.eq(kind).and(jobs::unique_key.eq(unique_key)))
        .filter(jobs::died_at.is_null());
    diesel::select(diesel::dsl::exists(live)).get_result(conn).await
}

/// At most `limit` dead jobs, the latest first.
///
/// # Errors
/// The database's.
pub async fn list_dead(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<Vec<DeadJob>> {
    jobs::table
        .filter(jobs::died_at.is_not_null())
        .order((jobs::died_at.desc(), jobs::id.desc()))
        .limit(limit)
        .select((
            jobs::id,
            jobs::kind,
            jobs::attempts,
            jobs::died_at,
            jobs::last_error,
        ))
        .load(conn)
        .await
}

/// The schedules, by name.
///
/// # Errors
/// The database's.
pub async fn list_schedules(conn: &mut AsyncPgConnection) -> QueryResult<Vec<ScheduleState>> {
    job_schedules::table
        .order(job_schedules::name)
        .select((
            job_schedules::name,
            job_schedules::next_run_at,
            job_schedules::last_run_at,
        ))
        .load(conn)
        .await
}

/// Makes dead jobs due at `now`, as if they had never been tried.
///
/// # Errors
/// The database's; [`AdminError`] inside, when one job is selected and cannot be retried.
pub async fn retry(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    now: DateTime<Utc>,
) -> QueryResult<Result<RetrySummary, AdminError>> {
    if let Selection::One(id) = selection
        && let Err(error) = require_dead(conn, *id).await?
    {
        return Ok(Err(error));
    }
    let dead: Vec<JobId> = {
        let dead = jobs::table
            .filter(jobs::died_at.is_not_null())
            .order((jobs::died_at.desc(), jobs::id.desc()))
            .select(jobs::id)
            .for_update();
        match selection {
            Selection::One(id) => dead.filter(jobs::id.eq(*id)).load(conn).await?,
            Selection::Kind(kind) => dead.filter(jobs::kind.eq(kind)).load(conn).await?,
            Selection::All => dead.load(conn).await?,
        }
    };
    // Of several dead jobs with one key the latest is retried; none when a living job has the key.
    let revived = diesel::sql_query(
        "UPDATE jobs SET died_at = NULL, claim = NULL, attempts = 0, wanted_at = NULL, run_at = $2 \
         WHERE id IN ( \
             SELECT DISTINCT ON (kind, coalesce(unique_key, id::text)) id FROM jobs WHERE id = ANY($1) \
             ORDER BY kind, coalesce(unique_key, id::text), died_at DESC, id DESC) \
         AND NOT EXISTS (SELECT FROM jobs AS living WHERE living.kind = jobs.kind \
             AND living.unique_key = jobs.unique_key AND living.died_at IS NULL)",
    )
    .bind::<Array<SqlUuid>, _>(&dead)
    .bind::<Timestamptz, _>(now)
    .execute(conn)
    .await?;
    match selection {
        Selection::One(id) if revived == 0 => Ok(Err(AdminError::Superseded(*id))),
        Selection::One(_) | Selection::Kind(_) | Selection::All => Ok(Ok(RetrySummary {
            revived,
            superseded: dead.len() - revived,
        })),
    }
}

///
/// # Errors
/// The database's; [`AdminError`] inside when the job is not dead.
pub async fn discard(conn: &mut AsyncPgConnection, id: JobId) -> QueryResult<Result<(), AdminError>> {
    if let Err(error) = require_dead(conn, id).await? {
        return Ok(Err(error));
    }
    diesel::delete(jobs::table.find(id)).execute(conn).await?;
    Ok(Ok(()))
}

/// Locks a dead job's row.
async fn require_dead(conn: &mut AsyncPgConnection, id: JobId) -> QueryResult<Result<(), AdminError>> {
    let died_at: Option<Option<DateTime<Utc>>> = jobs::table
        .find(id)
        .select(jobs::died_at)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(match died_at {
        None => Err(AdminError::Unknown(id)),
        Some(None) => Err(AdminError::Alive(id)),
        Some(Some(_)) => Ok(()),
    })
}
