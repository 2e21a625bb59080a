use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::job::AdminJob;
use crate::graphql::{Admin, Connection, Cursor, List, PageArguments, read, total_if_wanted};
use crate::id::JobId;
use crate::jobs::{self, JobPage, JobQuery, JobState, QueueCounts};
use crate::work::Core;

/// The list of all jobs, as its cursors name it.
const LIST: List = List::named("admin.jobs");

/// The server's own work as admins see it.
#[derive(Debug, Clone, Copy)]
pub struct AdminFields(pub Admin);

#[Object(name = "AdminAdminFields")]
impl AdminFields {
    /// Background jobs that are not done, newest first. Null only when an argument is wrong.
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Filter of the jobs; all when absent.")] filter: Option<AdminJobFilter>,
    ) -> Result<Option<Connection<AdminJob>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(LIST)?;
        let query = filter.map(JobQuery::from).unwrap_or_default();
        let part = JobPage {
            limit: page.limit(),
            beyond: page.from.map(|from| JobId::from(from.id)),
            is_backwards: page.is_backwards,
        };
        let (rows, total) = read(ctx, self.0.user(), async |conn| {
            let rows = jobs::list(conn, &query, &part).await?;
            let total = total_if_wanted(ctx, jobs::count(conn, &query)).await?;
            Ok((rows, total))
        })
        .await?;
        let items = rows.into_iter().map(AdminJob).collect();
        Ok(Some(
            Connection::of(&page, items, AdminJob::page_cursor).counted(total),
        ))
    }

    /// Number of jobs of each kind that has some, by the kind's name.
    async fn job_counts(&self, ctx: &Context<'_>) -> Result<Vec<AdminJobCount>> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        let counts = read(ctx, self.0.user(), async |conn| jobs::overview(conn, now).await).await?;
        Ok(counts.into_iter().map(AdminJobCount::from).collect())
    }
}

/// Filter of jobs. A field that is absent or null filters nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub(super) struct AdminJobFilter {
    /// States of jobs to include.
    states: Option<Vec<JobState>>,
    /// Kinds of jobs to include.
    kinds: Option<Vec<String>>,
}

impl From<AdminJobFilter> for JobQuery {
    fn from(filter: AdminJobFilter) -> Self {
        Self {
            states: filter.states,
            kinds: filter.kinds,
        }
    }
}

/// Number of jobs of one kind.
#[derive(Debug, SimpleObject)]
pub(super) struct AdminJobCount {
    /// Kind of the jobs: a dotted name that begins with the part of AMDA that does them.
    kind: String,
    /// Number of jobs that are due and not begun.
    due: i64,
    /// Number of jobs that are due later.
    waiting: i64,
    /// Number of jobs that are running.
    running: i64,
    /// Number of jobs that were given up.
    given_up: i64,
    /// Time since which the oldest due job is due; null when none is.
    due_since: Option<DateTime<Utc>>,
}

impl From<QueueCounts> for AdminJobCount {
    fn from(counts: QueueCounts) -> Self {
        Self {
            kind: counts.kind,
            due: counts.due,
            waiting: counts.waiting,
            running: counts.running,
            given_up: counts.dead,
            due_since: counts.due_since,
        }
    }
}
