//! Jobs that are not done, for those who look after the server.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::jobs;
use crate::id::{JobId, UserId};
use crate::text_enum::text_enum;

/// Largest number that [`count`] tells; counting ends there.
const MOST_COUNTED: i64 = 10_000;

/// The state of a row, in the texts of [`JobState`], is one of those that follow.
const STATE_IS_ANY: &str = "CASE WHEN died_at IS NOT NULL THEN 'GIVEN_UP' WHEN claim IS NOT NULL THEN 'RUNNING' \
    WHEN last_error IS NOT NULL THEN 'FAILING' ELSE 'WAITING' END = ANY(";

text_enum! {
    /// State of a background job.
    #[derive(async_graphql::Enum)]
    pub enum JobState {
        /// The job waits for its time or for a worker, and no try failed.
        Waiting = "WAITING",
        /// A worker does the job.
        Running = "RUNNING",
        /// The last try failed, and the next one waits for its time.
        Failing = "FAILING",
        /// No try is left. The operator retries or discards the job.
        GivenUp = "GIVEN_UP",
    }
}

/// A job that is not done.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct ListedJob {
    /// The job's row.
    pub id: JobId,
    /// The user it belongs to.
    pub user_id: Option<UserId>,
    /// The kind of the job.
    pub kind: String,
    /// The time of the next try, or the end of the lease.
    pub run_at: DateTime<Utc>,
    /// True while a worker has it.
    #[diesel(select_expression = jobs::claim.is_not_null())]
    pub is_claimed: bool,
    /// The number of tries.
    pub attempts: i32,
    /// The number of tries before it is given up.
    pub max_attempts: i32,
    /// The error of the last try that failed.
    pub last_error: Option<String>,
    /// The time at which it was given up.
    pub died_at: Option<DateTime<Utc>>,
    /// The time at which it was enqueued.
    pub created_at: DateTime<Utc>,
}

impl ListedJob {
    /// Its state.
    pub const fn state(&self) -> JobState {
        if self.died_at.is_some() {
            JobState::GivenUp
        } else if self.is_claimed {
            JobState::Running
        } else if self.last_error.is_some() {
            JobState::Failing
        } else {
            JobState::Waiting
        }
    }
}

/// Jobs that are wanted. What is absent filters nothing out.
#[derive(Debug, Clone, Default)]
pub struct JobQuery {
    /// Their states.
    pub states: Option<Vec<JobState>>,
    /// Their kinds.
    pub kinds: Option<Vec<String>>,
}

/// A part of the list of jobs, which is in the order of their ids.
#[derive(Debug, Clone, Copy)]
pub struct JobPage {
    /// Maximum number of jobs.
    pub limit: i64,
    /// The job beyond which the part lies; none from the beginning.
    pub beyond: Option<JobId>,
    /// True from the oldest to the newest.
    pub is_backwards: bool,
}

/// Boxes the query of the jobs that are wanted.
macro_rules! wanted {
    ($query:expr) => {{
        let mut rows = jobs::table.into_boxed();
        if let Some(states) = &$query.states {
            let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
            rows = rows.filter(sql::<Bool>(STATE_IS_ANY).bind::<Array<Text>, _>(states).sql(")"));
        }
        if let Some(kinds) = &$query.kinds {
            rows = rows.filter(jobs::kind.eq_any(kinds));
        }
        rows
    }};
}

/// A part of the list of the jobs that are wanted, the newest first.
///
/// # Errors
/// The database's.
pub async fn list(
    conn: &mut AsyncPgConnection,
    query: &JobQuery,
    page: &JobPage,
) -> QueryResult<Vec<ListedJob>> {
    let rows = wanted!(query).select(ListedJob::as_select()).limit(page.limit);
    let rows = if page.is_backwards {
        rows.order(jobs::id.asc())
    } else {
        rows.order(jobs::id.desc())
    };
    let rows = match page.beyond {
        Some(beyond) if page.is_backwards => rows.filter(jobs::id.gt(beyond)),
        Some(beyond) => rows.filter(jobs::id.lt(beyond)),
        None => rows,
    };
    rows.load(conn).await
}

/// Number of the jobs that are wanted, 10,000 at most.
///
/// # Errors
/// The database's.
pub async fn count(conn: &mut AsyncPgConnection, query: &JobQuery) -> QueryResult<i64> {
    let one = diesel::IntoSql::into_sql::<Integer>(1);
    let rows: Vec<i32> = wanted!(query).select(one).limit(MOST_COUNTED).load(conn).await?;
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}

/// The job with this id; none when it was done.
///
/// # Errors
/// The database's.
pub async fn find(conn: &mut AsyncPgConnection, id: JobId) -> QueryResult<Option<ListedJob>> {
    jobs::table
        .find(id)
        .select(ListedJob::as_select())
        .first(conn)
        .await
        .optional()
}
