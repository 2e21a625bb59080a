//! What an operator sees of the jobs, and does about those that were given up.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use thiserror::Error;

use crate::db::schema::{job_schedules, jobs};
use crate::id::JobId;

/// How many jobs of one kind there are.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Queue {
    /// Who does them.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Due now, and nobody is at them.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// To be done later.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// Somebody is at them.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Given up.
    #[diesel(sql_type = BigInt)]
    pub dead: i64,
    /// Since when the one that waits longest is due; none when none is.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub due_since: Option<DateTime<Utc>>,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Dead {
    /// Its row.
    pub id: JobId,
    /// Who did not manage it.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was given up.
    pub died_at: Option<DateTime<Utc>>,
    /// Why.
    pub last_error: Option<String>,
}

/// A schedule as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Scheduled {
    /// The kind of its jobs.
    pub kind: String,
    /// When it is due.
    pub next_run_at: DateTime<Utc>,
    /// When it last came round.
    pub last_run_at: Option<DateTime<Utc>>,
}

/// Which of the dead jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(JobId),
    /// Those of a kind.
    Kind(String),
    /// All of them.
    All,
}

/// Why nothing is done about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DeskError {
    /// There is none.
    #[error("there is no job {0}; `amda jobs` lists those that were given up")]
    Unknown(JobId),
    /// It is alive.
    #[error("job {0} was not given up: it is waiting or running, and is left alone")]
    Alive(JobId),
    /// Another job does the same already.
    #[error("the same work as job {0} is enqueued anew already; discard this one")]
    Superseded(JobId),
}

/// What became of the wish to try dead jobs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revived {
    /// So many are due again.
    pub revived: usize,
    /// So many were left, because a living job does the same already.
    pub superseded: usize,
}

/// The jobs by kind.
///
/// # Errors
/// The database's.
pub async fn overview(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<Queue>> {
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

/// At most `most` dead jobs, the latest first.
///
/// # Errors
/// The database's.
pub async fn list_dead(conn: &mut AsyncPgConnection, most: i64) -> QueryResult<Vec<Dead>> {
    jobs::table
        .filter(jobs::died_at.is_not_null())
        .order((jobs::died_at.desc(), jobs::id.desc()))
        .limit(most)
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
pub async fn list_schedules(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Scheduled>> {
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
/// The database's; [`DeskError`] inside, for one that is named and cannot be.
pub async fn retry(
    conn: &mut AsyncPgConnection,
    which: &Which,
    now: DateTime<Utc>,
) -> QueryResult<Result<Revived, DeskError>> {
    if let Which::One(id) = which
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
        match which {
            Which::One(id) => dead.filter(jobs::id.eq(*id)).load(conn).await?,
            Which::Kind(kind) => dead.filter(jobs::kind.eq(kind)).load(conn).await?,
            Which::All => dead.load(conn).await?,
        }
    };
    // Of several dead ones with one key the latest is tried; a living one needs no help.
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
    match which {
        Which::One(id) if revived == 0 => Ok(Err(DeskError::Superseded(*id))),
        Which::One(_) | Which::Kind(_) | Which::All => Ok(Ok(Revived {
            revived,
            superseded: dead.len() - revived,
        })),
    }
}

/// Deletable a dead job.
///
/// # Errors
/// The database's; [`DeskError`] inside when it cannot be.
pub async fn discard(conn: &mut AsyncPgConnection, id: JobId) -> QueryResult<Result<(), DeskError>> {
    if let Err(error) = require_dead(conn, id).await? {
        return Ok(Err(error));
    }
    diesel::delete(jobs::table.find(id)).execute(conn).await?;
    Ok(Ok(()))
}

/// Locks a dead job.
async fn require_dead(conn: &mut AsyncPgConnection, id: JobId) -> QueryResult<Result<(), DeskError>> {
    let died_at: Option<Option<DateTime<Utc>>> = jobs::table
        .find(id)
        .select(jobs::died_at)
        .for_update()
        .first(conn)
        .await
        .optional()?;
    Ok(match died_at {
        None => Err(DeskError::Unknown(id)),
        Some(None) => Err(DeskError::Alive(id)),
        Some(Some(_)) => Ok(()),
    })
}
