use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::admin::AdminJobId;
use crate::features::schema::user_id_for_admins;
use crate::graphql::{PageCursor, admin, not_found, read};
use crate::jobs::{self, JobState, ListedJob};

/// Background job of the server: work that waits, fails, or was given up. Jobs hold ids and nothing of what users keep.
#[derive(Debug, Clone)]
pub struct AdminJob(pub ListedJob);

/// Background job of the server: work that waits, fails, or was given up. Jobs hold ids and nothing of what users keep.
#[Object]
impl AdminJob {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AdminJobId::from(self.0.id.as_uuid()).to_global())
    }

    /// Id of the `AdminUser` whom the job is for; null for work of the server.
    async fn user_id(&self) -> Option<ID> {
        self.0.user_id.map(user_id_for_admins)
    }

    /// Kind of the job: a dotted name that begins with the part of AMDA that does it.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// State of the job.
    async fn state(&self) -> JobState {
        self.0.state()
    }

    /// Number of tries so far.
    async fn attempt_count(&self) -> i32 {
        self.0.attempts
    }

    /// Number of tries after which the job is given up.
    async fn max_attempts(&self) -> i32 {
        self.0.max_attempts
    }

    /// Error of the last try that failed; null when none did.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Time of the next try; while the job is running, the time at which another try begins if the server dies. Null once
    /// the job was given up.
    async fn run_at(&self) -> Option<DateTime<Utc>> {
        self.0.died_at.is_none().then_some(self.0.run_at)
    }

    /// Time at which the job was enqueued.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the job was given up; null when it was not. The operator retries or discards it at the command line.
    async fn given_up_at(&self) -> Option<DateTime<Utc>> {
        self.0.died_at
    }
}

impl AdminJob {
    /// The job with this id, for an admin.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it was done; `FORBIDDEN` for a viewer who is no admin; `INTERNAL` when the database
    /// fails.
    pub async fn load(ctx: &Context<'_>, id: AdminJobId) -> Result<Self> {
        let admin = admin(ctx).await?;
        let found = read(ctx, admin.user(), async |conn| {
            jobs::find(conn, id.as_uuid().into()).await
        });
        found.await?.map(Self).ok_or_else(|| not_found("job"))
    }

    /// Cursor of its position in the list of all jobs.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
