use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use crate::audit::{self, ActorKind, AuditAction, AuditEntryId, EntryRow};
use crate::graphql::{Entity, PageCursor, ReadError, Reader};
use crate::plan::Plan;

/// Something that an admin or the server's operator did to the viewer, or that an admin saw of them.
#[derive(Debug, Clone)]
pub struct AuditEntry(pub EntryRow);

/// Something that an admin or the server's operator did to the viewer, or that an admin saw of them.
#[Object]
impl AuditEntry {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Action: what was done or seen.
    async fn action(&self) -> AuditAction {
        self.0.action
    }

    /// True when something was seen and nothing changed.
    async fn is_look(&self) -> bool {
        self.0.action.is_look()
    }

    /// Kind of the person who did or saw it. Who it was is not told.
    async fn actor(&self) -> ActorKind {
        self.0.actor
    }

    /// Reason that was given; null when there was none.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Code of the plan that had been granted before a `PLAN_SET`; null for other actions.
    async fn previous_plan(&self) -> Option<Plan> {
        self.0.details.previous_plan
    }

    /// Code of the plan that a `PLAN_SET` granted; null for other actions.
    async fn plan(&self) -> Option<Plan> {
        self.0.details.plan
    }

    /// Number of sessions that the action ended; null for an action that ends none.
    async fn ended_sessions(&self) -> Option<i32> {
        self.0.details.ended_sessions
    }

    /// Time at which it was done or seen. Further looks of the same admin and action within 15 minutes have no entry.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

impl Entity for AuditEntry {
    type Id = AuditEntryId;
    type Row = EntryRow;
    const NAME: &'static str = "audit entry";

    fn of(_: &Context<'_>, row: EntryRow) -> Self {
        Self(row)
    }
}

impl AuditEntry {
    /// Cursor of its position in the log.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.at,
            id: self.0.id.into(),
        }
    }
}

impl Loader<AuditEntryId> for Reader {
    type Value = EntryRow;
    type Error = ReadError;

    async fn load(&self, keys: &[AuditEntryId]) -> Result<HashMap<AuditEntryId, EntryRow>, ReadError> {
        self.read(async |work| {
            let rows = audit::load(work, keys).await?;
            Ok(rows.into_iter().map(|row| (row.id, row)).collect())
        })
        .await
    }
}
